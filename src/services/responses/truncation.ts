import type { Item } from '../../domain/item.js';

/** How much of a context's text stays each time, and how often a turn is tried before its overflow is an error. */
const KEPT = 0.7;
export const MAX_TRUNCATIONS = 8;

/**
 * A context without its oldest items, for a model that could not hold it (request body section, `truncation: "auto"`): about
 * three tenths of the text go. Calls, their outputs and the reasoning in front of them go together; system and developer
 * messages stay, and so does everything from the last user message on.
 *
 * @returns null when nothing may go
 */
export function dropOldest(items: readonly Item[]): Item[] | null {
  const kept = items.findLastIndex((item) => item.type === 'message' && item.role === 'user');
  const groups = groupsOf(items.slice(0, Math.max(kept, 0)));
  const sizes = groups.map((group) => JSON.stringify(group).length);
  let size = JSON.stringify(items.slice(Math.max(kept, 0))).length + sizes.reduce((sum, each) => sum + each, 0);
  const target = size * KEPT;
  const rest: Item[] = [];
  let hasDropped = false;
  for (const [index, group] of groups.entries()) {
    if (size > target && !group.some(isRule)) {
      size -= sizes[index] ?? 0;
      hasDropped = true;
    } else {
      rest.push(...group);
    }
  }
  return hasDropped ? [...rest, ...items.slice(Math.max(kept, 0))] : null;
}

const isRule = (item: Item): boolean =>
  item.type === 'message' && (item.role === 'system' || item.role === 'developer');

const callIdOf = (item: Item): unknown => ('call_id' in item ? item.call_id : undefined);

const isOutput = (item: Item): boolean => item.type.endsWith('_output');

/** Runs of items that only make sense together. */
function groupsOf(items: readonly Item[]): Item[][] {
  const answered = new Set(items.filter(isOutput).map(callIdOf));
  const open = new Set<unknown>();
  const groups: Item[][] = [];
  let group: Item[] = [];
  for (const item of items) {
    group.push(item);
    const callId = callIdOf(item);
    if (isOutput(item)) open.delete(callId);
    else if (callId !== undefined && answered.has(callId)) open.add(callId);
    if (open.size > 0 || item.type === 'reasoning') continue;
    groups.push(group);
    group = [];
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
