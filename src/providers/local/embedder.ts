import { Worker } from 'node:worker_threads';

export interface EmbedderStatus {
  /** `idle`: not needed yet. `failed`: it could not be loaded; a call a minute later tries again. */
  state: 'idle' | 'loading' | 'ready' | 'failed';
  reason: string | null;
}

export class EmbedderUnavailable extends Error {
  override name = 'EmbedderUnavailable';
}

/** Turns English texts into unit vectors, in one worker thread started at the first call. */
export interface Embedder {
  /**
   * One vector per text, in order. `interactive` jobs overtake `bulk` ones between batches. Rejects with
   * EmbedderUnavailable when the model cannot be loaded (three attempts, and none for a minute after that), and with Error
   * when one job fails. A job whose signal aborts is given up after the batch it is in, and rejects with the signal's reason.
   */
  embed(texts: readonly string[], priority: 'interactive' | 'bulk', signal?: AbortSignal): Promise<Float32Array[]>;
  status(): EmbedderStatus;
  close(): Promise<void>;
}

interface Job {
  priority: 'interactive' | 'bulk';
  texts: readonly string[];
  signal: AbortSignal | null;
  done: Float32Array[];
  resolve(vectors: Float32Array[]): void;
  reject(error: Error): void;
}

type WorkerMessage =
  | { type: 'ready' }
  | { type: 'vectors'; id: number; vectors: Float32Array[] }
  | { type: 'failed'; id: number; reason: string };

/** Texts and characters per message to the worker: about half a second of work, the longest an interactive job waits for a bulk one. */
const batchTexts = 16;
const batchLength = 3_000;

/** Loads that fail before those who wait are told: what a machine lacks at one moment it may have at the next. */
const attempts = 3;

/** Where the worker's code is: compiled beside this file, or as source when this file runs from source. */
const workerUrl = new URL(`./embedding-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** @param options.restMs how long nobody tries to load it after it failed; default a minute */
export function createEmbedder(options: { workerUrl?: URL; restMs?: number } = {}): Embedder {
  const restMs = options.restMs ?? 60_000;
  const waiting = { interactive: [] as Job[], bulk: [] as Job[] };
  let status: EmbedderStatus = { state: 'idle', reason: null };
  let worker: Worker | null = null;
  let current: Job | null = null;
  let batches = 0;
  let failures = 0;
  let retryAt = 0;
  let isClosed = false;

  const fail = (reason: string): void => {
    if (status.state === 'failed') return;
    status = { state: 'failed', reason };
    failures = 0;
    retryAt = performance.now() + restMs;
    const jobs = [...(current === null ? [] : [current]), ...waiting.interactive.splice(0), ...waiting.bulk.splice(0)];
    current = null;
    for (const job of jobs) job.reject(new EmbedderUnavailable(reason));
  };

  const next = (): void => {
    if (status.state !== 'ready' || current !== null) return;
    current = nextWanted(waiting.interactive) ?? nextWanted(waiting.bulk);
    if (current === null) {
      worker?.unref();
      return;
    }
    batches += 1;
    worker?.postMessage({ id: batches, texts: batchOf(current) });
  };

  const receive = (message: WorkerMessage): void => {
    if (message.type === 'ready') {
      status = { state: 'ready', reason: null };
      failures = 0;
      next();
      return;
    }
    const job = current;
    if (job === null || message.id !== batches) return;
    current = null;
    if (message.type === 'failed') {
      job.reject(new Error(`The embedding model failed on a text (${message.reason}).`));
    } else {
      job.done.push(...message.vectors);
      if (job.done.length >= job.texts.length) job.resolve(job.done);
      // Back to the front of its own queue: an interactive job overtakes a bulk one here, and nobody else does.
      else waiting[job.priority].unshift(job);
    }
    next();
  };

  const start = (): void => {
    status = { state: 'loading', reason: null };
    const started = new Worker(options.workerUrl ?? workerUrl, { stdout: true, stderr: true });
    worker = started;
    let reason = 'The embedding model has stopped.';
    started.on('message', receive);
    started.on('error', (error) => {
      reason = `The embedding model could not be loaded (${codeOf(error)}).`;
    });
    started.on('exit', () => {
      failures += 1;
      // A job it was at may be what ended it: only those that wait are worth another attempt.
      if (status.state === 'loading' && failures < attempts && !isClosed) start();
      else fail(reason);
    });
  };

  return {
    embed(texts, priority, signal) {
      if (texts.length === 0) return Promise.resolve([]);
      if (isClosed) return Promise.reject(new EmbedderUnavailable(status.reason ?? ''));
      if (status.state === 'idle' || (status.state === 'failed' && performance.now() >= retryAt)) start();
      if (status.state === 'failed') return Promise.reject(new EmbedderUnavailable(status.reason ?? ''));
      return new Promise((resolve, reject) => {
        waiting[priority].push({ priority, texts, signal: signal ?? null, done: [], resolve, reject });
        worker?.ref();
        next();
      });
    },
    status: () => status,
    async close() {
      isClosed = true;
      fail('The embedding model was stopped.');
      await worker?.terminate();
    },
  };
}

/** What of a job comes next: at least one text. */
function batchOf({ texts, done }: Job): readonly string[] {
  let end = done.length;
  for (let length = 0; end < texts.length && end - done.length < batchTexts; end += 1) {
    length += texts[end]?.length ?? 0;
    if (length > batchLength && end > done.length) break;
  }
  return texts.slice(done.length, end);
}

/** The first job that somebody still waits for; those before it are given up. */
function nextWanted(jobs: Job[]): Job | null {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    if (job.signal?.aborted !== true) return job;
    job.reject(job.signal.reason);
  }
  return null;
}

const codeOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error && typeof error.code === 'string' ? error.code : error.name) : 'unknown';
