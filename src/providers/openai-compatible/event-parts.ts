import type { Signal } from '../../domain/signal.js';
import type { ModelStreamPart } from '../provider.js';
import type { TurnReader } from './dialect.js';
import { fromBrokenBody, type UpstreamCall, unintelligible } from './errors.js';
import type { UpstreamBody } from './exchange.js';
import { createSseParser, SseEventTooLargeError, type SseParser } from './sse-parser.js';
import { noMoreParts, type Parts, type PartsResult } from './turn-parts.js';

/** How long a complete turn waits for its usage and the stream's own end. */
const TRAILER_MS = 10_000;

export interface EventPartsOptions {
  call: UpstreamCall;
  reader: TurnReader;
  body: UpstreamBody;
  maxEventBytes: number;
  signal: Signal;
  logFailure(batch: readonly ModelStreamPart[]): void;
}

/**
 * The parts of a streamed answer: each `next` has what all bytes said that are there by then. They are read when somebody asks
 * for them, so that a slow reader makes the upstream wait, and otherwise the moment they come: one promise is all that a token
 * costs. Abandoning the iteration closes the connection.
 */
export class EventParts implements Parts {
  readonly #options: EventPartsOptions;
  readonly #parser: SseParser;
  #batch: ModelStreamPart[] = [];
  #resolve: ((result: PartsResult) => void) | null = null;
  #trailerTimer: NodeJS.Timeout | undefined;
  #isBroken = false;
  #isClosed = false;

  constructor(options: EventPartsOptions) {
    const { reader, body, maxEventBytes } = options;
    this.#options = options;
    this.#parser = createSseParser({ maxEventBytes, onEvent: (data, name) => reader.event(data, name, this.#batch) });
    body.watch(() => this.#look());
  }

  next(): Promise<PartsResult> {
    const result = this.take();
    if (result !== null) return Promise.resolve(result);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  async return(): Promise<PartsResult> {
    this.#close();
    return noMoreParts;
  }

  /** Something has come: whoever waits for parts may have them now. */
  #look(): void {
    const resolve = this.#resolve;
    if (resolve === null) return;
    this.#resolve = null;
    const result = this.take();
    if (result === null) this.#resolve = resolve;
    else resolve(result);
  }

  take(): PartsResult | null {
    if (this.#isClosed) return noMoreParts;
    const { reader, body, signal, logFailure } = this.#options;
    this.#read();
    const batch = this.#batch;
    if (signal.aborted && batch.length > 0) {
      this.#close();
      // Whoever stopped it pays what was generated: known where the upstream counts as it goes.
      const counted = batch.filter((part) => part.type === 'usage');
      return counted.length > 0 ? { done: false, value: counted } : noMoreParts;
    }
    if (reader.isEnded) this.#close();
    else if (reader.isComplete) this.#trailerTimer ??= setTimeout(() => body.destroy(), TRAILER_MS);
    if (batch.length === 0) return this.#isClosed ? noMoreParts : null;
    this.#batch = [];
    logFailure(batch);
    return { done: false, value: batch };
  }

  #read(): void {
    const { call, reader, body } = this.#options;
    try {
      while (!reader.isEnded) {
        const chunk = body.poll();
        if (chunk === undefined) return;
        if (chunk !== null) this.#parser.push(chunk);
        else {
          this.#parser.end();
          reader.end(this.#batch);
        }
      }
    } catch (thrown) {
      this.#isBroken = true;
      reader.end(this.#batch, faultOf(call, thrown));
    }
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#trailerTimer);
    const { reader, body } = this.#options;
    if (reader.isEnded && !this.#isBroken) body.drain();
    else body.destroy();
    this.#resolve?.(noMoreParts);
    this.#resolve = null;
  }
}

const faultOf = (call: UpstreamCall, thrown: unknown) =>
  thrown instanceof SseEventTooLargeError
    ? unintelligible(call, `sent an event of more than ${thrown.maxEventBytes} bytes`, thrown)
    : fromBrokenBody(call, thrown);
