import type { Context } from '../context.js';

type Batches<Event> = AsyncGenerator<readonly Event[], void>;

/**
 * Events of a subscription from a source that gives batches.
 *
 * @param open begins the source, which ends when the context's client has left, and waits for its turn before it reads much
 */
export async function followEvents<Event>(
  context: Context,
  open: () => Promise<Batches<Event>>,
): Promise<EventFollower<Event>> {
  return new EventFollower(await open(), context);
}

/** A source that gives one thing at a time, as one of batches. */
export async function* asBatches<Event>(events: AsyncIterable<Event>): Batches<Event> {
  for await (const event of events) yield [event];
}

/**
 * Batches as single events, for a reader that pulls. Nothing is queued: the next batch is asked for when the last one is
 * used up. Unlike a generator's own, `return` works while a `next` is waiting: it stops the wait first.
 */
export class EventFollower<Event> implements AsyncIterableIterator<Event> {
  private batch: readonly Event[] = [];
  private position = 0;
  private isStarted = false;

  /** @param context of the operation, which is abandoned when the reader leaves */
  constructor(
    private readonly batches: Batches<Event>,
    private readonly context: Pick<Context, 'abandon' | 'renewLoaders'>,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Event, undefined>> {
    while (this.position >= this.batch.length) {
      const pulled = await this.pull();
      if (pulled.done === true) return { done: true, value: undefined };
      this.batch = pulled.value;
      this.position = 0;
    }
    // An event must not see the state of the one before.
    this.context.renewLoaders();
    return { done: false, value: this.batch[this.position++] as Event };
  }

  /** What is left of the batch, or the next one. Unlike `next` it renews no loaders. */
  nextBatch(): Promise<IteratorResult<readonly Event[], void>> {
    if (this.position >= this.batch.length) return this.pull();
    const rest = this.batch.slice(this.position);
    this.position = this.batch.length;
    return Promise.resolve({ done: false, value: rest });
  }

  async return(): Promise<IteratorResult<Event, undefined>> {
    this.context.abandon();
    this.batch = [];
    this.position = 0;
    // A generator that never ran does not run its clean-up either; stopped, its first step ends at once.
    if (!this.isStarted) await this.batches.next();
    await this.batches.return(undefined);
    return { done: true, value: undefined };
  }

  private pull(): Promise<IteratorResult<readonly Event[], void>> {
    this.isStarted = true;
    return this.batches.next();
  }
}
