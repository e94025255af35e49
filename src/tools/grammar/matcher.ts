import { Worker } from 'node:worker_threads';
import type { Pattern } from './pattern.js';

/** Matches texts against expressions of strangers, some of which would take for ever. */
export interface PatternMatcher {
  /** `too-long`: it had not been decided when the time was up. */
  matches(pattern: Pattern, text: string): Promise<boolean | 'too-long'>;
  close(): Promise<void>;
}

interface Job {
  pattern: Pattern;
  text: string;
  resolve(result: boolean | 'too-long'): void;
}

/** The whole of the worker's code; a file of its own would have to be found in source and in the build. */
const WORKER = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ source, flags, text }) => {
  let isMatch = false;
  try { isMatch = new RegExp(source, flags).test(text); } catch {}
  parentPort.postMessage(isMatch);
});
parentPort.postMessage('ready');
`;

/**
 * One worker thread, started when first needed, one match at a time. A match that outlasts its time ends with its worker,
 * so the event loop never waits for one.
 *
 * @param options.timeoutMs time for one match, beside the worker's start. Default 200
 */
export function createPatternMatcher({ timeoutMs = 200 }: { timeoutMs?: number } = {}): PatternMatcher {
  const waiting: Job[] = [];
  let worker: Worker | null = null;
  let isReady = false;
  let current: { job: Job; timer: NodeJS.Timeout | undefined } | null = null;

  const finish = (result: boolean | 'too-long'): void => {
    const done = current;
    if (done === null) return;
    current = null;
    clearTimeout(done.timer);
    done.job.resolve(result);
    next();
  };

  const stop = (): void => {
    const stopped = worker;
    worker = null;
    isReady = false;
    void stopped?.terminate();
    finish('too-long');
  };

  const start = (): Worker => {
    const started = new Worker(WORKER, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 64 } });
    started.on('message', (message: boolean | 'ready') => {
      if (started !== worker) return;
      if (message !== 'ready') return finish(message);
      // The clock of the first match does not count the worker's own start.
      isReady = true;
      if (current !== null) current.timer = setTimeout(stop, timeoutMs);
    });
    // Out of memory counts as out of time.
    started.on('error', () => {
      if (started === worker) stop();
    });
    started.unref();
    return started;
  };

  const next = (): void => {
    const job = current === null ? waiting.shift() : undefined;
    if (job === undefined) return;
    worker ??= start();
    current = { job, timer: isReady ? setTimeout(stop, timeoutMs) : undefined };
    worker.postMessage({ ...job.pattern, text: job.text });
  };

  return {
    matches: (pattern, text) =>
      new Promise((resolve) => {
        waiting.push({ pattern, text, resolve });
        next();
      }),
    async close() {
      for (const job of waiting.splice(0)) job.resolve('too-long');
      const stopped = worker;
      stop();
      await stopped?.terminate();
    },
  };
}
