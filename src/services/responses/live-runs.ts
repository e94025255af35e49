import { errors } from '../../domain/errors.js';
import type { AdmissionGate } from '../admission/gate.js';
import { type Grace, Graces } from './graces.js';
import { IdTable } from './id-table.js';
import type { Place } from './roster.js';
import type { Run } from './run.js';
import { Waiter, Waiters } from './waiters.js';

export interface LiveRunsOptions {
  /** Read whenever they are needed: they may change. */
  limits: {
    /** How long a foreground run goes on after its last follower left. */
    graceMs: number;
  };
  gate: AdmissionGate;
  /** Called when a run has ended because another process asked for it. */
  onStopped(run: Run): void;
}

export type LiveRuns = ReturnType<typeof createLiveRuns>;

/** A run, until it ends, and how many are present at it. */
class Seat {
  readonly id: string;
  run: Run | null;
  present = 0;
  /** While it goes on; null before and after. */
  grace: Place<Grace<Seat>> | null = null;

  constructor(run: Run) {
    this.id = run.plan.record.id;
    this.run = run;
  }
}

/**
 * The runs of this process and who is present at each. A foreground run that everybody has left goes on for the grace
 * period and is then cancelled; a background run belongs to nobody and goes on.
 */
export function createLiveRuns(options: LiveRunsOptions) {
  const seats = new IdTable<Seat>();
  let isClosing = false;
  /** Nobody is given time any more. */
  let isOver = false;
  /** Those who wait for runs to leave. */
  const leaving = new Waiters();
  /** Runs that were let in and have no seat yet. */
  let entering = 0;

  const runOf = (id: string): Run | null => seats.find(id)?.run ?? null;

  /** Foreground runs that nobody is present at. */
  const graces = new Graces<Seat>({
    graceMs: () => options.limits.graceMs,
    onOver: (seat) => {
      seat.grace = null;
      seat.run?.cancel();
    },
  });
  const startGrace = (seat: Seat): void => {
    if (seat.run?.plan.record.background === false) seat.grace ??= graces.start(seat);
  };
  const stopGrace = (seat: Seat): void => {
    if (seat.grace !== null) graces.stop(seat.grace);
    seat.grace = null;
  };

  const attach = (seat: Seat): (() => void) => {
    stopGrace(seat);
    seat.present += 1;
    let isPresent = true;
    return () => {
      if (!isPresent) return;
      isPresent = false;
      seat.present -= 1;
      if (seat.present === 0) startGrace(seat);
    };
  };

  const allGone = async (): Promise<void> => {
    const waiter = new Waiter(undefined);
    while (seats.size + entering > 0) await waiter.wait(leaving, null);
  };

  return {
    /** @throws 503 while shutting down or full */
    checkCapacity(): void {
      if (isClosing) throw errors.shuttingDown();
      options.gate.check();
    },

    /** Counts a run from before it begins. Whoever calls this calls `entered` once it has its seat, or does not begin. @throws as `checkCapacity` */
    enter(): void {
      this.checkCapacity();
      entering += 1;
    },

    entered(): void {
      entering -= 1;
      leaving.wake();
    },

    add(run: Run): Run {
      const seat = new Seat(run);
      seats.put(seat);
      startGrace(seat);
      const remove = (): void => {
        // Another process may have had it meanwhile, and this one again: then the other seat stays.
        seats.remove(seat);
        seat.run = null;
        stopGrace(seat);
        leaving.wake();
      };
      run.settled.then(remove, remove);
      if (isOver) run.interrupt();
      return run;
    },

    find(projectId: string, id: string): Run | undefined {
      const run = runOf(id);
      return run?.plan.record.projectId === projectId ? run : undefined;
    },

    /** Counts a follower as present until the returned function is called; null if there is no such run (any more). */
    attach(id: string): (() => void) | null {
      const seat = seats.find(id);
      return seat === undefined ? null : attach(seat);
    },

    /** Ids of stored or budgeted runs, for heartbeats. */
    ids: (): string[] => seats.all().map(({ id }) => id),

    /** Whether the run has a row whose loss means that another process owns it now. */
    isFenced: (id: string): boolean => runOf(id)?.isFenced === true,

    /** Cancels a run because another process asks for it. */
    stop(id: string): void {
      const run = runOf(id);
      if (run === null) return;
      run.cancel();
      run.settled.then(
        () => options.onStopped(run),
        () => undefined,
      );
    },

    /** Stops a run that another process has taken over. */
    interrupt(id: string): void {
      runOf(id)?.interrupt();
    },

    /**
     * Takes no more runs, gives the present ones, and those that are about to begin, `drainMs` to end, then interrupts them
     * and waits for their ends.
     */
    async close(drainMs: number): Promise<void> {
      isClosing = true;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, drainMs);
      });
      await Promise.race([allGone(), late]);
      clearTimeout(timer);
      isOver = true;
      const present = seats.all().flatMap(({ run }) => run ?? []);
      for (const run of present) run.interrupt();
      await Promise.allSettled(present.map((run) => run.settled));
    },

    /** Runs that go on or are about to. */
    get size(): number {
      return seats.size + entering;
    },
  };
}
