// Runs in a worker thread with a connection of its own: neither the arithmetic nor the reading of many vectors may hold up
// the streams of the main thread.
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';
import { createVectorArena, type KeptVectors } from './vector-arena.js';
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
  storeId: string;
  fileId: string;
  starts: Int32Array;
  ends: Int32Array;
  chunkFirsts: Int32Array;
  chunkLasts: Int32Array;
}

/** A block and how near its windows are to the query; the vectors of those that are kept are in the arena. */
interface KeptBlock extends Block {
  vectors: KeptVectors;
}
interface ComparedBlock {
  block: Block;
  similarities: Float32Array;
}

/** What is kept of a store. Its version is null as long as some of its blocks are not here. */
interface CachedStore {
  version: bigint | null;
  blocks: Map<string, KeptBlock>;
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

const arena = createVectorArena(cacheBytes);

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

const sizeOf = (block: KeptBlock): number => block.vectors.bytes + block.starts.length * 20;

function drop(key: string, store: CachedStore): void {
  for (const { vectors } of store.blocks.values()) arena.forget(vectors);
  cachedBytes -= store.bytes;
  cache.delete(key);
}

/** Forgets the store that was not used for the longest time, but for this one. False: there is no other. */
function makeRoom(keep: CachedStore): boolean {
  for (const [key, store] of cache) {
    if (store === keep) continue;
    drop(key, store);
    return true;
  }
  return false;
}

/** Keeps a block if there is room, others forgotten for it if need be. */
function keep(id: string, block: Block, vectors: Float32Array, store: CachedStore): KeptBlock | null {
  const bytes = vectors.length + block.starts.length * 20;
  while (cachedBytes + bytes > cacheBytes) if (!makeRoom(store)) return null;
  let kept = arena.keep(vectors, vectors.length / block.starts.length);
  while (kept === null && makeRoom(store)) kept = arena.keep(vectors, vectors.length / block.starts.length);
  if (kept === null) return null;
  const made = { ...block, vectors: kept };
  store.blocks.set(id, made);
  store.bytes += sizeOf(made);
  cachedBytes += sizeOf(made);
  return made;
}

/** Compares the query with all blocks of a store, from memory or as they are read; those that find no room pass through. */
async function compare(
  projectId: string,
  { id, version }: IndexedStore,
  look: (compared: ComparedBlock) => void,
): Promise<void> {
  const key = `${projectId} ${id}`;
  const store: CachedStore = cache.get(key) ?? { version: null, blocks: new Map(), bytes: 0 };
  // Set again, so that it counts as just used.
  cache.delete(key);
  cache.set(key, store);
  const lookAt = (block: KeptBlock): void => {
    const similarities = arena.similarities(block.vectors);
    if (similarities !== null) look({ block, similarities });
  };
  if (store.version === version) {
    for (const block of store.blocks.values()) lookAt(block);
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
    arena.forget(block.vectors);
    store.bytes -= sizeOf(block);
    cachedBytes -= sizeOf(block);
  }
  store.version = null;
  for (const block of store.blocks.values()) lookAt(block);
  const missing = [...wanted];
  let isWhole = true;
  for (let from = 0; from < missing.length; from += PAGE)
    for (const { blockId, block, vectors } of await readBlocks(client, projectId, missing.slice(from, from + PAGE))) {
      const kept = keep(blockId, block, vectors, store);
      if (kept !== null) {
        lookAt(kept);
        continue;
      }
      isWhole = false;
      const similarities = arena.similaritiesOf(vectors, vectors.length / block.starts.length);
      if (similarities !== null) look({ block, similarities });
    }
  if (isWhole) store.version = version;
}

async function readBlocks(client: pg.Client, projectId: string, ids: string[]) {
  const { rows } = await client.query<BlockRow>(
    'select * from window_blocks where project_id = $1 and id = any ($2::uuid[])',
    [projectId, ids],
  );
  return rows
    .filter(({ starts }) => starts.length > 0)
    .map((row) => ({
      blockId: row.id,
      block: {
        storeId: row.store_id,
        fileId: row.file_id,
        starts: Int32Array.from(row.starts),
        ends: Int32Array.from(row.ends),
        chunkFirsts: Int32Array.from(row.chunk_firsts),
        chunkLasts: Int32Array.from(row.chunk_lasts),
      },
      // Copied: the driver's buffer need not begin where a float may.
      vectors: new Float32Array(Uint8Array.from(row.vectors).buffer),
    }));
}

async function search({ projectId, stores, vector, limit, allowed, wanted }: ScanRequest): Promise<VectorHit[]> {
  const isAllowed = allowed === null ? null : new Set(allowed);
  /** Positions by file: looked up for every window of such a file, so without making texts. */
  const wantedByFile = new Map<string, Set<number>>();
  for (const { storeId, fileId, position } of wanted) {
    const file = `${storeId} ${fileId}`;
    wantedByFile.set(file, (wantedByFile.get(file) ?? new Set()).add(position));
  }
  const best = new Map<string, VectorHit>();
  /** Nothing below this can be among the nearest any more. */
  let floor = Number.NEGATIVE_INFINITY;
  arena.setQuery(vector);

  /** Forgets what is not near enough, now and then: the map stays small however much is scanned. */
  const prune = (): void => {
    const hits = [...best.values()].sort((a, b) => b.similarity - a.similarity);
    floor = hits[limit - 1]?.similarity ?? Number.NEGATIVE_INFINITY;
    best.clear();
    for (const [rank, hit] of hits.entries()) {
      const file = `${hit.storeId} ${hit.fileId}`;
      const isKept = rank < limit || wantedByFile.get(file)?.has(hit.position) === true;
      if (isKept) best.set(`${file} ${hit.position}`, hit);
    }
  };

  const look = ({ block, similarities }: ComparedBlock): void => {
    const file = `${block.storeId} ${block.fileId}`;
    if (isAllowed !== null && !isAllowed.has(file)) return;
    const positions = wantedByFile.get(file);
    for (let n = 0; n < similarities.length; n += 1) {
      const similarity = similarities[n] as number;
      if (similarity <= floor && positions === undefined) continue;
      const last = block.chunkLasts[n] as number;
      for (let position = block.chunkFirsts[n] as number; position <= last; position += 1) {
        if (similarity <= floor && positions?.has(position) !== true) continue;
        const key = `${file} ${position}`;
        const known = best.get(key);
        if (known !== undefined && known.similarity >= similarity) continue;
        const { storeId, fileId } = block;
        best.set(key, {
          storeId,
          fileId,
          position,
          similarity,
          start: block.starts[n] as number,
          end: block.ends[n] as number,
        });
      }
    }
    if (best.size > 4 * limit + 2 * wanted.length + 256) prune();
  };

  for (const store of stores) await compare(projectId, store, look);
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
