import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ScanReply, ScanRequest } from './exact-index-worker.js';
import type { VectorIndex } from './vector-index.js';

export interface ExactIndexOptions {
  databaseUrl: string;
  /** Memory for vectors, in bytes: 100,000 windows of 512 dimensions take 53 MB. Default 512 MiB. */
  cacheBytes?: number;
}

/** The worker is compiled beside this file, or is source, which needs the loader of sources in its thread too. */
const isSource = import.meta.url.endsWith('.ts');
const workerUrl = new URL(`./exact-index-worker${isSource ? '.ts' : '.js'}`, import.meta.url);
const execArgv = isSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];

/**
 * Compares with every vector, in a worker thread that keeps the vectors of the stores it was asked about. Needs nothing of
 * the database but the rows. 100,000 windows of 512 dimensions take some 20 ms.
 */
export function createExactIndex({ databaseUrl, cacheBytes = 512 * 1024 ** 2 }: ExactIndexOptions): VectorIndex {
  const waiting = new Map<number, { resolve(reply: ScanReply): void; reject(error: Error): void }>();
  let worker: Worker | null = null;
  let last = 0;
  let isClosed = false;

  const fail = (error: Error): void => {
    worker = null;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  const running = (): Worker => {
    if (worker !== null) return worker;
    const started = new Worker(workerUrl, { workerData: { databaseUrl, cacheBytes }, execArgv });
    started.on('message', (reply: ScanReply) => {
      waiting.get(reply.id)?.resolve(reply);
      waiting.delete(reply.id);
      if (waiting.size === 0) started.unref();
    });
    started.on('error', fail);
    started.on('exit', () => {
      if (worker === started) fail(new Error('The vector index has ended.'));
    });
    worker = started;
    return started;
  };

  return {
    async search({ projectId, stores, vector, limit, allowed, wanted }) {
      if (isClosed) throw new Error('The vector index is closed.');
      last += 1;
      const request: ScanRequest = {
        id: last,
        projectId,
        stores: stores.map(({ id, version }) => ({ id, version })),
        vector,
        limit,
        allowed: allowed === null ? null : [...allowed],
        wanted: wanted.map(({ storeId, fileId, position }) => ({ storeId, fileId, position })),
      };
      const target = running();
      const reply = await new Promise<ScanReply>((resolve, reject) => {
        waiting.set(request.id, { resolve, reject });
        target.ref();
        target.postMessage(request);
      });
      if (reply.type === 'failed') throw new Error(`Searching vectors failed: ${reply.reason}`);
      return reply.hits;
    },
    // Read when it is searched: memory is for stores that are in use.
    refresh: () => Promise.resolve(),
    async close() {
      isClosed = true;
      const ending = worker;
      fail(new Error('The vector index was closed.'));
      await ending?.terminate();
    },
  };
}
