import { Worker } from 'node:worker_threads';

export const embeddingModelId = 'local-embedding-1';
export const embeddingDimensions = 512;

export interface EmbedderStatus {
  /** `idle`: not needed yet. `failed` is final for this process. */
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
   * EmbedderUnavailable when the model cannot be loaded, and with Error when one job fails. A job whose signal aborts is
   * given up after the batch it is in, and rejects with the signal's reason.
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

/** Texts per message to the worker: about half a second of work, the longest an interactive job waits for a bulk one. */
const batchSize = 16;

/** Where the worker's code is: compiled beside this file, or as source when this file runs from source. */
const workerUrl = new URL(`./embedding-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

export function createEmbedder(options: { workerUrl?: URL } = {}): Embedder {
  const waiting = { interactive: [] as Job[], bulk: [] as Job[] };
  let status: EmbedderStatus = { state: 'idle', reason: null };
  let worker: Worker | null = null;
  let current: Job | null = null;
  let batches = 0;

  const fail = (reason: string): void => {
    if (status.state === 'failed') return;
    status = { state: 'failed', reason };
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
    const from = current.done.length;
    worker?.postMessage({ id: batches, texts: current.texts.slice(from, from + batchSize) });
  };

  const receive = (message: WorkerMessage): void => {
    if (message.type === 'ready') {
      status = { state: 'ready', reason: null };
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
    worker = new Worker(options.workerUrl ?? workerUrl, { stdout: true, stderr: true });
    worker.on('message', receive);
    worker.on('error', (error) => fail(`The embedding model could not be loaded (${codeOf(error)}).`));
    worker.on('exit', () => fail('The embedding model has stopped.'));
  };

  return {
    embed(texts, priority, signal) {
      if (texts.length === 0) return Promise.resolve([]);
      if (status.state === 'idle') start();
      if (status.state === 'failed') return Promise.reject(new EmbedderUnavailable(status.reason ?? ''));
      return new Promise((resolve, reject) => {
        waiting[priority].push({ priority, texts, signal: signal ?? null, done: [], resolve, reject });
        worker?.ref();
        next();
      });
    },
    status: () => status,
    async close() {
      fail('The embedding model was stopped.');
      await worker?.terminate();
    },
  };
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
