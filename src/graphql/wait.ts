import type { ResponseWithOutput } from '../domain/response.js';
import { LightSignal, type Signal } from '../domain/signal.js';
import type { Services } from '../services/index.js';

type Started = Pick<Awaited<ReturnType<Services['responses']['create']>>, 'current' | 'settled'>;

/** How long a mutation waits for a run: after that the client gets the response as it stands, and can follow it. */
const WAIT_MS = 600_000;

/**
 * The response once it has ended; as it stands when the client has left or the wait has been long enough.
 *
 * @throws the upstream's refusal, if it came before any output
 */
export async function endOf(started: Started, left: Signal, waitMs = WAIT_MS): Promise<ResponseWithOutput> {
  const patience = new LightSignal();
  const giveUp = (): void => patience.abort();
  const timer = setTimeout(giveUp, waitMs);
  left.addEventListener('abort', giveUp, { once: true });
  if (left.aborted) giveUp();
  try {
    return await new Promise((resolve, reject) => {
      const stand = (): void => resolve(started.current());
      if (patience.aborted) stand();
      else patience.addEventListener('abort', stand);
      started.settled(patience).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    left.removeEventListener('abort', giveUp);
  }
}
