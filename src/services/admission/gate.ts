import { errors } from '../../domain/errors.js';

/** Why new work was refused. */
export type RefusalReason = 'runs' | 'database' | 'delay';

export interface GateOptions {
  /** Read whenever they are needed: they may change. */
  limits: {
    /** Runs and other model calls at once in this process. */
    maxRuns: number;
    /** Requests and writes that may wait for the database. */
    maxDatabaseQueue: number;
    /** How long a write may have waited for the database or will have to, in milliseconds; null: as long as it takes. */
    maxDatabaseDelayMs: number | null;
  };
  /** Runs and other model calls right now. */
  running(): number;
  /** What waits for the database right now. */
  waiting(): number;
  /** How long the write that has waited longest has waited. */
  waitedMs(): number;
  /** How long a run that came now would wait for the writes before its own. */
  aheadMs(): number;
  /** The event loop: whether it was too late when last looked at, and whether it is all the time. */
  loop: { readonly isLate: boolean; readonly isStanding: boolean };
  onRefused(reason: RefusalReason): void;
  /** @default the process's own */
  now?(): number;
}

/** Whoever is refused comes back within this time, not all in the same moment. */
const RETRY_MS = { least: 500, most: 1500 };

/**
 * Once more work came than is done, less of it may gather: this part of the limit at first, and the whole again after so long without
 * a refusal. Until then the first late turn of the event loop is one too many. Otherwise everybody who is let in would wait as long
 * as the limits allow. How long a write has waited is no sign of a queue, though: with a slow disk all of them do.
 */
const STRICT_SHARE = 0.2;
const STRICT_MS = 5000;

/**
 * Whether there is room for more work. Asked where a request arrives, as soon as a door can tell that it starts something, and again
 * by whatever would start a run. What has begun is never refused later; reading and ending things is always allowed.
 */
export class AdmissionGate {
  readonly #options: GateOptions;
  readonly #now: () => number;
  #crowdedMs = Number.NEGATIVE_INFINITY;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @throws 503 with the time to come back after */
  check(): void {
    const retryMs = this.refuse();
    if (retryMs !== null) throw errors.overloaded(retryMs);
  }

  /** After how many milliseconds to come back with new work, which counts as refused; null while there is room for it. */
  refuse(): number | null {
    const reason = this.#reason();
    if (reason === null) return null;
    if (reason !== 'runs') this.#crowdedMs = this.#now();
    this.#options.onRefused(reason);
    return Math.round(RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least));
  }

  #reason(): RefusalReason | null {
    const { limits, loop, running, waiting, waitedMs, aheadMs } = this.#options;
    const { maxRuns, maxDatabaseQueue, maxDatabaseDelayMs } = limits;
    const sinceMs = this.#now() - this.#crowdedMs;
    // A single late turn is no queue, unless there just was one.
    if (loop.isStanding || (loop.isLate && sinceMs < STRICT_MS)) return 'delay';
    if (running() >= maxRuns) return 'runs';
    if (waiting() >= maxDatabaseQueue) return 'database';
    if (maxDatabaseDelayMs === null) return null;
    const share = Math.min(1, STRICT_SHARE + ((1 - STRICT_SHARE) * sinceMs) / STRICT_MS);
    return waitedMs() > maxDatabaseDelayMs || aheadMs() > share * maxDatabaseDelayMs ? 'database' : null;
  }
}
