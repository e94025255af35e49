import type { Principal } from '../../domain/principal.js';
import { isTerminal } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import type { Signal } from '../../domain/signal.js';
import type { ResponseRepository } from '../../persistence/repositories/response.repository.js';
import { placed } from '../limits/placed.js';
import type { EventLog } from './event-log.js';
import type { LiveRuns } from './live-runs.js';
import type { Reading } from './log-reader.js';
import type { Presence } from './presence.js';
import { replayEvents } from './replay.js';
import type { RunEntry } from './run-entry.js';

type Batches = AsyncGenerator<readonly ResponseEvent[]>;

export interface FollowerOptions {
  responses: ResponseRepository;
  live: LiveRuns;
  eventLog: EventLog;
  presence: Presence;
  entry: RunEntry;
}

/** Where a reader begins, and what it heeds. */
export type Place = Pick<Reading, 'after' | 'signal' | 'turn'>;

export type Follower = ReturnType<typeof createFollower>;

/** Reads the events of any response, wherever it runs and whether or not its events are kept. */
export function createFollower({ responses, live, eventLog, presence, entry }: FollowerOptions) {
  /** Whoever follows a run of another process counts as present there from the first event asked for to the last. */
  async function* attending(uuid: string, events: Batches): Batches {
    const leave = presence.attend(uuid);
    try {
      yield* events;
    } finally {
      leave();
    }
  }

  /** Waits for the end of a response whose events are not kept, and tells them as they would have come. */
  async function* replay(principal: Principal, uuid: string, { after, signal, turn }: Place): Batches {
    const run = live.find(principal.projectId, uuid);
    if (run !== undefined) {
      const leave = live.attach(uuid);
      try {
        await Promise.race([run.settled.catch(() => undefined), aborted(signal)]);
      } finally {
        leave?.();
      }
    }
    while (signal?.aborted !== true) {
      const wait = turn?.take() ?? null;
      try {
        if (wait !== null) await wait;
        const response = await responses.find(principal, uuid);
        if (response === null) return;
        if (isTerminal(response.status)) {
          const events = replayEvents(response).filter((event) => event.sequenceNumber > after);
          if (events.length > 0) yield events;
          return;
        }
      } finally {
        turn?.give();
      }
      await eventLog.changed(uuid, signal);
    }
  }

  const open = async (
    principal: Principal,
    uuid: string,
    place: Place,
  ): Promise<{ events: Batches; model: string | null } | null> => {
    const { projectId } = principal;
    const running = live.find(projectId, uuid);
    const model = running?.plan.record.model ?? null;
    const reading = { projectId, responseId: uuid, ...place };
    if (eventLog.has(principal, uuid))
      return { events: eventLog.follow({ ...reading, attend: () => live.attach(uuid) }), model };
    const found = await responses.findStatus(principal, uuid);
    if (found === null) return null;
    const events = found.logged ? eventLog.follow(reading) : replay(principal, uuid, place);
    const isElsewhere = !isTerminal(found.status) && live.find(projectId, uuid) === undefined;
    const isAttended = isElsewhere && !found.background;
    return { events: isAttended ? attending(uuid, events) : events, model: model ?? found.model };
  };

  return {
    /** Counts as present at a run, wherever it runs, until the returned function is called. */
    attend: (uuid: string): (() => void) => live.attach(uuid) ?? presence.attend(uuid),

    /** The events of a response, for whoever reads them along with other things; null if there is no such response. */
    async follow(principal: Principal, uuid: string, place: Place): Promise<Batches | null> {
      const opened = await open(principal, uuid, place);
      return opened?.events ?? null;
    },

    /**
     * As `ResponseService.follow`; null if there is no such response.
     *
     * @throws 429 `rate_limit_exceeded` when too many are read at once
     */
    async read(principal: Principal, uuid: string, place: Place): Promise<Batches | null> {
      const opened = await open(principal, uuid, place);
      if (opened === null) return null;
      const seat = entry.limits(principal) ? await entry.placeOf(principal, uuid, opened.model) : null;
      return seat === null ? opened.events : placed(opened.events, seat);
    },
  };
}

const aborted = (signal?: Signal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
