import type { ResponseWithOutput } from '../domain/response.js';
import type { Services } from '../services/index.js';

type Started = Pick<Awaited<ReturnType<Services['responses']['create']>>, 'current' | 'settled'>;

/** How long a mutation waits for a run: after that the client gets the response as it stands, and can follow it. */
const WAIT_MS = 600_000;

/**
 * The response once it has ended; as it stands when the client has left or the wait has been long enough.
 *
 * @throws the upstream's refusal, if it came before any output
 */
export async function endOf(started: Started, left: AbortSignal, waitMs = WAIT_MS): Promise<ResponseWithOutput> {
  const stop = new AbortController();
  let giveUp = (): void => undefined;
  const given = new Promise<ResponseWithOutput>((resolve) => {
    giveUp = () => {
      stop.abort();
      resolve(started.current());
    };
  });
  const timer = setTimeout(giveUp, waitMs);
  // One that follows two signals costs several times as much as all of this.
  left.addEventListener('abort', giveUp, { once: true });
  if (left.aborted) giveUp();
  try {
    return await Promise.race([started.settled(stop.signal), given]);
  } finally {
    clearTimeout(timer);
    left.removeEventListener('abort', giveUp);
  }
}
