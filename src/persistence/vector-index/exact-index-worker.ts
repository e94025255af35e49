// Runs in a worker thread with a connection of its own: neither the arithmetic nor the reading of many vectors may hold up
// the streams of the main thread. It imports packages and types only, so Node runs it as it stands from the sources too.
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';
import type { ChunkKey, IndexedStore, VectorHit } from './vector-index.js';

export interface ScanRequest {
  id: number;
  projectId: string;
  stores: IndexedStore[];
  vector: Float32Array;
  limit: number;
  allowed: string[] | null;
  wanted: ChunkKey[];
}
export type ScanReply =
  | { type: 'hits'; id: number; hits: VectorHit[] }
  | { type: 'failed'; id: number; reason: string };

interface Block {
  id: string;
  storeId: string;
  fileId: string;
  starts: number[];
  ends: number[];
  chunkFirsts: number[];
  chunkLasts: number[];
  vectors: Float32Array;
}

/** What is kept of a store. Its version is null as long as some of its blocks are not here. */
interface CachedStore {
  version: bigint | null;
  blocks: Map<string, Block>;
  bytes: number;
}

interface BlockRow {
  id: string;
  store_id: string;
  file_id: string;
  starts: number[];
  ends: number[];
  chunk_firsts: number[];
  chunk_lasts: number[];
  vectors: Buffer;
}

const port = parentPort;
if (port === null) throw new Error('This file runs in a worker thread.');
const { databaseUrl, cacheBytes } = workerData as { databaseUrl: string; cacheBytes: number };

/** Blocks per read: about 8 MB at 64 windows of 512 dimensions. */
const PAGE = 64;

let connection: Promise<pg.Client> | null = null;
/** Least recently used first. */
const cache = new Map<string, CachedStore>();
let cachedBytes = 0;

async function connected(): Promise<pg.Client> {
  connection ??= (async () => {
    const client = new pg.Client({ connectionString: databaseUrl, application_name: 'antiphon-vectors' });
    const lose = () => {
      connection = null;
    };
    client.on('error', lose);
    client.on('end', lose);
    await client.connect();
    return client;
  })();
  try {
    return await connection;
  } catch (error) {
    connection = null;
    throw error;
  }
}

const sizeOf = (block: Block): number => block.vectors.byteLength + block.starts.length * 32;

function drop(key: string, store: CachedStore): void {
  cachedBytes -= store.bytes;
  cache.delete(key);
}

/** Makes room by forgetting other stores. False if that is not enough. */
function hasRoom(bytes: number, keep: CachedStore): boolean {
  for (const [key, store] of cache) {
    if (cachedBytes + bytes <= cacheBytes) return true;
    if (store !== keep) drop(key, store);
  }
  return cachedBytes + bytes <= cacheBytes;
}

/** All blocks of a store, from memory or as they are read; those that find no room are forgotten after use. */
async function* blocksOf(projectId: string, { id, version }: IndexedStore): AsyncGenerator<Block> {
  const key = `${projectId} ${id}`;
  const store: CachedStore = cache.get(key) ?? { version: null, blocks: new Map(), bytes: 0 };
  // Set again, so that it counts as just used.
  cache.delete(key);
  cache.set(key, store);
  if (store.version === version) {
    yield* store.blocks.values();
    return;
  }
  const client = await connected();
  const { rows: present } = await client.query<{ id: string }>(
    `select b.id from window_blocks b
     join vector_store_files vf on vf.project_id = b.project_id and vf.store_id = b.store_id and vf.file_id = b.file_id
     where b.project_id = $1 and b.store_id = $2 and vf.status = 'completed' and vf.has_vectors`,
    [projectId, id],
  );
  const wanted = new Set(present.map((row) => row.id));
  for (const [blockId, block] of store.blocks) {
    if (wanted.delete(blockId)) continue;
    store.blocks.delete(blockId);
    store.bytes -= sizeOf(block);
    cachedBytes -= sizeOf(block);
  }
  store.version = null;
  yield* [...store.blocks.values()];
  const missing = [...wanted];
  let isWhole = true;
  for (let from = 0; from < missing.length; from += PAGE) {
    for (const block of await readBlocks(client, projectId, missing.slice(from, from + PAGE))) {
      const bytes = sizeOf(block);
      if (hasRoom(bytes, store)) {
        store.blocks.set(block.id, block);
        store.bytes += bytes;
        cachedBytes += bytes;
      } else isWhole = false;
      yield block;
    }
  }
  if (isWhole) store.version = version;
}

async function readBlocks(client: pg.Client, projectId: string, ids: string[]): Promise<Block[]> {
  const { rows } = await client.query<BlockRow>(
    'select * from window_blocks where project_id = $1 and id = any ($2::uuid[])',
    [projectId, ids],
  );
  return rows.map((row) => ({
    id: row.id,
    storeId: row.store_id,
    fileId: row.file_id,
    starts: row.starts,
    ends: row.ends,
    chunkFirsts: row.chunk_firsts,
    chunkLasts: row.chunk_lasts,
    // Copied: the driver's buffer need not begin where a float may.
    vectors: new Float32Array(Uint8Array.from(row.vectors).buffer),
  }));
}

function similarity(vectors: Float32Array, at: number, query: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < query.length; i += 1) sum += (vectors[at + i] as number) * (query[i] as number);
  return sum;
}

async function search({ projectId, stores, vector, limit, allowed, wanted }: ScanRequest): Promise<VectorHit[]> {
  const isAllowed = allowed === null ? null : new Set(allowed);
  const isWanted = new Set(wanted.map(({ storeId, fileId, position }) => `${storeId} ${fileId} ${position}`));
  const wantedFiles = new Set(wanted.map(({ storeId, fileId }) => `${storeId} ${fileId}`));
  const best = new Map<string, VectorHit>();
  /** Nothing below this can be among the nearest any more. */
  let floor = Number.NEGATIVE_INFINITY;

  /** Forgets what is not near enough, now and then: the map stays small however much is scanned. */
  const prune = (): void => {
    const hits = [...best.values()].sort((a, b) => b.similarity - a.similarity);
    floor = hits[limit - 1]?.similarity ?? Number.NEGATIVE_INFINITY;
    best.clear();
    for (const [rank, hit] of hits.entries()) {
      const key = `${hit.storeId} ${hit.fileId} ${hit.position}`;
      if (rank < limit || isWanted.has(key)) best.set(key, hit);
    }
  };

  for (const store of stores)
    for await (const block of blocksOf(projectId, store)) {
      const file = `${block.storeId} ${block.fileId}`;
      if (isAllowed !== null && !isAllowed.has(file)) continue;
      const hasWanted = wantedFiles.has(file);
      for (let n = 0; n < block.starts.length; n += 1) {
        const near = similarity(block.vectors, n * vector.length, vector);
        if (near <= floor && !hasWanted) continue;
        for (
          let position = block.chunkFirsts[n] as number;
          position <= (block.chunkLasts[n] as number);
          position += 1
        ) {
          const key = `${file} ${position}`;
          if (near <= floor && !isWanted.has(key)) continue;
          const known = best.get(key);
          if (known !== undefined && known.similarity >= near) continue;
          best.set(key, {
            storeId: block.storeId,
            fileId: block.fileId,
            position,
            similarity: near,
            start: block.starts[n] as number,
            end: block.ends[n] as number,
          });
        }
      }
      if (best.size > 4 * limit + 2 * isWanted.size + 256) prune();
    }
  prune();
  return [...best.values()];
}

let last: Promise<unknown> = Promise.resolve();
port.on('message', (request: ScanRequest) => {
  // One at a time: two readers of the same store would fetch it twice.
  last = last.then(() =>
    search(request).then(
      (hits) => port.postMessage({ type: 'hits', id: request.id, hits } satisfies ScanReply),
      (error: unknown) =>
        port.postMessage({
          type: 'failed',
          id: request.id,
          reason: error instanceof Error ? error.message : 'unknown',
        } satisfies ScanReply),
    ),
  );
});
