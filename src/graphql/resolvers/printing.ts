import { toPublicId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { FileCounts } from '../../domain/vector-store.js';

/** Moments are shown in whole seconds, as on the REST door and inside events: one response, one `createdAt`. */
export const wholeSeconds = (epochMs: number): Date => new Date(Math.floor(epochMs / 1000) * 1000);

export const responseId = ({ id }: { id: string }): string => toPublicId('response', id);
export const conversationId = ({ id }: { id: string }): string => toPublicId('conversation', id);
export const fileId = ({ id }: { id: string }): string => toPublicId('file', id);
export const vectorStoreId = ({ id }: { id: string }): string => toPublicId('vectorStore', id);
export const storeFileId = ({ fileId: id }: { fileId: string }): string => toPublicId('file', id);
export const promptId = ({ id }: { id: string }): string => toPublicId('prompt', id);

/** Items keep their public id themselves. */
export const itemId = (item: Item): string => item.id ?? '';

/** Numbers of files by status, with their sum. */
export const toCounts = (counts: FileCounts) => ({
  ...counts,
  total: counts.in_progress + counts.completed + counts.failed + counts.cancelled,
});
