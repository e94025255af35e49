import type { Dispatcher } from 'undici';

export type Body = Dispatcher.ResponseData['body'];

/** How long and how far a finished answer is read on, so that its connection can serve the next request. */
const DRAIN_MS = 1_000;
const DRAIN_BYTES = 64 * 1024;

/** The whole body, or null if it is longer than `maxBytes`; the connection is closed then. */
export async function readText(body: Body, maxBytes: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

/** Reads a finished answer to its end in the background; an upstream that does not end it loses the connection. */
export function drain(body: Body): void {
  if (body.closed) return;
  let left = DRAIN_BYTES;
  const timer = setTimeout(() => body.destroy(), DRAIN_MS);
  timer.unref();
  body
    .on('error', ignore)
    .on('close', () => clearTimeout(timer))
    .on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) body.destroy();
    });
}

/** Listens to the errors of a body that nobody reads any more. */
export function ignore(): void {}
