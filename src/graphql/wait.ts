import type { Leaving } from '../domain/leaving.js';
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
export async function endOf(started: Started, left: Leaving, waitMs = WAIT_MS): Promise<ResponseWithOutput> {
  const patience = new Patience(left, waitMs);
  try {
    return await new Promise((resolve, reject) => {
      const giveUp = (): void => resolve(started.current());
      patience.addEventListener('abort', giveUp);
      if (patience.aborted) giveUp();
      started.settled(patience).then(resolve, reject);
    });
  } finally {
    patience.end();
  }
}

/** A caller who waits until it leaves, but only for so long. */
class Patience implements Leaving {
  readonly #left: Leaving;
  readonly #timer: NodeJS.Timeout;
  #listeners: (() => void)[] = [];
  #isOver = false;

  constructor(left: Leaving, waitMs: number) {
    this.#left = left;
    this.#timer = setTimeout(this.#giveUp, waitMs);
    left.addEventListener('abort', this.#giveUp, { once: true });
    this.#isOver = left.aborted;
  }

  get aborted(): boolean {
    return this.#isOver;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners = this.#listeners.filter((known) => known !== listener);
  }

  /** Nobody is waited for any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#left.removeEventListener('abort', this.#giveUp);
  }

  readonly #giveUp = (): void => {
    this.#isOver = true;
    for (const listener of this.#listeners) listener();
  };
}
