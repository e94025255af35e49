// Runs in a worker thread with a memory limit: parsers of strangers' files may take long, take much, or break.
import { parentPort } from 'node:worker_threads';
import { giveWay } from '../../../providers/local/give-way.js';
import { loadTokenizer } from '../../../providers/local/tokenizer.js';
import { type Chunk, chunk } from './chunker.js';
import { type Document, DocumentError } from './document.js';
import { readDocument } from './read-document.js';
import { type Window, windowsOf } from './windows.js';

export interface OpenMessage {
  type: 'open';
  file: string;
  filename: string;
  maxTokens: number;
  overlapTokens: number;
}
export type Request = OpenMessage | { type: 'chunks' | 'windows'; from: number; to: number };

export interface ReadChunk extends Chunk {
  text: string;
  /** Pages from 1; null for kinds without pages. */
  pageStart: number | null;
  pageEnd: number | null;
}
export interface ReadWindow extends Window {
  text: string;
}
export type Reply =
  | { type: 'ready' }
  | { type: 'opened'; chunks: number; windows: number; tokens: number }
  | { type: 'chunks'; chunks: ReadChunk[] }
  | { type: 'windows'; windows: ReadWindow[] }
  | { type: 'refused'; code: DocumentError['code']; message: string }
  | { type: 'failed'; reason: string };

const port = parentPort;
if (port === null) throw new Error('This file runs in a worker thread.');

giveWay();
const tokenizer = await loadTokenizer();
let current: { document: Document; chunks: Chunk[]; windows: Window[] } | null = null;

async function answer(request: Request): Promise<Reply> {
  if (request.type === 'open') {
    current = null;
    const document = await readDocument(request.file, request.filename);
    const chunks = chunk(document.text, request, tokenizer.count);
    const windows = windowsOf(document.text);
    current = { document, chunks, windows };
    return {
      type: 'opened',
      chunks: chunks.length,
      windows: windows.length,
      tokens: chunks.reduce((sum, { tokens }) => sum + tokens, 0),
    };
  }
  if (current === null) return { type: 'failed', reason: 'no document' };
  const { document, chunks, windows } = current;
  const textOf = ({ start, end }: Window): string => document.text.slice(start, end);
  if (request.type === 'windows')
    return {
      type: 'windows',
      windows: windows.slice(request.from, request.to).map((window) => ({ ...window, text: textOf(window) })),
    };
  return {
    type: 'chunks',
    chunks: chunks.slice(request.from, request.to).map((made) => ({
      ...made,
      text: textOf(made),
      pageStart: pageAt(document.pageStarts, made.start),
      pageEnd: pageAt(document.pageStarts, made.end - 1),
    })),
  };
}

/** The page that an offset lies on. */
function pageAt(pageStarts: readonly number[], offset: number): number | null {
  if (pageStarts.length === 0) return null;
  let low = 0;
  let high = pageStarts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pageStarts[middle] as number) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(low, 1);
}

port.on('message', (request: Request) => {
  answer(request).then(
    (reply) => port.postMessage(reply),
    (error: unknown) =>
      port.postMessage(
        error instanceof DocumentError
          ? ({ type: 'refused', code: error.code, message: error.message } satisfies Reply)
          : // The name only: a message may quote the text.
            ({ type: 'failed', reason: error instanceof Error ? error.name : 'Error' } satisfies Reply),
      ),
  );
});
port.postMessage({ type: 'ready' } satisfies Reply);
