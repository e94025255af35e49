import { expect } from '@jest/globals';

/** An event as it is on the wire. */
export interface WireEvent {
  type: string;
  sequence_number: number;
  [member: string]: unknown;
}

type Fields = Record<string, unknown>;

/** Events that add to a text: where it grows, and what the event that ends it calls it. */
const GROWING: Readonly<Record<string, { list: 'content' | 'summary' | null; member: string }>> = {
  'response.output_text': { list: 'content', member: 'text' },
  'response.refusal': { list: 'content', member: 'refusal' },
  'response.reasoning_text': { list: 'content', member: 'text' },
  'response.reasoning_summary_text': { list: 'summary', member: 'text' },
  'response.function_call_arguments': { list: null, member: 'arguments' },
  'response.custom_tool_call_input': { list: null, member: 'input' },
  'response.mcp_call_arguments': { list: null, member: 'arguments' },
  'response.code_interpreter_call_code': { list: null, member: 'code' },
};

const PARTS: Readonly<Record<string, 'content' | 'summary'>> = {
  'response.content_part': 'content',
  'response.reasoning_summary_part': 'summary',
};

const LAST = new Set(['completed', 'incomplete', 'failed'].map((status) => `response.${status}`));

/**
 * The response that a stream's events describe, built as the event catalogue says and from nothing else: texts come from their
 * deltas, annotations from their announcements, and every event that repeats a whole has to repeat exactly what was built.
 * Rules of event order are checked on the way. The response's own fields are those of its last snapshot; its output is ours.
 */
export function reduce(events: readonly WireEvent[]): Fields {
  const output: Fields[] = [];
  const done = new Set<number>();
  let response: Fields = {};
  for (const [number, event] of events.entries()) {
    expect(event.sequence_number).toBe(number);
    const { type } = event;
    const stem = type.slice(0, type.lastIndexOf('.'));
    const verb = type.slice(stem.length + 1);
    if (number === 0) expect(type).toBe('response.created');
    if (LAST.has(type)) expect(number).toBe(events.length - 1);
    if (event.response !== undefined) {
      const snapshot = event.response as Fields;
      if (number > 0) expect(snapshot.id).toBe(response.id);
      response = snapshot;
      continue;
    }
    const index = event.output_index as number;
    if (type === 'response.output_item.added') {
      expect(index).toBe(output.length);
      const item = structuredClone(event.item) as Fields;
      expect(output.map(({ id }) => id)).not.toContain(item.id);
      output.push(item);
      continue;
    }
    const item = output[index];
    if (item === undefined || done.has(index)) throw new Error(`${type} speaks of no open item.`);
    if (type === 'response.output_item.done') {
      finish(item, event.item as Fields);
      done.add(index);
      continue;
    }
    expect(event.item_id).toBe(item.id);
    const list = PARTS[stem];
    if (list !== undefined && verb === 'added') {
      item[list] = [...partsOf(item, list), structuredClone(event.part)];
      expect(event[`${list}_index`]).toBe(partsOf(item, list).length - 1);
    } else if (list !== undefined) expect(event.part).toEqual(partAt(item, list, event));
    else if (type === 'response.output_text.annotation.added') {
      const annotations = partAt(item, 'content', event).annotations as unknown[];
      expect(event.annotation_index).toBe(annotations.length);
      annotations.push(event.annotation);
    } else if (GROWING[stem] !== undefined) {
      const { list, member } = GROWING[stem];
      const target = list === null ? item : partAt(item, list, event);
      if (verb === 'delta') {
        expect(event.delta).not.toBe('');
        target[member] = `${target[member]}${event.delta}`;
        if (Array.isArray(target.logprobs)) target.logprobs.push(...(event.logprobs as unknown[]));
      } else {
        expect(event[member]).toBe(target[member]);
        if (event.logprobs !== undefined) expect(event.logprobs).toEqual(target.logprobs);
      }
    }
  }
  for (const [index, item] of output.entries())
    if (!done.has(index) && item.status !== undefined) item.status = 'incomplete';
  if (response.status === 'completed') expect(done.size).toBe(output.length);
  return { ...response, output };
}

const partsOf = (item: Fields, list: 'content' | 'summary'): Fields[] => (item[list] ?? []) as Fields[];

function partAt(item: Fields, list: 'content' | 'summary', event: WireEvent): Fields {
  const part = partsOf(item, list)[event[`${list}_index`] as number];
  if (part === undefined) throw new Error(`${event.type} speaks of no part.`);
  return part;
}

/** The finished item may bring what no event announced, and its status; what was built has to be in it as it is. */
function finish(item: Fields, finished: Fields): void {
  const { status, ...rest } = finished;
  for (const member of ['id', 'type', 'call_id', 'content', 'summary', 'arguments', 'input', 'code'])
    if (item[member] !== undefined) expect(rest[member]).toEqual(item[member]);
  Object.assign(item, rest, status === undefined ? {} : { status });
}
