import type { ExecutionResult } from 'graphql';
import type { SocketGate } from '../../http/socket-gate.js';
import { isPrinted, type ResultStream } from './result-stream.js';
import type { Printed } from './shared-results.js';
import { frameStart, frameTexts } from './text-frames.js';

/** A longer message is handed to the connection as it is, and not copied. */
const LONG_BYTES = 16_384;

/** Sends printed results to the socket by itself, as `next` messages; the rest comes out of the iterator. */
export class SocketResults implements AsyncIterableIterator<ExecutionResult> {
  private readonly head: Buffer;

  /** @param id the operation's on that socket */
  constructor(
    private readonly results: ResultStream,
    private readonly gate: SocketGate,
    id: string,
  ) {
    this.head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
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
      this.gate.write(this.framesOf(value));
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.results.return();
    return { done: true, value: undefined };
  }

  async throw(thrown: unknown): Promise<never> {
    await this.return();
    throw thrown;
  }

  private framesOf(printed: readonly Printed[]): Buffer[] {
    const tails = printed.map(({ tail }) => tail);
    // Only the last can be long: what comes together ends with it.
    const last = tails.at(-1) as Buffer;
    if (last.length <= LONG_BYTES) return [frameTexts(this.head, tails)];
    tails.pop();
    const start = frameStart(this.head, last.length);
    return tails.length === 0 ? [start, last] : [frameTexts(this.head, tails), start, last];
  }
}
