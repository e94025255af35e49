import { errors } from '../../domain/errors.js';
import type { Owner } from '../../domain/principal.js';
import type { Signal } from '../../domain/signal.js';
import { createBatcher } from '../../persistence/batcher.js';
import { isConnectionLoss, type Queryable } from '../../persistence/database.js';
import type { Notifier } from '../../persistence/notifier.js';
import type { EventRepository } from '../../persistence/repositories/event.repository.js';
import { appendEvents } from '../../persistence/statements/append-events.js';
import { LiveLog } from './live-log.js';
import { LogReader, type LogSources, type Reading } from './log-reader.js';
import { retried } from './retried.js';
import { type FlushEntry, type RunLog, StoredRunLog, UnstoredRunLog } from './run-log.js';
import { Waiter, Waiters } from './waiters.js';

/** The channel that carries "something new for these responses" between processes. */
export const EVENTS_CHANNEL = 'antiphon_events';

export interface EventLogOptions {
  events: EventRepository;
  writer: Queryable;
  notifier: Notifier;
  /** Id of this process, so that it ignores its own wake-ups. */
  owner: string;
  /** Least time between two writes of the log: waiting events gather meanwhile. Default 5 ms. */
  flushPauseMs?: number;
  /** Followers of a run in another process look by themselves this often, should a wake-up be lost. Default 1 s. */
  pollMs?: number;
}

export type EventLog = ReturnType<typeof createEventLog>;

/** Bytes of recent events kept per run for its followers. An unstored run keeps its whole log within this bound. */
const TAIL_BYTES = 64 << 10;
const UNSTORED_BYTES = 16 << 20;
/**
 * Runs in one write. With five hundred streams, most of whom have something to write all the time, a smaller batch is always full,
 * and each event waits for several of them.
 */
const RUNS_PER_WRITE = 512;

/**
 * One log behind SSE, WebSocket and subscriptions. An event is stored before anyone sees it; readers pull, so a slow one
 * holds up nobody and nothing queues for it.
 */
export function createEventLog(options: EventLogOptions) {
  const { events, owner, notifier } = options;
  const pollMs = options.pollMs ?? 1000;
  const live = new Map<string, LiveLog>();
  /** Followers of runs that are not ours. */
  const remote = new Map<string, Waiters>();

  notifier.on(EVENTS_CHANNEL, (payload) => {
    const [sender, ...ids] = payload.split(',');
    if (sender === owner) return;
    if (ids[0] === '*') for (const waiters of remote.values()) waiters.wake();
    else for (const id of ids) remote.get(id)?.wake();
  });
  notifier.onGap(() => {
    for (const waiters of remote.values()) waiters.wake();
  });

  const batcher = createBatcher<FlushEntry, boolean>({
    maxBatch: RUNS_PER_WRITE,
    pauseMs: options.flushPauseMs ?? 5,
    onFull: () => errors.providerUnavailable('The event log is behind. Try again in a moment.'),
    async run(batch) {
      const flushes = batch.map((entry) => entry.take());
      const rows = flushes.flatMap((flush) =>
        flush.events.map((event) => ({
          projectId: flush.run.projectId,
          responseId: flush.run.responseId,
          attempt: flush.attempt,
          sequenceNumber: event.sequenceNumber,
          payload: event.json,
        })),
      );
      const ids = flushes.map((flush) => flush.run.responseId);
      const mine = await appendEvents(options.writer, rows, wakeUp(owner, ids));
      return flushes.map((flush) => {
        if (!mine.has(flush.run.responseId)) return false;
        flush.run.show(flush.events);
        return true;
      });
    },
  });
  const submit = (entry: FlushEntry): Promise<boolean> => retried(() => batcher.submit(entry), isConnectionLoss);

  const openLive = (whose: Owner, responseId: string, stored: number, maxBytes: number): LiveLog => {
    const run = new LiveLog(whose, responseId, stored, maxBytes);
    live.set(responseId, run);
    // Whoever followed the run while it was nobody's, or another process's, follows it here from now on.
    remote.get(responseId)?.wake();
    return run;
  };

  const ownLog = (projectId: string, responseId: string): LiveLog | undefined => {
    const run = live.get(responseId);
    return run?.projectId === projectId ? run : undefined;
  };

  /** Waits for news of a run that another process has, or nobody; without any for the poll time at most. */
  const waitForNews = async (responseId: string, waiter: Waiter): Promise<void> => {
    const waiters = remote.get(responseId) ?? new Waiters();
    remote.set(responseId, waiters);
    await waiter.wait(waiters, pollMs);
    if (waiters.size === 0 && remote.get(responseId) === waiters) remote.delete(responseId);
  };

  const sources: LogSources = {
    live: ownLog,
    stored: (projectId, responseId, after, most) => events.read(projectId, responseId, after, most),
    news: waitForNews,
  };

  return {
    /** Opens the log of a stored run that this process owns. `last` is the number of its last stored event, -1 for none. */
    open(whose: Owner, responseId: string, attempt: number, last = -1): RunLog {
      const run = openLive(whose, responseId, last, TAIL_BYTES);
      return new StoredRunLog({ run, attempt, submit, forget: () => live.delete(responseId) });
    },

    /** Opens the log of a run that is not stored: it lives in this process, until `keepMs` after its end. */
    openUnstored(whose: Owner, responseId: string, keepMs: number): RunLog {
      const run = openLive(whose, responseId, -1, UNSTORED_BYTES);
      return new UnstoredRunLog(run, () => setTimeout(() => live.delete(responseId), keepMs).unref());
    },

    /** Whether this process has the run's log in memory. */
    has({ projectId, endUser }: Owner, responseId: string): boolean {
      const run = ownLog(projectId, responseId);
      return run !== undefined && (endUser === null || run.endUser === endUser);
    },

    /**
     * Every event after `after`, in order, without gaps, in batches as they come; ends after the log's last event. Safe to
     * abandon at any await. Ends early when the signal aborts or the response is deleted.
     */
    follow: (reading: Reading): LogReader => new LogReader(sources, reading),

    /** Resolves when something may have changed about a response of another process, at the latest after the poll time. */
    async changed(responseId: string, signal: Signal | undefined): Promise<void> {
      const waiter = new Waiter(signal);
      await waitForNews(responseId, waiter);
      waiter.leave();
    },

    /** Something has changed about a run that this process does not have: its followers here look again. */
    notice: (responseId: string): void => remote.get(responseId)?.wake(),

    /** What was written so far; a row is what one run had to store at that moment. */
    counts: batcher.counts,

    /** Number of followers waiting right now, for tests and metrics. */
    waiting: (): number => {
      let count = 0;
      for (const run of live.values()) count += run.waiters.size;
      for (const waiters of remote.values()) count += waiters.size;
      return count;
    },
  };
}

/** The wake-up for a set of responses; past what a notification can carry it says "look at everything". */
export function wakeUp(owner: string, responseIds: readonly string[]): string {
  const ids = responseIds.join(',');
  return ids.length > 7000 ? `${owner},*` : `${owner},${ids}`;
}
