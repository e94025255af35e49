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
  const timer = setTimeout(() => stop.abort(), waitMs);
  const signal = AbortSignal.any([left, stop.signal]);
  const given = new Promise<ResponseWithOutput>((resolve) => {
    const giveUp = (): void => resolve(started.current());
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([started.settled(signal), given]);
  } finally {
    clearTimeout(timer);
  }
}
