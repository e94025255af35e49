import type { Logger } from '../../observability/logger.js';
import type { RunRepository } from '../../persistence/repositories/run.repository.js';
import type { LiveRuns } from './live-runs.js';
import type { RunCloser } from './run-closer.js';

export interface RunKeeperOptions {
  runs: RunRepository;
  closer: RunCloser;
  live: LiveRuns;
  /** Calls that are no responses but hold money: their rows have to stay alive too. */
  calls: { ids(): string[] };
  owner: string;
  logger: Logger;
  leaseMs: number;
  /** Further work of every beat. */
  onBeat(): Promise<void>;
}

const CLAIM_BATCH = 100;

/**
 * Keeps the leases of this process's runs alive, and ends the runs of processes that died after their upstream was called: they
 * become `failed`, with the events and items that were stored kept readable. A model is never called again for them.
 */
export function createRunKeeper(options: RunKeeperOptions) {
  const { runs, closer, live, calls, owner, logger, leaseMs } = options;
  let timer: NodeJS.Timeout | null = null;
  let working: Promise<void> = Promise.resolve();

  const alive = (): string[] => [...live.ids(), ...calls.ids()];

  const heartbeat = async (): Promise<void> => {
    const ids = alive();
    if (ids.length === 0) return;
    const mine = await runs.renew(owner, ids, leaseMs);
    for (const id of ids) {
      const state = mine.get(id);
      if (state?.isCancelled === true) live.stop(id);
      else if (state === undefined && live.isFenced(id)) live.interrupt(id);
    }
  };

  const sweep = async (): Promise<number> => {
    const expired = await runs.claimExpired(owner, leaseMs, CLAIM_BATCH, alive());
    for (const run of expired) {
      // One that cannot be ended now must not keep the others, or a start, from it; its new lease will run out too.
      await closer
        .close(run, run.isCancelled ? { status: 'cancelled' } : stopped)
        .catch((err: unknown) => logger.error({ err, responseId: run.responseId }, 'a run was not closed'));
    }
    return expired.length;
  };

  const tick = async (): Promise<void> => {
    try {
      await heartbeat();
      while ((await sweep()) === CLAIM_BATCH);
      await options.onBeat();
    } catch (err) {
      logger.warn({ err }, 'leases could not be renewed; trying again');
    }
  };

  return {
    /** Ends what other processes left. Resolves when all of it is done. */
    sweep,
    /** Starts the heartbeat: four beats to a lease, so that one may be lost. */
    start(): void {
      timer = setInterval(() => {
        working = working.then(tick);
      }, leaseMs / 4);
      timer.unref();
    },
    async close(): Promise<void> {
      if (timer !== null) clearInterval(timer);
      await working;
    },
  };
}

const stopped = {
  status: 'failed',
  error: { code: 'server_error', message: 'The server was stopped before this response was finished.' },
} as const;
