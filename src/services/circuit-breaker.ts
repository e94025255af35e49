export interface BreakerLimits {
  /** Failures in a row after which it rests. */
  maxFailures: number;
  restMs: number;
  /** Longest rest that it can ask for itself. */
  maxRestMs: number;
}

/**
 * Leaves alone what keeps failing. After its rest one call finds out whether it is well again; others pass it by meanwhile.
 * Whoever calls `begin` reports with exactly one of the other three how it went.
 */
export class CircuitBreaker {
  readonly #limits: BreakerLimits;
  #failures = 0;
  #restsUntil = 0;
  #isTried = false;

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  isOpen(nowMs: number): boolean {
    return nowMs < this.#restsUntil || (this.#failures >= this.#limits.maxFailures && this.#isTried);
  }

  begin(): void {
    this.#isTried = true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#isTried = false;
  }

  /** @param askedMs how long it asks to be left alone, if it says so */
  failed(nowMs: number, askedMs: number | null = null): void {
    this.#isTried = false;
    this.#failures += 1;
    if (askedMs !== null) this.#restsUntil = nowMs + Math.min(askedMs, this.#limits.maxRestMs);
    else if (this.#failures >= this.#limits.maxFailures) this.#restsUntil = nowMs + this.#limits.restMs;
  }

  /** The call was given up, which says nothing. */
  abandoned(): void {
    this.#isTried = false;
  }
}
