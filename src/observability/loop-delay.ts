/** How often the delay is measured. */
const SAMPLE_MS = 50;
/** Late for so long without a pause, work has queued up. A long turn or two (a large body, a process that had to pause) are no queue. */
const STANDING_MS = 1000;
const LEAST_TURNS = 3;

export interface LoopDelayOptions {
  /** Lateness from which on a turn is too late, in milliseconds; asked for with each sample. Null: none is. */
  limitMs(): number | null;
  /** Told of each sample, in seconds. */
  observe(seconds: number): void;
}

/**
 * How late the event loop comes to what is due: one timer, however many requests there are. A process that is late all the
 * time takes in more than it can do, and everybody waits.
 */
export class LoopDelay {
  readonly #options: LoopDelayOptions;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;
  #lateForMs = 0;

  constructor(options: LoopDelayOptions) {
    this.#options = options;
  }

  /** Whether it was too late when last looked at. */
  get isLate(): boolean {
    return this.#lateForMs > 0;
  }

  /** Whether it has been too late all the time for a second. */
  get isStanding(): boolean {
    return this.#lateForMs >= STANDING_MS;
  }

  start(): void {
    this.#dueMs = performance.now() + SAMPLE_MS;
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      this.sample(Math.max(0, nowMs - this.#dueMs));
      this.#dueMs = nowMs + SAMPLE_MS;
    }, SAMPLE_MS);
    this.#timer.unref();
  }

  /** Takes in that something was done this much later than it was due, in milliseconds. */
  sample(delayMs: number): void {
    this.#options.observe(delayMs / 1000);
    const limitMs = this.#options.limitMs();
    const isLate = limitMs !== null && delayMs > limitMs;
    this.#lateForMs = isLate
      ? this.#lateForMs + Math.min(SAMPLE_MS + delayMs, Math.ceil(STANDING_MS / LEAST_TURNS))
      : 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
