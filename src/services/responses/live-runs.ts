import { errors } from '../../domain/errors.js';
import type { Run } from './run.js';

export interface LiveRunsOptions {
  /** Read whenever they are needed: they may change. */
  limits: {
    /** How long a foreground run goes on after its last follower left. */
    graceMs: number;
    /** Runs at once in this process; more are refused with 503. */
    maxRuns: number;
  };
  /** Called when a run has ended because another process asked for it. */
  onStopped(run: Run): void;
}

export type LiveRuns = ReturnType<typeof createLiveRuns>;

/**
 * The runs of this process and who is present at each. A foreground run that everybody has left goes on for the grace
 * period and is then cancelled; a background run belongs to nobody and goes on.
 */
export function createLiveRuns(options: LiveRunsOptions) {
  const runs = new Map<string, Run>();
  const present = new Map<Run, number>();
  const graces = new Map<Run, NodeJS.Timeout>();
  let isClosing = false;

  const startGrace = (run: Run): void => {
    if (run.plan.record.background || graces.has(run)) return;
    graces.set(
      run,
      setTimeout(() => run.cancel(), options.limits.graceMs),
    );
  };
  const stopGrace = (run: Run): void => {
    clearTimeout(graces.get(run));
    graces.delete(run);
  };

  const attach = (run: Run): (() => void) => {
    stopGrace(run);
    present.set(run, (present.get(run) ?? 0) + 1);
    let isPresent = true;
    return () => {
      if (!isPresent) return;
      isPresent = false;
      const rest = (present.get(run) ?? 1) - 1;
      // The run may have ended, and been forgotten, while its follower was still there: it must not come back.
      if (rest > 0) present.set(run, rest);
      else present.delete(run);
      if (rest === 0 && runs.get(run.plan.record.id) === run) startGrace(run);
    };
  };

  return {
    /** @throws 503 while shutting down or full */
    checkCapacity(): void {
      if (isClosing) throw errors.shuttingDown();
      if (runs.size >= options.limits.maxRuns) throw errors.overloaded();
    },

    add(run: Run): Run {
      const { id } = run.plan.record;
      runs.set(id, run);
      startGrace(run);
      const remove = (): void => {
        runs.delete(id);
        present.delete(run);
        stopGrace(run);
      };
      run.settled.then(remove, remove);
      return run;
    },

    find(projectId: string, id: string): Run | undefined {
      const run = runs.get(id);
      return run?.plan.record.projectId === projectId ? run : undefined;
    },

    /** Counts a follower as present until the returned function is called. */
    attach,

    attachTo(projectId: string, id: string): () => void {
      const run = this.find(projectId, id);
      return run === undefined ? () => undefined : attach(run);
    },

    /** The same for a follower that another process has checked; null if there is no such run. */
    attachById(id: string): (() => void) | null {
      const run = runs.get(id);
      return run === undefined ? null : attach(run);
    },

    /** Ids of stored or budgeted runs, for heartbeats. */
    ids: (): string[] => [...runs.keys()],

    /** Whether the run has a row whose loss means that another process owns it now. */
    isFenced: (id: string): boolean => runs.get(id)?.isFenced === true,

    /** Cancels a run because another process asks for it. */
    stop(id: string): void {
      const run = runs.get(id);
      if (run === undefined) return;
      run.cancel();
      run.settled.then(
        () => options.onStopped(run),
        () => undefined,
      );
    },

    /** Stops a run that another process has taken over. */
    interrupt(id: string): void {
      runs.get(id)?.interrupt();
    },

    /** Takes no more runs, gives the present ones `drainMs` to end, then interrupts them and waits for their ends. */
    async close(drainMs: number): Promise<void> {
      isClosing = true;
      const all = Promise.allSettled([...runs.values()].map((run) => run.settled));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, drainMs);
      });
      await Promise.race([all, late]);
      clearTimeout(timer);
      for (const run of runs.values()) run.interrupt();
      await all;
    },

    get size(): number {
      return runs.size;
    },
  };
}
