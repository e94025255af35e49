import type { Queryable } from '../database.js';
import { type ComparedWindow, chunkKey, nearestChunks } from './nearest-chunks.js';
import { createPgvectorRows } from './pgvector-rows.js';
import { MAX_INDEXED_DIMENSIONS } from './pgvector-schema.js';
import type { VectorHit, VectorIndex, VectorQuery } from './vector-index.js';

export interface PgvectorIndexOptions {
  sql: Queryable;
  /** Answers for stores whose rows are still being copied. */
  exact: VectorIndex;
  /** Called when rows could not be copied; searches go on by the exact index. */
  onError(error: unknown): void;
  /** Up to this many windows are compared one by one, which is fast enough and finds all. Default 20,000. */
  exactBelow?: number;
}

const EXACT_BELOW = 20_000;

/** Windows per chunk that is looked for; more are fetched when too many belong to the same ones. */
const WINDOWS_PER_CHUNK = 4;

interface WindowRow {
  store_id: string;
  file_id: string;
  chunk_first: number;
  chunk_last: number;
  start_offset: number;
  end_offset: number;
  similarity: number;
}

const toWindow = (row: WindowRow): ComparedWindow => ({
  storeId: row.store_id,
  fileId: row.file_id,
  chunkFirst: row.chunk_first,
  chunkLast: row.chunk_last,
  similarity: row.similarity,
  start: row.start_offset,
  end: row.end_offset,
});

const COLUMNS = `store_id, file_id, chunk_first, chunk_last, start_offset, end_offset,
  -(embedding <#> $3::halfvec) as similarity`;

/**
 * Compares in the database, by the extension pgvector: no memory in this process, and large stores are searched by an HNSW
 * index with iterative scans. Truth stays in window_blocks; rows for the index are copied from there when a file is complete,
 * and for stores that are older than the index when they are first searched.
 */
export function createPgvectorIndex(options: PgvectorIndexOptions): VectorIndex {
  const { sql, exact } = options;
  const exactBelow = options.exactBelow ?? EXACT_BELOW;
  const rows = createPgvectorRows(sql, options.onError);

  /** Windows in order of their nearness. Fewer than asked for: there are no more. */
  const nearestWindows = async (query: VectorQuery, windows: number, count: number): Promise<WindowRow[]> => {
    const allowed = query.allowed === null ? null : [...query.allowed];
    const values = [query.projectId, query.stores.map(({ id }) => id), vectorText(query.vector), allowed, count];
    if (windows > exactBelow && query.vector.length <= MAX_INDEXED_DIMENSIONS) {
      const found = await sql.query<WindowRow>(
        `select ${COLUMNS} from nearest_windows($1, $2::uuid[], $3::halfvec, $4::text[], $5)`,
        values,
      );
      // An index scan gives up at some point; a filter that lets little through is cheap to compare one by one.
      if (found.rows.length === count) return found.rows;
    }
    const found = await sql.query<WindowRow>(
      `select ${COLUMNS} from window_vectors
       where project_id = $1 and store_id = any ($2::uuid[]) and vector_dims(embedding) = vector_dims($3::halfvec)
         and ($4::text[] is null or store_id::text || ' ' || file_id::text = any ($4::text[]))
       order by embedding <#> $3::halfvec limit $5`,
      values,
    );
    return found.rows;
  };

  /** The wanted chunks, each with its nearest window. */
  const wantedWindows = async ({ projectId, stores, vector, allowed, wanted }: VectorQuery): Promise<VectorHit[]> => {
    const searched = new Set(stores.map(({ id }) => id));
    const keys = wanted.filter(
      ({ storeId, fileId }) => searched.has(storeId) && (allowed === null || allowed.has(`${storeId} ${fileId}`)),
    );
    if (keys.length === 0) return [];
    const found = await sql.query<WindowRow & { position: number }>(
      `select distinct on (k.store_id, k.file_id, k.position) k.position, w.store_id, w.file_id, w.start_offset, w.end_offset,
         -(w.embedding <#> $2::halfvec) as similarity
       from unnest($3::uuid[], $4::uuid[], $5::int[]) as k(store_id, file_id, position)
       join window_vectors w on w.project_id = $1 and w.store_id = k.store_id and w.file_id = k.file_id
         and k.position between w.chunk_first and w.chunk_last and vector_dims(w.embedding) = vector_dims($2::halfvec)
       order by k.store_id, k.file_id, k.position, w.embedding <#> $2::halfvec`,
      [
        projectId,
        vectorText(vector),
        keys.map(({ storeId }) => storeId),
        keys.map(({ fileId }) => fileId),
        keys.map(({ position }) => position),
      ],
    );
    return found.rows.map((row) => ({
      storeId: row.store_id,
      fileId: row.file_id,
      position: row.position,
      similarity: row.similarity,
      start: row.start_offset,
      end: row.end_offset,
    }));
  };

  const nearest = async (query: VectorQuery, windows: number): Promise<Map<string, VectorHit>> => {
    for (let count = query.limit * WINDOWS_PER_CHUNK; ; count *= 4) {
      const found = await nearestWindows(query, windows, count);
      const hits = nearestChunks(found.map(toWindow), query.limit);
      if (hits.size === query.limit || found.length < count) return hits;
    }
  };

  return {
    async search(query) {
      const windows = await rows.ready(query.projectId, query.stores);
      if (windows === null) return exact.search(query);
      const [hits, wanted] = await Promise.all([nearest(query, windows), wantedWindows(query)]);
      for (const hit of wanted) if (!hits.has(chunkKey(hit))) hits.set(chunkKey(hit), hit);
      return [...hits.values()];
    },
    refresh: (projectId, storeId) => rows.refresh(projectId, storeId),
    async close() {
      await rows.close();
      await exact.close();
    },
  };
}

const vectorText = (vector: Float32Array): string => `[${vector.join(',')}]`;
