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
    /** How long a run may have to wait for the database, in milliseconds; null: as long as it takes. */
    maxDatabaseDelayMs: number | null;
  };
  /** Runs and other model calls right now. */
  running(): number;
  /** What waits for the database right now. */
  waiting(): number;
  /** How long a run that came now would wait for the database. */
  delayMs(): number;
  /** The event loop: whether it was too late when last looked at, and whether it is all the time. */
  loop: { readonly isLate: boolean; readonly isStanding: boolean };
  onRefused(reason: RefusalReason): void;
  /** @default the process's own */
  now?(): number;
}

/** Whoever is refused comes back within this time, not all in the same moment. */
const RETRY_MS = { least: 500, most: 1500 };

/**
 * Once more work came than is done, less of it may wait: this part of the limit at first, and the whole again after so long without
 * a refusal. Until then the first late turn of the event loop is one too many. Otherwise everybody who is let in would wait as long
 * as the limits allow.
 */
const STRICT_SHARE = 0.2;
const STRICT_MS = 5000;

/**
 * Whether there is room for more work. Asked where a request arrives, before its key and its body are looked at, and again by
 * whatever would start a run on any door. What was let in is never refused later; reading and ending things is always allowed.
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
    const { limits, loop, running, waiting, delayMs } = this.#options;
    const { maxRuns, maxDatabaseQueue, maxDatabaseDelayMs } = limits;
    const sinceMs = this.#now() - this.#crowdedMs;
    // A single late turn is no queue, unless there just was one.
    if (loop.isStanding || (loop.isLate && sinceMs < STRICT_MS)) return 'delay';
    if (running() >= maxRuns) return 'runs';
    if (waiting() >= maxDatabaseQueue) return 'database';
    const share = Math.min(1, STRICT_SHARE + ((1 - STRICT_SHARE) * sinceMs) / STRICT_MS);
    return maxDatabaseDelayMs !== null && delayMs() > share * maxDatabaseDelayMs ? 'database' : null;
  }
}
