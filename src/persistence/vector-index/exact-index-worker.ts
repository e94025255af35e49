// Runs in a worker thread with a connection of its own: neither the arithmetic nor the reading of many vectors may hold up
// the streams of the main thread.
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';
import { type Block, readBlocks } from './block-reader.js';
import type { QuantizedVectors } from './quantized.js';
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

const port = parentPort;
if (port === null) throw new Error('This file runs in a worker thread.');
const { databaseUrl, cacheBytes } = workerData as { databaseUrl: string; cacheBytes: number };

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
function keep(id: string, block: Block, vectors: QuantizedVectors, store: CachedStore): KeptBlock | null {
  const bytes = vectors.bytes.length + block.starts.length * 20;
  while (cachedBytes + bytes > cacheBytes) if (!makeRoom(store)) return null;
  let kept = arena.keep(vectors);
  while (kept === null && makeRoom(store)) kept = arena.keep(vectors);
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
  let isWhole = true;
  for await (const read of readBlocks(client, projectId, [...wanted])) {
    const kept = keep(read.id, read.block, read.vectors, store);
    if (kept !== null) {
      lookAt(kept);
      continue;
    }
    isWhole = false;
    const similarities = arena.similaritiesOf(read.vectors);
    if (similarities !== null) look({ block: read.block, similarities });
  }
  if (isWhole) store.version = version;
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
