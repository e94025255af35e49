import type { Item } from '../../domain/item.js';

/** Events that add to a text of an item, by their name without `.delta` or `.done`: which member grows, and in which list. */
const TEXTS: Readonly<Record<string, { list: 'content' | 'summary' | null; member: string; part?: string }>> = {
  'response.output_text': { list: 'content', member: 'text', part: 'output_text' },
  'response.refusal': { list: 'content', member: 'refusal', part: 'refusal' },
  'response.reasoning_text': { list: 'content', member: 'text', part: 'reasoning_text' },
  'response.reasoning_summary_text': { list: 'summary', member: 'text', part: 'summary_text' },
  'response.function_call_arguments': { list: null, member: 'arguments' },
  'response.mcp_call_arguments': { list: null, member: 'arguments' },
  'response.custom_tool_call_input': { list: null, member: 'input' },
  'response.code_interpreter_call_code': { list: null, member: 'code' },
};

const PART_EVENTS: Readonly<Record<string, 'content' | 'summary'>> = {
  'response.content_part.added': 'content',
  'response.content_part.done': 'content',
  'response.reasoning_summary_part.added': 'summary',
  'response.reasoning_summary_part.done': 'summary',
};

type Members = Readonly<Record<string, unknown>>;
type Part = Record<string, unknown>;

/** The part a text event needs and the item does not have yet: strict clients want its `added` first. */
export interface MissingPart {
  list: 'content' | 'summary';
  index: number;
  part: Part;
}

const baseOf = (event: string): string => event.replace(/\.(delta|done)$/, '');

const indexOf = (list: 'content' | 'summary', members: Members): number =>
  Number(list === 'content' ? members.content_index : members.summary_index);

/** The part that has to begin before `event` can happen to `item`, or null. */
export function missingPart(item: Item, event: string, members: Members): MissingPart | null {
  const text = Object.hasOwn(TEXTS, baseOf(event)) ? TEXTS[baseOf(event)] : undefined;
  if (text?.list == null) return null;
  const index = indexOf(text.list, members);
  if (index !== partsOf(item, text.list).length) return null;
  const rest = text.part === 'output_text' ? { annotations: [], logprobs: [] } : {};
  return { list: text.list, index, part: { type: text.part, [text.member]: '', ...rest } };
}

/**
 * Applies one event of the API to an item that is still growing (event catalogue), in place.
 *
 * @returns false when the event speaks of a part that is not there, or says nothing: it must not be shown
 */
export function growItem(item: Item, event: string, members: Members): boolean {
  if (Object.hasOwn(PART_EVENTS, event)) return setPart(item, PART_EVENTS[event] as 'content' | 'summary', members);
  if (event === 'response.output_text.annotation.added') return annotate(item, members);
  const text = Object.hasOwn(TEXTS, baseOf(event)) ? TEXTS[baseOf(event)] : undefined;
  if (text === undefined) return true;
  const target = text.list === null ? item : partsOf(item, text.list)[indexOf(text.list, members)];
  if (target === undefined) return false;
  const growing = target as Part;
  const isDelta = event.endsWith('.delta');
  const given = members[isDelta ? 'delta' : text.member];
  if (typeof given !== 'string') return false;
  const earlier = growing[text.member];
  growing[text.member] = isDelta && typeof earlier === 'string' ? earlier + given : given;
  return true;
}

function partsOf(item: Item, list: 'content' | 'summary'): Part[] {
  const parts = (item as Part)[list];
  return Array.isArray(parts) ? parts : [];
}

function setPart(item: Item, list: 'content' | 'summary', members: Members): boolean {
  const index = indexOf(list, members);
  const parts = partsOf(item, list);
  if (!Number.isInteger(index) || index < 0 || index > parts.length) return false;
  if (typeof members.part !== 'object' || members.part === null) return false;
  // The list may be new; the part is copied, because the event that brought it is printed as it came.
  (item as Part)[list] = parts;
  parts[index] = { ...members.part };
  return true;
}

function annotate(item: Item, members: Members): boolean {
  const part = partsOf(item, 'content')[indexOf('content', members)];
  if (part === undefined || typeof members.annotation !== 'object' || members.annotation === null) return false;
  const annotations = Array.isArray(part.annotations) ? part.annotations : [];
  if (members.annotation_index !== undefined && members.annotation_index !== annotations.length) return false;
  part.annotations = [...annotations, members.annotation];
  return true;
}
