// Runs in a worker thread with limits of memory and time: pages are written by strangers, some of them against parsers.
import { parentPort } from 'node:worker_threads';
import { DocumentError } from '../knowledge/ingest/document.js';
import { readBytes } from '../knowledge/ingest/read-document.js';

export interface PageRequest {
  bytes: Uint8Array;
  filename: string;
  /** As the server said; null leaves it to the bytes. */
  charset: string | null;
}
export type PageReply =
  | { type: 'ready' }
  | { type: 'read'; title: string; text: string }
  | { type: 'refused'; message: string }
  | { type: 'failed'; reason: string };

const port = parentPort;
if (port === null) throw new Error('This file runs in a worker thread.');

async function answer({ bytes, filename, charset }: PageRequest): Promise<PageReply> {
  const { text } = await readBytes(toUtf8(Buffer.from(bytes), charset), filename);
  // Pages are given a heading by what reads them.
  const heading = /^# ([^\n]*)\n+/.exec(text);
  return { type: 'read', title: heading?.[1] ?? '', text: text.slice(heading?.[0].length ?? 0).trim() };
}

/** Text in one of the older encodings as UTF-8; what is none, or not known, stays as it is. */
function toUtf8(bytes: Buffer, declared: string | null): Buffer {
  const start = bytes.subarray(0, 1024).toString('latin1');
  if (start.includes('%PDF-')) return bytes;
  const charset = declared ?? /<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{2,40})/i.exec(start)?.[1];
  if (charset === undefined || /^(utf-?(8|16).*|us-ascii)$/i.test(charset)) return bytes;
  try {
    return Buffer.from(new TextDecoder(charset).decode(bytes));
  } catch {
    return bytes;
  }
}

port.on('message', (request: PageRequest) => {
  answer(request).then(
    (reply) => port.postMessage(reply),
    (error: unknown) =>
      port.postMessage(
        error instanceof DocumentError
          ? ({ type: 'refused', message: error.message } satisfies PageReply)
          : // The name only: a message may quote the text.
            ({ type: 'failed', reason: error instanceof Error ? error.name : 'Error' } satisfies PageReply),
      ),
  );
});
port.postMessage({ type: 'ready' } satisfies PageReply);
