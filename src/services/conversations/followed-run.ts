import type { Principal } from '../../domain/principal.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import type { Follower } from '../responses/follower.js';

/** A run that a reader of its conversation follows. */
export interface FollowedRun {
  /** The events that have come, `ended` after the last; null as long as nothing has. @throws what went wrong meanwhile */
  take(): readonly ResponseEvent[] | 'ended' | null;
  close(): void;
}

/**
 * Asks for a run's events one batch ahead and wakes its reader when they are there, so that the reader can wait for this and for
 * other things at once. Null if there is no such response for this caller.
 */
export async function followRun(
  follower: Follower,
  principal: Principal,
  { responseId, after }: { responseId: string; after: number },
  wake: () => void,
): Promise<FollowedRun | null> {
  const stop = new AbortController();
  const batches = await follower.follow(principal, responseId, after, stop.signal);
  if (batches === null) return null;
  let ready: IteratorResult<readonly ResponseEvent[]> | null = null;
  let failure: { cause: unknown } | null = null;
  const ask = (): void => {
    batches.next().then(
      (result) => {
        ready = result;
        wake();
      },
      (cause: unknown) => {
        failure = { cause };
        wake();
      },
    );
  };
  ask();
  return {
    take() {
      if (failure !== null) throw failure.cause;
      if (ready === null) return null;
      const { done, value } = ready;
      if (done === true) return 'ended';
      ready = null;
      ask();
      return value;
    },
    close() {
      stop.abort();
      batches.return(undefined).catch(() => undefined);
    },
  };
}
