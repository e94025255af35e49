import type { Queryable } from '../database.js';
import { createDimensionIndex } from './pgvector-schema.js';
import type { IndexedStore } from './vector-index.js';

/** So many blocks are copied while a search waits (some 1,000 windows, about a second); for more it looks elsewhere. */
const AWAITED_BLOCKS = 16;

/** Stores that are remembered; one that is forgotten is looked at again. */
const MAX_STATES = 20_000;

interface StoreState {
  /** The version of the store whose rows are all there. */
  version: bigint;
  windows: number;
}

interface Look extends StoreState {
  missing: string[];
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

/** Keeps window_vectors in step with the blocks of completed files. Several processes may do so at once. */
export function createPgvectorRows(sql: Queryable, onError: (error: unknown) => void) {
  const states = new Map<string, StoreState>();
  const copying = new Map<string, { done: Promise<void>; isStale: boolean }>();
  const indexed = new Set<number>();
  let isClosed = false;

  /** The stores as they are, each with the blocks that have no rows yet. Those that are not there are left out. */
  const look = async (projectId: string, storeIds: readonly string[]): Promise<Map<string, Look>> => {
    const { rows } = await sql.query<{ id: string; version: bigint; windows: bigint; missing: string[] }>(
      `select s.id, s.version, files.windows, array(
         select b.id from window_blocks b
         join vector_store_files vf on vf.project_id = $1 and vf.store_id = s.id and vf.file_id = b.file_id
         where b.project_id = $1 and b.store_id = s.id and vf.status = 'completed' and vf.has_vectors
           and not exists (select from window_vectors w where w.project_id = $1 and w.block_id = b.id)
       ) as missing
       from vector_stores s cross join lateral (
         select coalesce(sum(vf.window_count), 0)::bigint as windows from vector_store_files vf
         where vf.project_id = $1 and vf.store_id = s.id and vf.status = 'completed' and vf.has_vectors
       ) files
       where s.project_id = $1 and s.id = any ($2::uuid[])`,
      [projectId, storeIds],
    );
    return new Map(
      rows.map(({ id, version, windows, missing }) => [id, { version, windows: Number(windows), missing }]),
    );
  };

  const remember = (key: string, { version, windows }: StoreState): void => {
    if (states.size >= MAX_STATES) states.clear();
    states.set(key, { version, windows });
  };

  const copyBlock = async (projectId: string, id: string): Promise<void> => {
    const { rows } = await sql.query<BlockRow>('select * from window_blocks where project_id = $1 and id = $2', [
      projectId,
      id,
    ]);
    const [block] = rows;
    // Gone since: its file was taken out.
    if (block === undefined || block.starts.length === 0) return;
    const vectors = new Float32Array(Uint8Array.from(block.vectors).buffer);
    const dimensions = vectors.length / block.starts.length;
    if (!indexed.has(dimensions)) {
      await createDimensionIndex(sql, dimensions);
      indexed.add(dimensions);
    }
    const texts = block.starts.map((_start, n) => halfText(vectors.subarray(n * dimensions, (n + 1) * dimensions)));
    await sql.query(
      `insert into window_vectors (project_id, block_id, ordinal, store_id, file_id, start_offset, end_offset,
         chunk_first, chunk_last, embedding)
       select $1, b.id, k.ordinal, b.store_id, b.file_id, k.start_offset, k.end_offset, k.chunk_first, k.chunk_last,
         k.embedding::halfvec
       from (select * from window_blocks where project_id = $1 and id = $2 for key share) b,
         unnest(b.starts, b.ends, b.chunk_firsts, b.chunk_lasts, $3::text[]) with ordinality
           as k(start_offset, end_offset, chunk_first, chunk_last, embedding, ordinal)
       on conflict do nothing`,
      [projectId, id, texts],
    );
  };

  /** Copies until nothing is missing. */
  const copyAll = async (projectId: string, storeId: string, missing: readonly string[]): Promise<void> => {
    for (const id of missing) {
      if (isClosed) return;
      await copyBlock(projectId, id);
    }
    const now = isClosed ? undefined : (await look(projectId, [storeId])).get(storeId);
    if (now === undefined) return;
    if (now.missing.length > 0) return copyAll(projectId, storeId, now.missing);
    remember(keyOf(projectId, storeId), now);
  };

  /** Starts copying, once per store at a time. What changes meanwhile is copied afterwards. */
  const startCopying = (projectId: string, storeId: string, missing: readonly string[]): Promise<void> => {
    const key = keyOf(projectId, storeId);
    const running = copying.get(key);
    if (running !== undefined) {
      running.isStale = true;
      return running.done;
    }
    const task = { done: Promise.resolve(), isStale: false };
    task.done = copyAll(projectId, storeId, missing)
      .catch(onError)
      .finally(() => {
        copying.delete(key);
        if (task.isStale && !isClosed) void startCopying(projectId, storeId, []);
      });
    copying.set(key, task);
    return task.done;
  };

  return {
    /** How many windows the stores hold, once their rows are there; null when that would take too long. */
    async ready(projectId: string, stores: readonly IndexedStore[]): Promise<number | null> {
      const isKnown = ({ id, version }: IndexedStore): boolean =>
        (states.get(keyOf(projectId, id))?.version ?? -1n) >= version;
      const unknown = stores.filter((store) => !isKnown(store)).map(({ id }) => id);
      if (unknown.length > 0) {
        const found = await look(projectId, unknown);
        let missing = 0;
        const copies: Promise<void>[] = [];
        for (const [id, now] of found) {
          if (now.missing.length === 0) remember(keyOf(projectId, id), now);
          else copies.push(startCopying(projectId, id, now.missing));
          missing += now.missing.length;
        }
        if (missing > AWAITED_BLOCKS) return null;
        await Promise.all(copies);
        if (!stores.every((store) => isKnown(store) || !found.has(store.id))) return null;
      }
      return stores.reduce((sum, { id }) => sum + (states.get(keyOf(projectId, id))?.windows ?? 0), 0);
    },

    /** Copies what is new. Never fails: whoever searches looks again. */
    refresh: (projectId: string, storeId: string): Promise<void> => startCopying(projectId, storeId, []),

    async close(): Promise<void> {
      isClosed = true;
      await Promise.all([...copying.values()].map(({ done }) => done));
    },
  };
}

const keyOf = (projectId: string, storeId: string): string => `${projectId} ${storeId}`;

/** Six digits: more than a half can hold. */
function halfText(vector: Float32Array): string {
  let text = '[';
  for (let i = 0; i < vector.length; i += 1) text += `${i === 0 ? '' : ','}${(vector[i] as number).toFixed(6)}`;
  return `${text}]`;
}
