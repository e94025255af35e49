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
    /** How long a write may have waited for the database, in milliseconds; null: as long as it takes. */
    maxDatabaseDelayMs: number | null;
  };
  /** Runs and other model calls right now. */
  running(): number;
  /** What waits for the database right now. */
  waiting(): number;
  /** How long the write that has waited longest has waited. */
  delayMs(): number;
  /** Whether the process is late all the time. */
  isLate(): boolean;
  onRefused(reason: RefusalReason): void;
}

/** Whoever is refused comes back within this time, not all in the same moment. */
const RETRY_MS = { least: 500, most: 1500 };

/**
 * Whether there is room for more work. Asked where a request arrives, before its key and its body are looked at, and again by
 * whatever would start a run on any door. What was let in is never refused later; reading and ending things is always allowed.
 */
export class AdmissionGate {
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** @throws 503 with the time to come back after */
  check(): void {
    const reason = this.#reason();
    if (reason === null) return;
    this.#options.onRefused(reason);
    throw errors.overloaded(Math.round(RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least)));
  }

  #reason(): RefusalReason | null {
    const { limits, isLate, running, waiting, delayMs } = this.#options;
    if (isLate()) return 'delay';
    if (running() >= limits.maxRuns) return 'runs';
    if (waiting() >= limits.maxDatabaseQueue) return 'database';
    return limits.maxDatabaseDelayMs !== null && delayMs() > limits.maxDatabaseDelayMs ? 'database' : null;
  }
}
