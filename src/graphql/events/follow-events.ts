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
): AsyncIterableIterator<Event> {
  let batch: readonly Event[] = [];
  let position = 0;
  let isStarted = false;
  const done = { done: true, value: undefined } as const;

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      while (position >= batch.length) {
        isStarted = true;
        const pulled = await batches.next();
        if (pulled.done === true) return done;
        batch = pulled.value;
        position = 0;
      }
      beforeEach();
      return { done: false, value: batch[position++] as Event };
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
