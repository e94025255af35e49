import { type ContentPart, textOf } from '../../domain/content.js';
import { type Item, isFunctionCall, isFunctionCallOutput, isMessage } from '../../domain/item.js';

/** An item as a line of a transcript, for a model that is to sum it up. */
export interface TranscriptEntry {
  item: Item;
  text: string;
}

/** What of an item of another kind is told; its blobs and pictures say nothing to a reader. */
const MAX_OTHER_CHARS = 2000;

/** A context as a transcript, oldest first. Thoughts are left out: what came of them is told. */
export function toTranscript(items: readonly Item[]): TranscriptEntry[] {
  return items.flatMap((item) => {
    const text = lineOf(item);
    return text === null ? [] : [{ item, text }];
  });
}

function lineOf(item: Item): string | null {
  if (isMessage(item)) return `${item.role}: ${contentOf(item.content)}`;
  if (isFunctionCall(item)) return `assistant called ${item.name}(${item.arguments})`;
  if (isFunctionCallOutput(item)) return `tool answered: ${contentOf(item.output)}`;
  if (item.type === 'reasoning') return null;
  const { id: _id, status: _status, encrypted_content: _blob, ...rest } = item as Record<string, unknown>;
  return JSON.stringify(rest).slice(0, MAX_OTHER_CHARS).toWellFormed();
}

function contentOf(content: string | readonly ContentPart[]): string {
  if (typeof content === 'string') return content;
  const attached = content.flatMap((part) => {
    if (part.type === 'input_image') return ['[an image]'];
    if (part.type !== 'input_file') return [];
    const { filename } = part as { filename?: unknown };
    return [typeof filename === 'string' ? `[the file ${filename}]` : '[a file]'];
  });
  return [textOf(content), ...attached].filter((text) => text !== '').join(' ');
}
