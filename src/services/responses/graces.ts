export interface GracesOptions<Subject> {
  /** Read whenever it is needed: it may change. */
  graceMs(): number;
  /** The subject's grace is over; it is told once. */
  onOver(subject: Subject): void;
}

/**
 * Periods of grace, all of one length, under one timer: most are stopped within a moment, and a timer for each would cost more than
 * the rest of its bookkeeping.
 */
export class Graces<Subject> {
  readonly #options: GracesOptions<Subject>;
  /** When each began, oldest first. */
  readonly #begun = new Map<Subject, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GracesOptions<Subject>) {
    this.#options = options;
  }

  /** Begins the subject's grace, unless it has begun. */
  start(subject: Subject): void {
    if (this.#begun.has(subject)) return;
    this.#begun.set(subject, performance.now());
    this.#timer ??= this.#wait(this.#options.graceMs());
  }

  stop(subject: Subject): void {
    this.#begun.delete(subject);
  }

  #wait(ms: number): NodeJS.Timeout {
    // What is waited for keeps the process alive, if anything has to.
    return setTimeout(() => this.#look(), ms).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    const graceMs = this.#options.graceMs();
    for (const [subject, sinceMs] of this.#begun) {
      const restMs = sinceMs + graceMs - nowMs;
      if (restMs > 0) {
        this.#timer ??= this.#wait(restMs);
        return;
      }
      this.#begun.delete(subject);
      this.#options.onOver(subject);
    }
  }
}
