import type { Socket } from 'node:net';
import type { ExecutionResult } from 'graphql';
import type { WebSocket } from 'ws';
import { isPrinted, type ResultStream } from './shared-results.js';
import { frameTexts } from './text-frames.js';

/** More than this waiting for the network, and the next message waits for it too. */
const MAX_WAITING_BYTES = 16_384;

/** Where the messages of one operation go. */
export interface Wire {
  socket: WebSocket;
  /** The operation's id on that socket. */
  id: string;
}

/** Sends printed results to the socket by itself, as `next` messages; the rest comes out of the iterator. */
export class SocketResults implements AsyncIterableIterator<ExecutionResult> {
  private readonly head: Buffer;

  constructor(
    private readonly results: ResultStream,
    private readonly wire: Wire,
  ) {
    this.head = Buffer.from(`{"id":${JSON.stringify(wire.id)},"type":"next","payload":`);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    for (;;) {
      const pulled = await this.results.next();
      if (pulled.done === true) return { done: true, value: undefined };
      const { value } = pulled;
      if (!isPrinted(value)) return { done: false, value };
      const tails = value.map(({ tail }) => tail);
      const waiting = send(this.wire.socket, frameTexts(this.head, tails));
      if (waiting !== null) await waiting;
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.results.return?.();
    return { done: true, value: undefined };
  }

  async throw(thrown: unknown): Promise<never> {
    await this.return();
    throw thrown;
  }
}

/**
 * Writes frames beside `ws`, which writes its own whole and at once as long as nothing is compressed: order is kept. Waits for
 * the network only when it is behind.
 */
function send(socket: WebSocket, frames: Buffer): Promise<void> | null {
  if (socket.readyState !== socket.OPEN) return null;
  // Not in ws's types: the connection.
  const { _socket: connection } = socket as unknown as { _socket: Socket };
  if (socket.bufferedAmount <= MAX_WAITING_BYTES) {
    connection.write(frames);
    return null;
  }
  return new Promise((resolve) => {
    connection.write(frames, () => resolve());
  });
}
