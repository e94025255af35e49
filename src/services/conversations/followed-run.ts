import type { Principal } from '../../domain/principal.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { LightSignal } from '../../domain/signal.js';
import type { Turn } from '../../domain/turn.js';
import type { Follower } from '../responses/follower.js';

/** A run that a reader of its conversation follows. */
export interface FollowedRun {
  /** The events that have come, `ended` after the last; null as long as nothing has. @throws what went wrong meanwhile */
  take(): readonly ResponseEvent[] | 'ended' | null;
  close(): void;
}

/**
 * Asks for a run's events and wakes its reader when they are there, so that the reader can wait for this and for other things at
 * once. The next are asked for when the reader comes back for them. Null if there is no such response for this caller.
 */
export async function followRun(
  follower: Follower,
  principal: Principal,
  { responseId, after, turn }: { responseId: string; after: number; turn: Turn | undefined },
  wake: () => void,
): Promise<FollowedRun | null> {
  const stop = new LightSignal();
  const batches = await follower.follow(principal, responseId, { after, signal: stop, turn });
  if (batches === null) return null;
  let ready: IteratorResult<readonly ResponseEvent[]> | null = null;
  let failure: { cause: unknown } | null = null;
  let isAsked = false;
  const ask = (): void => {
    isAsked = true;
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
  return {
    take() {
      if (!isAsked) ask();
      if (failure !== null) throw failure.cause;
      if (ready === null) return null;
      const { done, value } = ready;
      if (done === true) return 'ended';
      ready = null;
      isAsked = false;
      return value;
    },
    close() {
      stop.abort();
      batches.return(undefined).catch(() => undefined);
    },
  };
}
