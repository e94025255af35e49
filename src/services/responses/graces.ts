import { type Place, Roster } from './roster.js';

/** A period of grace: whose, and since when. */
export interface Grace<Subject> {
  subject: Subject;
  sinceMs: number;
}

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
  /** Oldest first. */
  readonly #begun = new Roster<Grace<Subject>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GracesOptions<Subject>) {
    this.#options = options;
  }

  /** Begins a grace. What it answers is what it is stopped by. */
  start(subject: Subject): Place<Grace<Subject>> {
    this.#timer ??= this.#wait(this.#options.graceMs());
    return this.#begun.enter({ subject, sinceMs: performance.now() });
  }

  /** Nothing happens if it is over. */
  stop(grace: Place<Grace<Subject>>): void {
    this.#begun.leave(grace);
  }

  #wait(ms: number): NodeJS.Timeout {
    // What is waited for keeps the process alive, if anything has to.
    return setTimeout(() => this.#look(), ms).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    const graceMs = this.#options.graceMs();
    for (let place = this.#begun.first; place?.item; place = this.#begun.first) {
      const { subject, sinceMs } = place.item;
      const restMs = sinceMs + graceMs - nowMs;
      if (restMs > 0) {
        this.#timer ??= this.#wait(restMs);
        return;
      }
      this.#begun.leave(place);
      this.#options.onOver(subject);
    }
  }
}
