import { type ResponseEvent, storedEvent } from '../../domain/response-event.js';
import type { Signal } from '../../domain/signal.js';
import type { Turn } from '../../domain/turn.js';
import type { EventPage, EventPageSize } from '../../persistence/repositories/event.repository.js';
import type { LiveLog } from './live-log.js';
import { Waiter, type Wakeable } from './waiters.js';

export type EventBatch = readonly ResponseEvent[];
type Result = IteratorResult<EventBatch, undefined>;

/** Where readers find events. */
export interface LogSources {
  /** The log of a run that this process has. */
  live(projectId: string, responseId: string): LiveLog | undefined;
  stored(projectId: string, responseId: string, after: number, most: EventPageSize): Promise<EventPage>;
  /** Waits for news of a run that another process has, or nobody. */
  news(responseId: string, waiter: Waiter): Promise<void>;
}

/** Which events are read, by whom. */
export interface Reading {
  projectId: string;
  responseId: string;
  /** The number before the first event's. */
  after: number;
  /** Ends the reading when it aborts. */
  signal?: Signal | undefined;
  /** Called when the first event is asked for; what it answers is called when no more will be. */
  attend?: (() => (() => void) | null) | undefined;
  /** Waited for before events are read from the database; held until the next are asked for. */
  turn?: Turn | undefined;
}

const BATCH_EVENTS = 256;
/** So much is read at once, unless a single event is longer. */
const BATCH_BYTES = 64 << 10;
/** After events so long that few fit. */
const LEAST_EVENTS = 16;
const ended: Result = { done: true, value: undefined };

/**
 * Reads one response's events, in order, without gaps, in batches as they come. Events of a run of this process are handed on
 * in the turn in which they are stored, for one promise a batch: a class, because each generator between the log and the socket
 * would cost every token as much again.
 */
export class LogReader implements AsyncGenerator<EventBatch, undefined>, Wakeable {
  readonly #sources: LogSources;
  readonly #reading: Reading;
  /** Number of the last event given. */
  #cursor: number;
  #log: LiveLog | undefined;
  #resolve: ((result: Result | Promise<Result>) => void) | null = null;
  /** For the long way round; most readers never need it. */
  #waiter: Waiter | null = null;
  #leave: (() => void) | null = null;
  /** Events to read at once. The database looks at all of them, however few fit. */
  #limit = BATCH_EVENTS;
  #isBegun = false;
  #isOver = false;
  #hasTurn = false;
  readonly #onAbort = (): void => this.wake();

  constructor(sources: LogSources, reading: Reading) {
    this.#sources = sources;
    this.#reading = reading;
    this.#cursor = reading.after;
  }

  next(): Promise<Result> {
    if (!this.#isBegun) this.#begin();
    if (this.#hasTurn) this.#giveTurn();
    const result = this.#look();
    if (result !== null) return Promise.resolve(result);
    const log = this.#log;
    return log === undefined || this.#cursor < log.stored ? this.#readOn() : this.#wait(log);
  }

  /** There is news, or the reader has left. */
  wake(): void {
    const resolve = this.#resolve;
    if (resolve === null) return;
    const known = this.#look();
    const log = this.#log;
    // No news for this reader: a promise more for each of those would be kept as long as it waits.
    if (known === null && log !== undefined && this.#cursor >= log.stored) {
      log.waiters.add(this);
      return;
    }
    this.#resolve = null;
    resolve(known ?? this.#readOn());
  }

  return(): Promise<Result> {
    return Promise.resolve(this.#end());
  }

  throw(error: unknown): Promise<Result> {
    this.#end();
    return Promise.reject(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #begin(): void {
    const { attend, signal } = this.#reading;
    this.#isBegun = true;
    if (this.#isOver) return;
    this.#leave = attend?.() ?? null;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** For what comes to the log in memory. Nothing else is kept meanwhile: readers may wait for long, and be many. */
  #wait(log: LiveLog): Promise<Result> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      log.waiters.add(this);
    });
  }

  /** What memory says: the next events or the end; null if it does not know, or there is nothing yet. */
  #look(): Result | null {
    const { projectId, responseId, signal } = this.#reading;
    if (this.#isOver || signal?.aborted === true) return this.#end();
    // A queued run may be taken by this process, or given back, while it is followed.
    if (this.#log?.isClosed !== true) this.#log = this.#sources.live(projectId, responseId);
    const log = this.#log;
    if (log === undefined) return null;
    const batch = log.after(this.#cursor, BATCH_EVENTS, BATCH_BYTES);
    if (batch !== null && batch.length > 0) return this.#give(batch);
    return log.isClosed && this.#cursor >= log.stored ? this.#end() : null;
  }

  /** What the database says, or comes to say. */
  async #readOn(): Promise<Result> {
    try {
      for (;;) {
        const known = this.#look();
        if (known !== null) return known;
        const log = this.#log;
        if (log !== undefined && this.#cursor >= log.stored) {
          this.#giveTurn();
          return this.#wait(log);
        }
        const read = await this.#readStored(log);
        if (read !== null) return read;
      }
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  /** The next stored events or the end; null after a wait if there are none yet. */
  async #readStored(log: LiveLog | undefined): Promise<Result | null> {
    const { projectId, responseId, signal } = this.#reading;
    await this.#takeTurn();
    const size = { limit: this.#limit, maxBytes: BATCH_BYTES };
    const page = await this.#sources.stored(projectId, responseId, this.#cursor, size);
    if (page.events.length > 0) {
      this.#limit = Math.min(BATCH_EVENTS, Math.max(LEAST_EVENTS, 2 * page.events.length));
      return this.#give(page.events.map((row) => storedEvent(row.sequenceNumber, row.json)));
    }
    if (page.lastSequence !== null) return this.#end();
    this.#giveTurn();
    if (log === undefined && this.#sources.live(projectId, responseId) === undefined) {
      this.#waiter ??= new Waiter(signal);
      await this.#sources.news(responseId, this.#waiter);
    }
    return null;
  }

  #give(batch: EventBatch): Result {
    this.#cursor = Math.max(this.#cursor, batch.at(-1)?.sequenceNumber ?? -1);
    return { done: false, value: batch };
  }

  async #takeTurn(): Promise<void> {
    const { turn } = this.#reading;
    if (turn === undefined || this.#hasTurn) return;
    this.#hasTurn = true;
    const wait = turn.take();
    if (wait !== null) await wait;
  }

  #giveTurn(): void {
    if (this.#hasTurn) this.#reading.turn?.give();
    this.#hasTurn = false;
  }

  #end(): Result {
    if (this.#isOver) return ended;
    this.#isOver = true;
    this.#giveTurn();
    this.#log?.waiters.delete(this);
    this.#reading.signal?.removeEventListener('abort', this.#onAbort);
    this.#waiter?.leave();
    this.#leave?.();
    this.#resolve?.(ended);
    this.#resolve = null;
    return ended;
  }
}
