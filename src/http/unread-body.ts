import type { IncomingMessage } from 'node:http';

/** How much of a refused body is read, for how long, and how long its next bytes may take; beyond that the connection is cut. */
const MAX_BYTES = 256 * 1024 * 1024;
const PATIENCE_MS = 30_000;
const SILENCE_MS = 1000;

/**
 * Reads the rest of a body that was refused for its size, and forgets it. A client that is still writing when its connection
 * is closed gets a broken pipe instead of the answer, and SDKs send it all again: so the answer waits until it can be read.
 */
export function readUnreadBody(request: IncomingMessage): Promise<void> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (request.complete || request.destroyed || announced > MAX_BYTES) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const onData = (chunk: Buffer): void => {
      silence.refresh();
      bytes += chunk.length;
      if (bytes > MAX_BYTES) finish();
    };
    const finish = (): void => {
      clearTimeout(silence);
      clearTimeout(patience);
      request.off('data', onData).off('end', finish).off('close', finish);
      resolve();
    };
    const silence = setTimeout(finish, SILENCE_MS);
    const patience = setTimeout(finish, PATIENCE_MS);
    request.on('data', onData).once('end', finish).once('close', finish).resume();
  });
}
