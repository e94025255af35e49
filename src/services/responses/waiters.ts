import type { Signal } from '../../domain/signal.js';

/** Somebody who waits for something to change. Woken, it looks by itself whether it was what it waits for, and may wait again at once. */
export interface Wakeable {
  wake(): void;
}

/** Those who wait for something to change, woken all at once. */
export class Waiters {
  readonly #waiting = new Set<Wakeable>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Who waits again while others are woken waits for the next time. */
  wake(): void {
    let left = this.#waiting.size;
    for (const waiter of this.#waiting) {
      if (left === 0) return;
      left -= 1;
      this.#waiting.delete(waiter);
      waiter.wake();
    }
  }

  add(waiter: Wakeable): void {
    this.#waiting.add(waiter);
  }

  delete(waiter: Wakeable): void {
    this.#waiting.delete(waiter);
  }
}

/**
 * One who waits again and again. It listens for its reader's leaving once for all its waits: adding and removing a listener
 * costs more than reading the event that is waited for.
 */
export class Waiter implements Wakeable {
  readonly #signal: Signal | undefined;
  readonly #end = (): void => this.wake();
  #among: Waiters | null = null;
  #resolve: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(signal: Signal | undefined) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#end, { once: true });
  }

  /** Resolves at the next wake-up, when the signal aborts, or after the time, if there is one. */
  wait(among: Waiters, timeoutMs: number | null): Promise<void> {
    if (this.#signal?.aborted === true) return Promise.resolve();
    among.add(this);
    this.#among = among;
    if (timeoutMs !== null) this.#timer = setTimeout(this.#end, timeoutMs);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Ends the wait, if there is one. */
  wake(): void {
    const resolve = this.#resolve;
    if (resolve === null) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#among?.delete(this);
    this.#among = null;
    this.#resolve = null;
    resolve();
  }

  /** Will wait no more. */
  leave(): void {
    this.#signal?.removeEventListener('abort', this.#end);
  }
}
