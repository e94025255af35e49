import { errors } from '../../domain/errors.js';
import type { Owner } from '../../domain/principal.js';
import { printEvent, type ResponseEvent, storedEvent } from '../../domain/response-event.js';
import { createBatcher } from '../../persistence/batcher.js';
import { isConnectionLoss, type Queryable } from '../../persistence/database.js';
import type { Notifier } from '../../persistence/notifier.js';
import type { EventRepository } from '../../persistence/repositories/event.repository.js';
import { appendEvents } from '../../persistence/statements/append-events.js';
import { retried } from './retried.js';

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

/** The writing end of one run's log. Numbers are given here and nowhere else. */
export interface RunLog {
  /** Gives the event its number and hands it on to be stored. Followers see it once it is. */
  append(type: string, members: string): void;
  /** Number of the last event, -1 before the first. */
  readonly lastSequence: number;
  /** Too many events wait to be stored, or they never will be: wait for `ready` before going on. */
  readonly isBehind: boolean;
  /** Resolves once few enough events wait to be stored. Rejects if the run belongs to another process by now. */
  ready(): Promise<void>;
  /** Resolves when everything appended is stored. Rejects if the run belongs to another process by now. */
  flush(): Promise<void>;
  /** Numbers closing events without storing them: they are written together with the run's end. */
  prepare(events: readonly { type: string; members: string }[]): ResponseEvent[];
  /** Shows prepared events to followers and closes the log. Followers end after the last event. */
  close(closing: readonly ResponseEvent[]): void;
  /** Leaves the log open for whoever takes the run, here or elsewhere. Followers stay. */
  release(): void;
}

export type EventLog = ReturnType<typeof createEventLog>;

interface Live {
  readonly projectId: string;
  readonly endUser: string | null;
  readonly responseId: string;
  /** The newest stored events, oldest first; older ones are read from the database. */
  tail: ResponseEvent[];
  tailBytes: number;
  /** Number of the newest stored event. */
  stored: number;
  /** Readers of an unstored run cannot go back further than this. */
  closed: boolean;
  waiters: Set<() => void>;
}

/** Bytes of recent events kept per run for its followers. An unstored run keeps its whole log within this bound. */
const TAIL_BYTES = 64 << 10;
const UNSTORED_BYTES = 16 << 20;
/** Events of a run that may wait for the database before the run itself is held back. */
const MAX_WAITING = 512;
const BATCH_EVENTS = 256;

/**
 * One log behind SSE, WebSocket and subscriptions. An event is stored before anyone sees it; readers pull, so a slow one
 * holds up nobody and nothing queues for it.
 */
export function createEventLog(options: EventLogOptions) {
  const { events, owner, notifier } = options;
  const pollMs = options.pollMs ?? 1000;
  const live = new Map<string, Live>();
  /** Followers of runs that are not ours. */
  const remote = new Map<string, Set<() => void>>();

  const wake = (waiters: Set<() => void> | undefined): void => {
    if (waiters === undefined) return;
    const woken = [...waiters];
    waiters.clear();
    for (const resolve of woken) resolve();
  };

  notifier.on(EVENTS_CHANNEL, (payload) => {
    const [sender, ...ids] = payload.split(',');
    if (sender === owner) return;
    if (ids[0] === '*') for (const waiters of remote.values()) wake(waiters);
    else for (const id of ids) wake(remote.get(id));
  });
  notifier.onGap(() => {
    for (const waiters of remote.values()) wake(waiters);
  });

  interface Flush {
    attempt: number;
    run: Live;
    events: ResponseEvent[];
  }

  const batcher = createBatcher<{ take(): Flush }, boolean>({
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
      const mine = await appendEvents(
        options.writer,
        rows,
        wakeUp(
          owner,
          flushes.map((flush) => flush.run.responseId),
        ),
      );
      return flushes.map((flush) => {
        if (!mine.has(flush.run.responseId)) return false;
        show(flush.run, flush.events, TAIL_BYTES);
        return true;
      });
    },
  });

  const show = (run: Live, shown: readonly ResponseEvent[], maxBytes: number): void => {
    for (const event of shown) {
      run.tail.push(event);
      run.tailBytes += event.json.length;
      run.stored = event.sequenceNumber;
    }
    let drop = 0;
    while (run.tailBytes > maxBytes && drop < run.tail.length - 1) run.tailBytes -= run.tail[drop++]?.json.length ?? 0;
    if (drop > 0) run.tail = run.tail.slice(drop);
    wake(run.waiters);
  };

  const openLive = ({ projectId, endUser }: Owner, responseId: string, stored: number): Live => {
    const run: Live = {
      projectId,
      endUser,
      responseId,
      tail: [],
      tailBytes: 0,
      stored,
      closed: false,
      waiters: new Set(),
    };
    live.set(responseId, run);
    // Whoever followed the run while it was nobody's, or another process's, follows it here from now on.
    wake(remote.get(responseId));
    return run;
  };

  const ownLog = (projectId: string, responseId: string): Live | undefined => {
    const run = live.get(responseId);
    return run?.projectId === projectId ? run : undefined;
  };

  const wait = (waiters: Set<() => void>, signal: AbortSignal | undefined, timeoutMs: number | null): Promise<void> =>
    new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const done = (): void => {
        clearTimeout(timer);
        waiters.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      waiters.add(done);
      signal?.addEventListener('abort', done, { once: true });
      if (timeoutMs !== null) timer = setTimeout(done, timeoutMs);
    });

  return {
    /** Opens the log of a stored run that this process owns. `last` is the number of its last stored event, -1 for none. */
    open(whose: Owner, responseId: string, attempt: number, last = -1): RunLog {
      const run = openLive(whose, responseId, last);
      let pending: ResponseEvent[] = [];
      let next = last + 1;
      let scheduled: Promise<void> | null = null;
      let failure: unknown = null;

      const schedule = (): void => {
        if (scheduled !== null || failure !== null) return;
        const take = (): Flush => {
          const taken = pending;
          pending = [];
          return { attempt, run, events: taken };
        };
        let flush: Flush | undefined;
        // The batch takes the events when it starts; a repetition after a failed batch takes the same ones.
        const entry = { take: () => (flush ??= take()) };
        scheduled = retried(() => batcher.submit(entry), isConnectionLoss).then(
          (mine) => {
            scheduled = null;
            if (!mine) failure = errors.providerFailed('The run was taken over by another process.');
            else if (pending.length > 0) schedule();
          },
          (error: unknown) => {
            scheduled = null;
            failure = error;
          },
        );
      };

      return {
        append(type, members) {
          pending.push(printEvent(next++, type, members));
          schedule();
        },
        get lastSequence() {
          return next - 1;
        },
        get isBehind() {
          return pending.length > MAX_WAITING || failure !== null;
        },
        async ready() {
          while (pending.length > MAX_WAITING && failure === null) await scheduled;
          if (failure !== null) throw failure;
        },
        async flush() {
          while (scheduled !== null) await scheduled;
          if (failure !== null) throw failure;
        },
        prepare: (closing) => closing.map(({ type, members }) => printEvent(next++, type, members)),
        close(closing) {
          show(run, closing, TAIL_BYTES);
          run.closed = true;
          live.delete(responseId);
          wake(run.waiters);
        },
        release() {
          live.delete(responseId);
          wake(run.waiters);
        },
      };
    },

    /** Opens the log of a run that is not stored: it lives in this process, until `keepMs` after its end. */
    openUnstored(whose: Owner, responseId: string, keepMs: number): RunLog {
      const run = openLive(whose, responseId, -1);
      let next = 0;
      return {
        append(type, members) {
          show(run, [printEvent(next++, type, members)], UNSTORED_BYTES);
        },
        get lastSequence() {
          return next - 1;
        },
        isBehind: false,
        ready: () => Promise.resolve(),
        flush: () => Promise.resolve(),
        prepare: (closing) => closing.map(({ type, members }) => printEvent(next++, type, members)),
        close(closing) {
          show(run, closing, UNSTORED_BYTES);
          run.closed = true;
          wake(run.waiters);
          setTimeout(() => live.delete(responseId), keepMs).unref();
        },
        release: () => undefined,
      };
    },

    /** Whether this process has the run's log in memory. */
    has({ projectId, endUser }: Owner, responseId: string): boolean {
      const run = ownLog(projectId, responseId);
      return run !== undefined && (endUser === null || run.endUser === endUser);
    },

    /**
     * Every event after `after`, in order, without gaps, in batches as they come; ends after the log's last event. Safe to
     * abandon at any await. Ends early when `signal` aborts or the response is deleted.
     */
    async *follow(
      projectId: string,
      responseId: string,
      after: number,
      signal?: AbortSignal,
    ): AsyncGenerator<readonly ResponseEvent[]> {
      let cursor = after;
      let run: Live | undefined;
      while (signal?.aborted !== true) {
        // A queued run may be taken by this process, or given back, while it is followed.
        if (run?.closed !== true) run = ownLog(projectId, responseId);
        const oldest = run?.tail[0]?.sequenceNumber;
        if (run !== undefined && oldest !== undefined && cursor >= oldest - 1) {
          const batch = run.tail.slice(cursor - oldest + 1, cursor - oldest + 1 + BATCH_EVENTS);
          const last = batch.at(-1);
          if (last !== undefined) {
            yield batch;
            cursor = Math.max(cursor, last.sequenceNumber);
            continue;
          }
        } else if (run === undefined || cursor < run.stored) {
          const page = await events.read(projectId, responseId, cursor, BATCH_EVENTS);
          const last = page.events.at(-1);
          if (last !== undefined) {
            yield page.events.map((event) => storedEvent(event.sequenceNumber, event.json));
            cursor = last.sequenceNumber;
            continue;
          }
          const ended = page.lastSequence === undefined || page.lastSequence !== null;
          if (ended) return;
        }
        if (run !== undefined) {
          if (cursor < run.stored) continue;
          if (run.closed) return;
          await wait(run.waiters, signal, null);
        } else if (ownLog(projectId, responseId) === undefined) {
          const waiters = remote.get(responseId) ?? new Set();
          remote.set(responseId, waiters);
          await wait(waiters, signal, pollMs);
          if (waiters.size === 0) remote.delete(responseId);
        }
      }
    },

    /** Resolves when something may have changed about a response of another process, at the latest after the poll time. */
    async changed(responseId: string, signal?: AbortSignal): Promise<void> {
      const waiters = remote.get(responseId) ?? new Set();
      remote.set(responseId, waiters);
      await wait(waiters, signal, pollMs);
      if (waiters.size === 0) remote.delete(responseId);
    },

    /** Something has changed about a run that this process does not have: its followers here look again. */
    notice: (responseId: string): void => wake(remote.get(responseId)),

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
