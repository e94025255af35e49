import type { Principal } from '../../domain/principal.js';
import { isTerminal } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import type { ResponseRepository } from '../../persistence/repositories/response.repository.js';
import type { EventLog } from './event-log.js';
import type { LiveRuns } from './live-runs.js';
import type { Presence } from './presence.js';
import { replayEvents } from './replay.js';

type Batches = AsyncGenerator<readonly ResponseEvent[]>;

export interface FollowerOptions {
  responses: ResponseRepository;
  live: LiveRuns;
  eventLog: EventLog;
  presence: Presence;
}

export type Follower = ReturnType<typeof createFollower>;

/** Reads the events of any response, wherever it runs and whether or not its events are kept. */
export function createFollower({ responses, live, eventLog, presence }: FollowerOptions) {
  /** Follows a run of this process; whoever does counts as present from the first event asked for to the last. */
  async function* present(projectId: string, uuid: string, after: number, signal?: AbortSignal): Batches {
    const leave = live.attachTo(projectId, uuid);
    try {
      yield* eventLog.follow(projectId, uuid, after, signal);
    } finally {
      leave();
    }
  }

  /** The same for a run of another process, which is told. */
  async function* attending(uuid: string, events: Batches): Batches {
    const leave = presence.attend(uuid);
    try {
      yield* events;
    } finally {
      leave();
    }
  }

  /** Waits for the end of a response whose events are not kept, and tells them as they would have come. */
  async function* replay(principal: Principal, uuid: string, after: number, signal?: AbortSignal): Batches {
    const run = live.find(principal.projectId, uuid);
    if (run !== undefined) {
      const leave = live.attach(run);
      try {
        await Promise.race([run.settled.catch(() => undefined), aborted(signal)]);
      } finally {
        leave();
      }
    }
    while (signal?.aborted !== true) {
      const response = await responses.find(principal, uuid);
      if (response === null) return;
      if (isTerminal(response.status)) {
        const events = replayEvents(response).filter((event) => event.sequenceNumber > after);
        if (events.length > 0) yield events;
        return;
      }
      await eventLog.changed(uuid, signal);
    }
  }

  return {
    /** Counts as present at a run, wherever it runs, until the returned function is called. */
    attend: (projectId: string, uuid: string): (() => void) =>
      live.find(projectId, uuid) === undefined ? presence.attend(uuid) : live.attachTo(projectId, uuid),

    /** As `ResponseService.follow`; null if there is no such response. */
    async follow(principal: Principal, uuid: string, after: number, signal?: AbortSignal): Promise<Batches | null> {
      const { projectId } = principal;
      if (eventLog.has(principal, uuid)) return present(projectId, uuid, after, signal);
      const found = await responses.findStatus(principal, uuid);
      if (found === null) return null;
      const events = found.logged
        ? eventLog.follow(projectId, uuid, after, signal)
        : replay(principal, uuid, after, signal);
      const isElsewhere = !isTerminal(found.status) && live.find(projectId, uuid) === undefined;
      return isElsewhere && !found.background ? attending(uuid, events) : events;
    },
  };
}

const aborted = (signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
