import type { Signal } from '../../domain/signal.js';

/** Somebody who waits for something to change. Woken, it looks by itself whether it was what it waits for, and may wait again at once. */
export interface Wakeable {
  wake(): void;
}

/** Those who wait for something to change, woken all at once. */
export class Waiters {
  /** Most of the time there is one, who comes and goes with every event: a set for it would leave a table behind for every few. */
  #only: Wakeable | null = null;
  readonly #others = new Set<Wakeable>();

  get size(): number {
    return this.#others.size + (this.#only === null ? 0 : 1);
  }

  /** Who waits again while others are woken waits for the next time. */
  wake(): void {
    let left = this.#others.size;
    const only = this.#only;
    this.#only = null;
    only?.wake();
    for (const waiter of this.#others) {
      if (left === 0) return;
      left -= 1;
      this.#others.delete(waiter);
      waiter.wake();
    }
  }

  add(waiter: Wakeable): void {
    if (this.#only === null && this.#others.size === 0) this.#only = waiter;
    else if (this.#only !== waiter) this.#others.add(waiter);
  }

  delete(waiter: Wakeable): void {
    if (this.#only === waiter) this.#only = null;
    else this.#others.delete(waiter);
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
