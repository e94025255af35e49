/** Those who wait for something to change. Woken all at once; each looks for itself whether it was what it waits for. */
export class Waiters {
  #waiting = new Set<() => void>();

  get size(): number {
    return this.#waiting.size;
  }

  wake(): void {
    if (this.#waiting.size === 0) return;
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of woken) resolve();
  }

  /** Resolves at the next wake-up, when `signal` aborts, or after the time, if there is one. */
  wait(signal: AbortSignal | undefined, timeoutMs: number | null): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
      if (timeoutMs !== null) timer = setTimeout(done, timeoutMs);
    });
  }
}
