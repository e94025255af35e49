/** As much of an `AbortSignal` as it takes to notice that somebody has left, or that work is to stop. */
export interface Signal {
  readonly aborted: boolean;
  /** Why; undefined until then. */
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

const NOBODY: readonly (() => void)[] = [];

/**
 * An `AbortController` and its signal for where there is one per request, or per idle subscription: those of the platform cost as
 * much as checking a key, and half a kilobyte.
 */
export class LightSignal implements Signal {
  #isAborted = false;
  #reason: unknown;
  #listeners = NOBODY;
  #controller: AbortController | null = null;

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** For those who need one of the platform's. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Tells everyone, once. */
  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    for (let next = this.#listeners[0]; next !== undefined; next = this.#listeners[0]) {
      this.removeEventListener('abort', next);
      try {
        next();
      } catch (error) {
        // One that fails must not keep the others from hearing.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason;
  }

  /** The listener is told once, whatever its options. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.#isAborted) this.#listeners = this.#listeners === NOBODY ? [listener] : [...this.#listeners, listener];
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const rest = this.#listeners.filter((known) => known !== listener);
    this.#listeners = rest.length === 0 ? NOBODY : rest;
  }
}
