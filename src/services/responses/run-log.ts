import { errors } from '../../domain/errors.js';
import { printEvent, type ResponseEvent } from '../../domain/response-event.js';
import type { LiveLog } from './live-log.js';

/** The writing end of one run's log. Numbers are given here and nowhere else. */
export interface RunLog {
  /** Gives the event its number and hands it on to be stored. Followers see it once it is. */
  append(type: string, members: string): void;
  /** Number of the last event, -1 before the first. */
  readonly lastSequence: number;
  /** Too many events wait to be stored, or they never will be: wait for `ready` before going on. */
  readonly isBehind: boolean;
  /** Resolves once few enough events wait to be stored. Rejects if the run belongs to another process by now. */
  ready(): Promise<void>;
  /** Resolves when everything appended is stored. Rejects if the run belongs to another process by now. */
  flush(): Promise<void>;
  /** Numbers closing events without storing them: they are written together with the run's end. */
  prepare(events: readonly { type: string; members: string }[]): ResponseEvent[];
  /** Shows prepared events to followers and closes the log. Followers end after the last event. */
  close(closing: readonly ResponseEvent[]): void;
  /** Leaves the log open for whoever takes the run, here or elsewhere. Followers stay. */
  release(): void;
}

/** Events of one run on their way into the database. */
export interface Flush {
  attempt: number;
  run: LiveLog;
  events: ResponseEvent[];
}

/** A run's place in a batch: it hands over its events when the batch starts, the same ones if the batch is repeated. */
export interface FlushEntry {
  take(): Flush;
}

export interface StoredRunLogOptions {
  run: LiveLog;
  attempt: number;
  /** Has the events written with those of other runs. Whether the run is still this process's. */
  submit(entry: FlushEntry): Promise<boolean>;
  /** Forgets the log: what follows is read from the database. */
  forget(): void;
}

/** Events of a run that may wait for the database before the run itself is held back. */
const MAX_WAITING = 512;

/** The log of a stored run that this process owns. */
export class StoredRunLog implements RunLog {
  readonly #options: StoredRunLogOptions;
  #pending: ResponseEvent[] = [];
  #next: number;
  #scheduled: Promise<void> | null = null;
  #failure: unknown = null;

  constructor(options: StoredRunLogOptions) {
    this.#options = options;
    this.#next = options.run.stored + 1;
  }

  append(type: string, members: string): void {
    this.#pending.push(printEvent(this.#next++, type, members));
    this.#schedule();
  }

  get lastSequence(): number {
    return this.#next - 1;
  }

  get isBehind(): boolean {
    return this.#pending.length > MAX_WAITING || this.#failure !== null;
  }

  async ready(): Promise<void> {
    while (this.#pending.length > MAX_WAITING && this.#failure === null) await this.#scheduled;
    if (this.#failure !== null) throw this.#failure;
  }

  async flush(): Promise<void> {
    while (this.#scheduled !== null) await this.#scheduled;
    if (this.#failure !== null) throw this.#failure;
  }

  prepare(closing: readonly { type: string; members: string }[]): ResponseEvent[] {
    return closing.map(({ type, members }) => printEvent(this.#next++, type, members));
  }

  close(closing: readonly ResponseEvent[]): void {
    const { run, forget } = this.#options;
    run.show(closing);
    forget();
    run.close();
  }

  release(): void {
    const { run, forget } = this.#options;
    forget();
    run.waiters.wake();
  }

  #schedule(): void {
    if (this.#scheduled !== null || this.#failure !== null) return;
    const { run, attempt, submit } = this.#options;
    let flush: Flush | undefined;
    const take = (): Flush => {
      if (flush === undefined) {
        flush = { attempt, run, events: this.#pending };
        this.#pending = [];
      }
      return flush;
    };
    this.#scheduled = submit({ take }).then(
      (mine) => {
        this.#scheduled = null;
        if (!mine) this.#failure = errors.providerFailed('The run was taken over by another process.');
        else if (this.#pending.length > 0) this.#schedule();
      },
      (error: unknown) => {
        this.#scheduled = null;
        this.#failure = error;
      },
    );
  }
}

/** The log of a run that is not stored: it lives in this process, until some time after its end. */
export class UnstoredRunLog implements RunLog {
  readonly isBehind = false;
  readonly #run: LiveLog;
  readonly #forgetLater: () => void;
  #next = 0;

  constructor(run: LiveLog, forgetLater: () => void) {
    this.#run = run;
    this.#forgetLater = forgetLater;
  }

  append(type: string, members: string): void {
    this.#run.show([printEvent(this.#next++, type, members)]);
  }

  get lastSequence(): number {
    return this.#next - 1;
  }

  async ready(): Promise<void> {}

  async flush(): Promise<void> {}

  prepare(closing: readonly { type: string; members: string }[]): ResponseEvent[] {
    return closing.map(({ type, members }) => printEvent(this.#next++, type, members));
  }

  close(closing: readonly ResponseEvent[]): void {
    this.#run.show(closing);
    this.#run.close();
    this.#forgetLater();
  }

  release(): void {}
}
