import { errors } from '../../domain/errors.js';
import { type Item, isMessage } from '../../domain/item.js';
import { isSummary } from './compaction-items.js';

/** When a run makes its context smaller before the model answers. */
export interface CompactionPlan {
  /** Only a context of more tokens than this. */
  above: number;
  /** The client asked for the compaction alone (`compaction_trigger`): the model does not answer after it. */
  isAll: boolean;
}

/** Where a request does not say how long a context may be. */
const DEFAULT_THRESHOLD = 100_000;

/**
 * Whether and when a run compacts, by its `context_management` or a `compaction_trigger` at the end of its input (request body
 * section). @throws 400 for a trigger that is not last
 */
export function planCompaction(
  management: readonly { compact_threshold?: number | null | undefined }[] | null | undefined,
  input: readonly Item[],
): CompactionPlan | null {
  const trigger = input.findIndex((item) => item.type === 'compaction_trigger');
  if (trigger >= 0) {
    if (trigger < input.length - 1) throw errors.invalidInput("A 'compaction_trigger' has to be the last input item.");
    return { above: 0, isAll: true };
  }
  const entry = management?.[0];
  return entry === undefined ? null : { above: entry.compact_threshold ?? DEFAULT_THRESHOLD, isAll: false };
}

/** Who speaks without being the model: such messages are kept word for word as far as they fit. */
export const isSpokenTo = (item: Item): boolean => isMessage(item) && item.role !== 'assistant' && !isSummary(item);

/** A context as what is compacted and what is asked now: the messages that came after everything the model has seen. */
export function splitContext(context: readonly Item[], { isAll }: CompactionPlan): { head: Item[]; tail: Item[] } {
  const lastSeen = isAll ? context.length - 1 : context.findLastIndex((item) => !isSpokenTo(item));
  return { head: context.slice(0, lastSeen + 1), tail: context.slice(lastSeen + 1) };
}
