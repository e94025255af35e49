import type { ServerResponse } from 'node:http';
import type { Leaving } from '../domain/leaving.js';

/**
 * The client of a request, for as long as it waits for its answer. Closing is how every answer ends; only a client that is gone
 * before its end has left.
 */
export class WaitingClient implements Leaving {
  readonly #raw: ServerResponse;
  #listeners: (() => void)[] | null = null;
  #signal: AbortSignal | null = null;
  #isGivenUp = false;

  constructor(raw: ServerResponse) {
    this.#raw = raw;
  }

  get aborted(): boolean {
    return this.#isGivenUp || (this.#raw.closed && !this.#raw.writableFinished);
  }

  /** For those who need a real one. Most requests are answered without: making and hearing one costs as much as checking a key. */
  get signal(): AbortSignal {
    this.#signal ??= this.#makeSignal();
    return this.#signal;
  }

  /** Goes on as if it had left: nothing is done for it any more. */
  abort(): void {
    this.#isGivenUp = true;
    this.#onClose();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.#listeners === null) {
      this.#listeners = [];
      this.#raw.on('close', this.#onClose);
    }
    this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners = this.#listeners?.filter((known) => known !== listener) ?? null;
  }

  readonly #onClose = (): void => {
    if (!this.aborted) return;
    const listeners = this.#listeners ?? [];
    this.#listeners = [];
    for (const listener of listeners) listener();
  };

  #makeSignal(): AbortSignal {
    const controller = new AbortController();
    if (this.aborted) controller.abort();
    else this.addEventListener('abort', () => controller.abort());
    return controller.signal;
  }
}
