/** Events one by one, or as many as there are. */
export interface EventFollower<Event> extends AsyncIterableIterator<Event> {
  /** What is left of the batch, or the next one; null after the last. Unlike `next` it tells nobody of each event. */
  nextBatch(): Promise<readonly Event[] | null>;
}

/**
 * Batches as single events, for a reader that pulls. Nothing is queued: the next batch is asked for when the last one is
 * used up. Unlike a generator's own, `return` works while a `next` is waiting: it stops the wait first.
 *
 * @param stop ends the waiting of `batches`
 * @param beforeEach called in front of every event
 */
export function followEvents<Event>(
  batches: AsyncGenerator<readonly Event[]>,
  stop: () => void,
  beforeEach: () => void,
): EventFollower<Event> {
  let batch: readonly Event[] = [];
  let position = 0;
  let isStarted = false;
  const done = { done: true, value: undefined } as const;

  const pull = async (): Promise<readonly Event[] | null> => {
    isStarted = true;
    const pulled = await batches.next();
    return pulled.done === true ? null : pulled.value;
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      while (position >= batch.length) {
        const pulled = await pull();
        if (pulled === null) return done;
        batch = pulled;
        position = 0;
      }
      beforeEach();
      return { done: false, value: batch[position++] as Event };
    },
    async nextBatch() {
      if (position >= batch.length) return pull();
      const rest = batch.slice(position);
      position = batch.length;
      return rest;
    },
    async return() {
      stop();
      batch = [];
      position = 0;
      // A generator that never ran does not run its clean-up either; stopped, its first step ends at once.
      if (!isStarted) await batches.next();
      await batches.return(undefined);
      return done;
    },
  };
}
