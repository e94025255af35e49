import { textOf } from '../../domain/content.js';
import { errors } from '../../domain/errors.js';
import { type Item, isMessage } from '../../domain/item.js';
import type { Sealer } from '../access/sealer.js';
import { type StoredItem, toStoredItem } from '../items.schema.js';

/** What a compaction item stands for. */
export interface Compacted {
  summary: string;
  /** Messages that are kept word for word, in front of the summary. */
  kept: Item[];
  /**
   * True: the item replaces everything before it. False: its client was given what is kept beside the item and may carry it
   * along or not, with other things before it; only what is missing there is added.
   */
  replaces: boolean;
  /** What was asked after it, when the item was made in the middle of a context: it follows the summary. */
  tail: Item[];
}

const HEADING = 'Summary of the conversation so far:';

/** A blob that could not come back as input would be of no use. */
const MAX_LENGTH = 10_485_760;

/** Whether an item could not be sent back. */
export const isTooLong = (item: Item): boolean => JSON.stringify(item).length > MAX_LENGTH;

export type CompactionItems = ReturnType<typeof createCompactionItems>;

/**
 * Compaction items (state and control items section): older context as an opaque blob, sealed under the server's own key and
 * bound to its project, so that nobody else can read it and nobody can change it.
 */
export function createCompactionItems(sealer: Sealer) {
  const contextOf = (projectId: string): string => `compaction ${projectId}`;

  const open = (projectId: string, item: Item, param: string): Compacted => {
    const { encrypted_content: blob } = item as { encrypted_content?: unknown };
    try {
      return JSON.parse(sealer.open(String(blob), contextOf(projectId))) as Compacted;
    } catch {
      throw errors.invalidEncryptedContent(param);
    }
  };

  return {
    /** A new item that stands for what was compacted. */
    create: (projectId: string, compacted: Compacted): StoredItem =>
      toStoredItem({
        type: 'compaction',
        encrypted_content: sealer.seal(JSON.stringify(compacted), contextOf(projectId)),
      }),

    /** @throws 400 `invalid_encrypted_content` naming the parameter, unless the item is ours and this project's */
    check: (projectId: string, item: Item, param: string): void => {
      if (item.type === 'compaction') open(projectId, item, param);
    },

    /**
     * A context as models see it: summaries in place of compaction items, and nothing of what they replace. The list itself
     * comes back where there are none, which is the rule. @throws 400 `invalid_encrypted_content`
     */
    expand(projectId: string, items: Item[]): Item[] {
      if (!items.some(isControl)) return items;
      let context: Item[] = [];
      for (const item of items) {
        if (!isControl(item)) context.push(item);
        if (item.type !== 'compaction') continue;
        const { summary, kept, replaces, tail } = open(projectId, item, 'input');
        if (replaces) context = [...kept];
        else context.push(...missingFrom(context, kept));
        // Everything was kept.
        if (summary !== '')
          context.push({
            type: 'message',
            role: 'user',
            content: [{ type: 'input_text', text: `${HEADING}\n\n${summary}` }],
          });
        context.push(...tail);
      }
      return context;
    },
  };
}

const contentOf = (item: Item): string => JSON.stringify(item.content);

function missingFrom(context: readonly Item[], kept: readonly Item[]): Item[] {
  const there = new Set(context.map(contentOf));
  return kept.filter((item) => !there.has(contentOf(item)));
}

/** Whether a message stands for a compaction item: it has no id, and is to be summed up again rather than kept. */
export const isSummary = (item: Item): boolean =>
  isMessage(item) && item.id === undefined && textOf(item.content).startsWith(HEADING);

const isControl = (item: Item): boolean => item.type === 'compaction' || item.type === 'compaction_trigger';
