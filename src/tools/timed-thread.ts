import { Worker } from 'node:worker_threads';

/** A thread that does one job after the other, each within a time: for work on what strangers sent, some of which never ends. */
export interface TimedThread<Job, Result> {
  /** `too-long`: it was not done when its time was up, or too much was waiting before it. */
  run(job: Job): Promise<Result | 'too-long'>;
  close(): Promise<void>;
}

export interface TimedThreadOptions {
  /**
   * CommonJS text of a function of `data` that gives the function called with each job. Not a file: that would have to be found
   * both in source and in the build.
   */
  code: string;
  /** Handed to the code once, when a thread starts. */
  data?: unknown;
  /** Time for one job, beside the thread's start. */
  timeoutMs: number;
  /** Memory of a thread; one that needs more ends, as if out of time. @default 64 */
  memoryMb?: number;
}

const MAX_WAITING = 512;

const around = (code: string): string => `
const { parentPort, workerData } = require('node:worker_threads');
const perform = (${code})(workerData);
parentPort.on('message', (job) => parentPort.postMessage({ result: perform(job) }));
parentPort.postMessage('ready');
`;

/** The thread is started when first needed. A job that outlasts its time ends with its thread; the next one gets a new one. */
export function createTimedThread<Job, Result>(options: TimedThreadOptions): TimedThread<Job, Result> {
  type Entry = { job: Job; resolve(result: Result | 'too-long'): void };
  const waiting: Entry[] = [];
  let worker: Worker | null = null;
  let isReady = false;
  let current: { entry: Entry; timer: NodeJS.Timeout | undefined } | null = null;

  const finish = (result: Result | 'too-long'): void => {
    const done = current;
    if (done === null) return;
    current = null;
    clearTimeout(done.timer);
    done.entry.resolve(result);
    next();
  };

  const stop = (): void => {
    const stopped = worker;
    worker = null;
    isReady = false;
    void stopped?.terminate();
    finish('too-long');
  };

  /** The clock may be late because this thread was held up: what the other has sent by then is read first. */
  const startClock = (): NodeJS.Timeout =>
    setTimeout(() => {
      const late = current;
      setImmediate(() => {
        if (current === late) stop();
      });
    }, options.timeoutMs);

  const start = (): Worker => {
    const started = new Worker(around(options.code), {
      eval: true,
      workerData: options.data,
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMb ?? 64 },
    });
    started.on('message', (message: { result: Result } | 'ready') => {
      if (started !== worker) return;
      if (message !== 'ready') return finish(message.result);
      // The clock of the first job does not count the thread's own start.
      isReady = true;
      if (current !== null) current.timer = startClock();
    });
    // Out of memory counts as out of time.
    started.on('error', () => {
      if (started === worker) stop();
    });
    started.unref();
    return started;
  };

  const next = (): void => {
    const entry = current === null ? waiting.shift() : undefined;
    if (entry === undefined) return;
    worker ??= start();
    current = { entry, timer: isReady ? startClock() : undefined };
    worker.postMessage(entry.job);
  };

  return {
    run: (job) =>
      new Promise((resolve) => {
        if (waiting.length >= MAX_WAITING) return resolve('too-long');
        waiting.push({ job, resolve });
        next();
      }),
    async close() {
      for (const { resolve } of waiting.splice(0)) resolve('too-long');
      const stopped = worker;
      stop();
      await stopped?.terminate();
    },
  };
}
