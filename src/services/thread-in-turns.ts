import { startWorkerThread, type WorkerThread, type WorkerThreadOptions } from './worker-thread.js';

/** A thread that those who need it have one after the other. It is started for the first one, and anew after one that broke it. */
export interface ThreadInTurns<Request, Reply> {
  /** Waits for its turn and has the thread to itself until the work is done. */
  use<Result>(work: (thread: WorkerThread<Request, Reply>) => Promise<Result>): Promise<Result>;
  /** Ends the thread under whoever has it; whoever comes later is refused. */
  close(): Promise<void>;
}

export interface ThreadInTurnsOptions extends WorkerThreadOptions {
  /** The thread and what it has loaded end after this long without work. */
  idleMs: number;
  /** What those get for whom it is closed. */
  closed(): Error;
}

export function createThreadInTurns<Request, Reply>(options: ThreadInTurnsOptions): ThreadInTurns<Request, Reply> {
  let thread: Promise<WorkerThread<Request, Reply>> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;
  let isClosed = false;

  const alive = async (): Promise<WorkerThread<Request, Reply>> => {
    if (isClosed) throw options.closed();
    if (thread !== null && (await thread.catch(() => null))?.isDead() !== false) thread = null;
    thread ??= startWorkerThread(options);
    return thread;
  };

  const end = async (): Promise<void> => {
    const ending = thread;
    thread = null;
    await (await ending?.catch(() => null))?.end(options.closed());
  };

  return {
    use(work) {
      const turn = last.then(async () => {
        clearTimeout(idle);
        try {
          return await work(await alive());
        } finally {
          idle = setTimeout(() => void end(), options.idleMs).unref();
        }
      });
      last = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      isClosed = true;
      clearTimeout(idle);
      await end();
    },
  };
}
