import type { ExecutionResult } from 'graphql';
import type { SocketGate } from '../../http/socket-gate.js';
import { isPrinted, type ResultStream, type Results } from './result-stream.js';
import type { Printed } from './shared-results.js';
import { frameStart, frameTexts } from './text-frames.js';

/** A longer message is handed to the connection as it is, and not copied. */
const LONG_BYTES = 16_384;

/** Where the results of a subscription go. */
export interface Wire {
  gate: SocketGate;
  /** The operation's id on its socket. */
  id: string;
}

/**
 * Sends a subscription's results to its socket, as `next` messages; nothing comes out of the iterator but its end. What waits for
 * the next event holds nothing of the last: a suspended function keeps what its variables name, and subscriptions wait for long.
 */
export class SocketResults<Of extends Wire> implements AsyncIterableIterator<ExecutionResult> {
  /** Made for the first printed result: many subscriptions have none. */
  private head: Buffer | null = null;

  /** @param send sends a result that is not printed yet */
  constructor(
    private readonly results: ResultStream,
    private readonly wire: Of,
    private readonly send: (wire: Of, result: ExecutionResult) => void,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    while (this.handOn(await this.results.next()));
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.results.return();
    return { done: true, value: undefined };
  }

  async throw(thrown: unknown): Promise<never> {
    await this.return();
    throw thrown;
  }

  /** Whether there may be more. */
  private handOn({ done, value }: IteratorResult<Results, undefined>): boolean {
    if (done === true) return false;
    if (isPrinted(value)) this.wire.gate.write(this.framesOf(value));
    else this.send(this.wire, value);
    return true;
  }

  private framesOf(printed: readonly Printed[]): Buffer[] {
    this.head ??= Buffer.from(`{"id":${JSON.stringify(this.wire.id)},"type":"next","payload":`);
    const tails = printed.map(({ tail }) => tail);
    // Only the last can be long: what comes together ends with it.
    const last = tails.at(-1) as Buffer;
    if (last.length <= LONG_BYTES) return [frameTexts(this.head, tails)];
    tails.pop();
    const start = frameStart(this.head, last.length);
    return tails.length === 0 ? [start, last] : [frameTexts(this.head, tails), start, last];
  }
}
