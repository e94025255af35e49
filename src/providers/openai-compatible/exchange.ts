import type { Dispatcher } from 'undici';
import type { Signal } from '../../domain/signal.js';

/** The bytes of an answer as they arrive. One reader, one `read` at a time. */
export interface UpstreamBody {
  /** The next bytes, or null at the end. Rejects with what broke the answer, or with the signal's reason. */
  read(): Promise<Buffer | null>;
  /** What `read` would answer at once; undefined if it would have to wait. Throws what `read` would reject with. */
  poll(): Buffer | null | undefined;
  /** Calls back whenever `poll` may have something new, for a reader that would rather not have a promise for every piece. */
  watch(onNews: () => void): void;
  /** Everything as text, or null if it is longer than `maxBytes`; the connection is closed then. Rejects as `read` does. */
  text(maxBytes: number): Promise<string | null>;
  /** What `text` would answer at once; undefined if it would have to wait, or would reject. */
  textNow(maxBytes: number): string | null | undefined;
  /** Closes the connection, unless the answer was complete. A `read` under way rejects. */
  destroy(): void;
  /**
   * Discards the rest of a finished answer, so that its connection can serve the next request. An upstream that does not
   * come to its end soon loses the connection.
   */
  drain(): void;
}

export interface UpstreamResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: UpstreamBody;
}

/** Bytes that may wait for the reader before the upstream is told to pause. */
const HIGH_WATER_BYTES = 64 * 1024;
/** How long and how far a finished answer is read on. */
const DRAIN_MS = 1_000;
const DRAIN_BYTES = 64 * 1024;

/** Shared, because a stack trace per answer is dear and says nothing. */
const closed = new Error('The answer was closed before its end.');

/**
 * Sends a request; resolves with the head of its answer. Aborting `signal` rejects whatever is waited for at once, even
 * while the connection is still being made, and closes the connection.
 *
 * undici's own `request` hands the answer out as a stream object; for answers in one piece that object and its events cost
 * more than everything else about the call.
 *
 * @param isWhole the answer is wanted in one piece: the head of a good one is told with its body, unless that is long, so that
 *   its reader waits once
 */
export function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: Signal,
  isWhole: boolean,
): Promise<UpstreamResponse> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    dispatcher.dispatch(options, new Exchange(signal, isWhole, resolve, reject));
  });
}

class Exchange implements Dispatcher.DispatchHandler, UpstreamBody {
  readonly #signal: Signal;
  readonly #isWhole: boolean;
  readonly #resolveHead: (response: UpstreamResponse) => void;
  readonly #rejectHead: (reason: unknown) => void;
  #controller: Dispatcher.DispatchController | null = null;
  /** A head that is told with its body. */
  #untold: UpstreamResponse | null = null;
  #chunks: Buffer[] = [];
  #waitingBytes = 0;
  #isComplete = false;
  #fault: { reason: unknown } | null = null;
  #reader: { resolve(chunk: Buffer | null): void; reject(reason: unknown): void } | null = null;
  #onNews: (() => void) | null = null;
  /** Bytes that may still be discarded; null while somebody reads. */
  #discardable: number | null = null;
  #drainTimer: NodeJS.Timeout | undefined;

  constructor(
    signal: Signal,
    isWhole: boolean,
    resolveHead: (response: UpstreamResponse) => void,
    rejectHead: (reason: unknown) => void,
  ) {
    this.#signal = signal;
    this.#isWhole = isWhole;
    this.#resolveHead = resolveHead;
    this.#rejectHead = rejectHead;
    signal.addEventListener('abort', this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#fault !== null) controller.abort(closed);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: UpstreamResponse['headers']): void {
    if (status < 200) return;
    const head = { status, headers, body: this };
    if (this.#isWhole && status < 300 && !isEventStream(headers['content-type'])) this.#untold = head;
    else this.#resolveHead(head);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#discardable !== null) {
      this.#discardable -= chunk.length;
      if (this.#discardable < 0) this.destroy();
      return;
    }
    if (this.#reader !== null) {
      const { resolve } = this.#reader;
      this.#reader = null;
      resolve(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= HIGH_WATER_BYTES) {
      controller.pause();
      this.#tellHead();
    }
    this.#onNews?.();
  }

  onResponseEnd(): void {
    this.#isComplete = true;
    this.#leave();
    this.#tellHead();
    this.#reader?.resolve(null);
    this.#reader = null;
    this.#onNews?.();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#break(error);
  }

  read(): Promise<Buffer | null> {
    if (this.#chunks.length === 0 && this.#fault !== null) return Promise.reject(this.#fault.reason);
    const chunk = this.poll();
    if (chunk !== undefined) return Promise.resolve(chunk);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  poll(): Buffer | null | undefined {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#waitingBytes -= chunk.length;
      if (this.#controller?.paused === true && this.#waitingBytes < HIGH_WATER_BYTES) this.#controller.resume();
      return chunk;
    }
    if (this.#fault !== null) throw this.#fault.reason;
    return this.#isComplete ? null : undefined;
  }

  watch(onNews: () => void): void {
    this.#onNews = onNews;
  }

  async text(maxBytes: number): Promise<string | null> {
    const chunks: Buffer[] = [];
    let size = 0;
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) {
      size += chunk.length;
      if (size > maxBytes) {
        this.destroy();
        return null;
      }
      chunks.push(chunk);
    }
    return textOf(chunks, size);
  }

  textNow(maxBytes: number): string | null | undefined {
    if (!this.#isComplete || this.#fault !== null) return undefined;
    const chunks = this.#chunks;
    const size = this.#waitingBytes;
    this.#chunks = [];
    this.#waitingBytes = 0;
    return size > maxBytes ? null : textOf(chunks, size);
  }

  destroy(): void {
    if (!this.#isComplete) this.#abort(closed);
  }

  drain(): void {
    this.#chunks = [];
    if (this.#isComplete || this.#fault !== null) return;
    this.#discardable = DRAIN_BYTES;
    this.#drainTimer = setTimeout(() => this.destroy(), DRAIN_MS);
    this.#drainTimer.unref();
    if (this.#controller?.paused === true) this.#controller.resume();
  }

  readonly #onAbort = (): void => this.#abort(this.#signal.reason);

  #abort(reason: unknown): void {
    this.#chunks = [];
    this.#break(reason);
    this.#controller?.abort(closed);
  }

  #tellHead(): void {
    const head = this.#untold;
    if (head === null) return;
    this.#untold = null;
    this.#resolveHead(head);
  }

  /** What arrived before the fault can still be read. */
  #break(reason: unknown): void {
    this.#leave();
    if (this.#isComplete || this.#fault !== null) return;
    this.#fault = { reason };
    // An answer that breaks off has begun all the same.
    this.#tellHead();
    this.#rejectHead(reason);
    this.#reader?.reject(reason);
    this.#reader = null;
    this.#onNews?.();
  }

  #leave(): void {
    clearTimeout(this.#drainTimer);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

function textOf(chunks: readonly Buffer[], size: number): string {
  const [only] = chunks;
  return (only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, size)).toString('utf8');
}

/** Events are read as they come, and end when they say so, whatever was asked for. */
const isEventStream = (contentType: string | string[] | undefined): boolean =>
  typeof contentType === 'string' && contentType.trimStart().toLowerCase().startsWith('text/event-stream');
