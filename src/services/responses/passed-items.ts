import { newUuid, toItemId } from '../../domain/ids.js';
import { visibleItem } from '../../domain/include.js';
import type { Item } from '../../domain/item.js';
import type { StoredItem } from '../items.schema.js';
import type { DeltaChannel } from './delta-coalescer.js';
import { growItem, missingPart } from './item-growth.js';
import type { ModelCall } from './model-call.js';
import type { OutputSink } from './output-sink.js';
import { replayItem } from './replay.js';

interface PassedItem {
  uuid: string;
  id: string;
  index: number;
  /** As it stands so far, with our id. */
  item: Item;
  channels: Map<string, DeltaChannel>;
}

/** Calls that wait for the client, beside function calls: the turn cannot go on without their outputs. */
const CLIENT_CALLS = new Set([
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'mcp_approval_request',
]);

/** Members of a delta that are re-issued or say nothing; one that has others is shown as it came. */
const PLAIN_DELTA = new Set(['delta', 'content_index', 'summary_index', 'logprobs']);

/**
 * Items that an upstream of the same API made: shown one by one as they come, under ids and places of ours, with whatever
 * members they have. Calls of functions that the server executes are taken out: the loop shows them as their tool's items.
 */
export function createPassedItems(sink: OutputSink, isServerTool: (name: string) => boolean) {
  const { emit, deltas, include, showsLogprobs } = sink;
  const open = new Map<number, PassedItem>();
  const hidden = new Set<number>();
  let calls: ModelCall[] = [];

  const show = (type: string, members: object): void => {
    deltas?.flush();
    emit?.(type, JSON.stringify(members).slice(1, -1));
  };

  const isHidden = (item: Item): boolean => item.type === 'function_call' && isServerTool(String(item.name));

  const start = (item: Item): PassedItem => {
    const uuid = newUuid();
    const id = toItemId(item.type, uuid);
    // What the upstream encrypted is sealed once the item is whole; until then nobody sees it.
    const { encrypted_content: _sealed, ...rest }: { [member: string]: unknown } = item;
    const begun = (item.type === 'reasoning' ? rest : item) as Item;
    return { uuid, id, index: sink.nextIndex(), item: { ...begun, id }, channels: new Map() };
  };

  const finish = ({ index, uuid }: PassedItem, made: Item): void => {
    const item = sink.seal(made);
    sink.keep(index, uuid, item);
    show('response.output_item.done', { output_index: index, item: visibleItem(item, include) });
  };

  const noteCall = (item: Item): void => {
    if (item.type !== 'function_call' && !CLIENT_CALLS.has(item.type)) return;
    const { call_id: callId, name, arguments: args }: { [member: string]: unknown } = item;
    calls.push({ callId: text(callId), name: text(name), arguments: text(args) });
  };

  const pushDelta = (passed: PassedItem, event: string, members: Record<string, unknown>, delta: string): void => {
    if (deltas === null) return;
    const { content_index: content, summary_index: summary, logprobs } = members;
    const key = `${event} ${content} ${summary}`;
    let channel = passed.channels.get(key);
    if (channel === undefined) {
      const at = { item_id: passed.id, output_index: passed.index, content_index: content, summary_index: summary };
      const tail = logprobs === undefined ? '' : ',"logprobs":[]';
      channel = { type: event, at: JSON.stringify(at).slice(1, -1), tail };
      passed.channels.set(key, channel);
    }
    deltas.push(channel, delta, []);
  };

  return {
    begin(key: number, item: Item): void {
      hidden.delete(key);
      if (isHidden(item)) {
        hidden.add(key);
        return;
      }
      const passed = start(item);
      open.set(key, passed);
      sink.count(sizeOf(item));
      show('response.output_item.added', { output_index: passed.index, item: visibleItem(passed.item, include) });
    },

    event(key: number, type: string, given: Record<string, unknown>): void {
      const passed = open.get(key);
      if (passed === undefined) return;
      sink.count(sizeOf(given));
      const members = showsLogprobs ? given : withoutLogprobs(given);
      const at = { item_id: passed.id, output_index: passed.index };
      const missing = missingPart(passed.item, type, members);
      if (missing !== null) {
        const isContent = missing.list === 'content';
        const place = { [isContent ? 'content_index' : 'summary_index']: missing.index, part: missing.part };
        const added = isContent ? 'response.content_part.added' : 'response.reasoning_summary_part.added';
        growItem(passed.item, added, place);
        show(added, { ...at, ...place });
      }
      if (!growItem(passed.item, type, members)) return;
      if (type.endsWith('.delta') && typeof members.delta === 'string' && isPlain(members))
        pushDelta(passed, type, members, members.delta);
      else show(type, { ...at, ...members });
    },

    done(key: number, item: Item): void {
      if (hidden.delete(key) || isHidden(item)) {
        noteCall(item);
        return;
      }
      noteCall(item);
      const begun = open.get(key);
      open.delete(key);
      if (begun !== undefined) {
        finish(begun, { ...item, id: begun.id });
        return;
      }
      sink.count(sizeOf(item));
      const { uuid, id, index } = start(item);
      const whole = sink.seal({ ...item, id });
      sink.keep(index, uuid, whole);
      if (emit !== null) replayItem(index, visibleItem(whole, include), show);
    },

    /** Closes what the upstream left open and gives back the turn's calls, in order. */
    endTurn(status: 'completed' | 'incomplete'): ModelCall[] {
      deltas?.flush();
      for (const passed of open.values()) {
        const item = withStatus(passed.item, status);
        noteCall(item);
        finish(passed, item);
      }
      open.clear();
      hidden.clear();
      const ended = calls;
      calls = [];
      return ended;
    },

    /** Items that are still growing, as they stand. */
    unfinished(): { index: number; stored: StoredItem }[] {
      return [...open.values()].map(({ index, uuid, item }) => ({
        index,
        stored: { uuid, item: withStatus(item, 'incomplete') },
      }));
    },
  };
}

export type PassedItems = ReturnType<typeof createPassedItems>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const withStatus = (item: Item, status: 'completed' | 'incomplete'): Item =>
  item.status === undefined ? item : ({ ...item, status } as Item);

/** An event's members, and the part among them, without the probabilities that nobody asked to see. */
function withoutLogprobs(members: Record<string, unknown>): Record<string, unknown> {
  const { logprobs, part } = members;
  if (logprobs !== undefined) return { ...members, logprobs: [] };
  const isShown = typeof part !== 'object' || part === null || !('logprobs' in part);
  return isShown ? members : { ...members, part: { ...part, logprobs: [] } };
}

function isPlain(members: Record<string, unknown>): boolean {
  for (const [name, value] of Object.entries(members)) {
    if (!PLAIN_DELTA.has(name)) return false;
    if (name === 'logprobs' && !(Array.isArray(value) && value.length === 0)) return false;
  }
  return true;
}

/** About how many characters a value holds; nobody prints it to find out. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 4;
  let size = 2;
  for (const [name, member] of Object.entries(value)) size += name.length + sizeOf(member);
  return size;
}
