import type { ModelStreamPart } from '../provider.js';

/** The parts of a turn in batches, for one reader. */
export interface Parts extends AsyncIterator<readonly ModelStreamPart[], undefined> {
  /** What `next` would answer at once; null if it would have to wait. */
  take(): PartsResult | null;
}
export type PartsResult = IteratorResult<readonly ModelStreamPart[], undefined>;

/** What every iterator of parts answers after its last batch. */
export const noMoreParts: PartsResult = { done: true, value: undefined };

/** A turn that is asked for when its first parts are. A class: a generator around another costs every token a promise more. */
export class LazyTurn implements AsyncIterableIterator<readonly ModelStreamPart[], undefined> {
  readonly #open: () => Promise<Parts | null>;
  #parts: Parts | null = null;
  #isOpened = false;

  /** @param open asks the upstream; null if there is nothing to read */
  constructor(open: () => Promise<Parts | null>) {
    this.#open = open;
  }

  next(): Promise<PartsResult> {
    if (this.#parts !== null) return this.#parts.next();
    return this.#isOpened ? Promise.resolve(noMoreParts) : this.#begin();
  }

  /** Nobody reads on: closes the connection. */
  async return(): Promise<PartsResult> {
    this.#isOpened = true;
    await this.#parts?.return?.();
    return noMoreParts;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #begin(): Promise<PartsResult> {
    this.#isOpened = true;
    return this.#open().then((parts) => {
      this.#parts = parts;
      return parts === null ? noMoreParts : (parts.take() ?? parts.next());
    });
  }
}

/** An answer that came in one piece. */
export class WholeParts implements Parts {
  #batch: readonly ModelStreamPart[] | null;

  constructor(batch: readonly ModelStreamPart[]) {
    this.#batch = batch;
  }

  take(): PartsResult {
    const batch = this.#batch;
    this.#batch = null;
    return batch === null ? noMoreParts : { done: false, value: batch };
  }

  async next(): Promise<PartsResult> {
    return this.take();
  }
}
