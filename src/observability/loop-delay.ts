/** How often the delay is measured. */
const SAMPLE_MS = 50;
/** Late for so long without a pause, work has queued up. A long turn or two (a large body, a process that had to pause) are no queue. */
const STANDING_MS = 1000;
const LEAST_TURNS = 3;
/** How long after work has queued up the first late turn is enough to say so again. */
const WATCH_MS = 5000;

export interface LoopDelayOptions {
  /** Lateness from which on a turn is too late, in milliseconds; asked for with each sample. Null: none is. */
  limitMs(): number | null;
  /** Told of each sample, in seconds. */
  observe(seconds: number): void;
}

/**
 * How late the event loop comes to what is due: one timer, however many requests there are. A process that is late all the
 * time takes in more than it can do, and everybody waits; once it was, it is watched closely, so that it neither falls far
 * behind again nor refuses more than it has to.
 */
export class LoopDelay {
  readonly #options: LoopDelayOptions;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;
  #lateMs = 0;
  #watchedMs = 0;
  #isStanding = false;

  constructor(options: LoopDelayOptions) {
    this.#options = options;
  }

  /** Whether more comes in than is done, as of the last sample. */
  get isStanding(): boolean {
    return this.#isStanding;
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
    const elapsedMs = SAMPLE_MS + delayMs;
    if (limitMs === null || delayMs <= limitMs) {
      this.#lateMs = 0;
      this.#watchedMs = Math.max(0, this.#watchedMs - elapsedMs);
      this.#isStanding = false;
      return;
    }
    this.#lateMs += Math.min(elapsedMs, Math.ceil(STANDING_MS / LEAST_TURNS));
    this.#isStanding = this.#watchedMs > 0 || this.#lateMs >= STANDING_MS;
    if (this.#isStanding) this.#watchedMs = WATCH_MS;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
