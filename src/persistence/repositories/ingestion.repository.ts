import type { StoredChunk, StoreFile, StoreFileError } from '../../domain/vector-store.js';
import type { Queryable } from '../database.js';
import { packQuantized, quantize } from '../vector-index/quantized.js';

/** One attachment: what a job of ingestion names. */
export interface IngestionKey {
  projectId: string;
  storeId: string;
  fileId: string;
}

export interface Ingestion {
  id: string;
  filename: string;
  maxTokens: number;
  overlapTokens: number;
  embeddingModel: string;
  embeddedWindows: number;
}

/** Vectors of consecutive windows, and where they are from. */
export interface WindowBlock {
  position: number;
  id: string;
  windows: readonly { start: number; end: number; chunkFirst: number; chunkLast: number }[];
  /** One after another. */
  vectors: Float32Array;
}

export const STORE_CHANNEL = 'antiphon_store';

export type IngestionRepository = ReturnType<typeof createIngestionRepository>;

/**
 * What ingestion writes. Every write asks whether the attachment is still in progress: a file that was cancelled, removed or
 * deleted meanwhile gets nothing more.
 */
export function createIngestionRepository(sql: Queryable) {
  const keyOf = ({ projectId, storeId, fileId }: IngestionKey) => [projectId, storeId, fileId];
  const notify = (storeId: string) => sql.query('select pg_notify($1, $2)', [STORE_CHANNEL, storeId]);

  return {
    /** What there is to do, or null if it is done, cancelled or gone. */
    async find(key: IngestionKey): Promise<Ingestion | null> {
      const { rows } = await sql.query<{
        id: string;
        filename: string;
        max_chunk_tokens: number;
        chunk_overlap_tokens: number;
        embedding_model: string;
        embedded_windows: number;
      }>(
        `select vf.id, f.filename, vf.max_chunk_tokens, vf.chunk_overlap_tokens, s.embedding_model, vf.embedded_windows
         from vector_store_files vf
         join files f on f.project_id = vf.project_id and f.id = vf.file_id
         join vector_stores s on s.project_id = vf.project_id and s.id = vf.store_id
         where vf.project_id = $1 and vf.store_id = $2 and vf.file_id = $3 and vf.status = 'in_progress'`,
        keyOf(key),
      );
      const [row] = rows;
      if (row === undefined) return null;
      return {
        id: row.id,
        filename: row.filename,
        maxTokens: row.max_chunk_tokens,
        overlapTokens: row.chunk_overlap_tokens,
        embeddingModel: row.embedding_model,
        embeddedWindows: row.embedded_windows,
      };
    },

    /** Counts the chunks of a file that was read. `full`: the project's quota has no room; `gone`: nothing to do any more. */
    async reserve(
      key: IngestionKey,
      size: { chunks: number; tokens: number; windows: number },
      maxChunks: number,
    ): Promise<'reserved' | 'full' | 'gone'> {
      const { rows } = await sql.query<{ is_there: boolean; has_room: boolean }>(
        `with held as (
           select chunk_count from vector_store_files
           where project_id = $1 and store_id = $2 and file_id = $3 and status = 'in_progress' for update
         ),
         room as (
           update knowledge_usage u set chunks = u.chunks + $4::bigint - held.chunk_count
           from held where u.project_id = $1 and u.chunks + $4::bigint - held.chunk_count <= $7::bigint
           returning 1
         ),
         put as (
           update vector_store_files set chunk_count = $4::int, token_count = $5::bigint, window_count = $6::int
           where project_id = $1 and store_id = $2 and file_id = $3 and exists (select from room)
         )
         select exists (select from held) as is_there, exists (select from room) as has_room`,
        [...keyOf(key), size.chunks, size.tokens, size.windows, maxChunks],
      );
      const [row] = rows;
      if (row?.is_there !== true) return 'gone';
      return row.has_room ? 'reserved' : 'full';
    },

    /** Writes chunks; those that are there already, from an attempt that was interrupted, stay. False: nothing to do any more. */
    async addChunks(key: IngestionKey, chunks: readonly StoredChunk[]): Promise<boolean> {
      const { rows } = await sql.query<{ is_there: boolean }>(
        `with held as (
           select from vector_store_files
           where project_id = $1 and store_id = $2 and file_id = $3 and status = 'in_progress' for share
         ),
         put as (
           insert into chunks (project_id, store_id, file_id, position, start_offset, end_offset, page_start, page_end, tokens, text)
           select $1, $2, $3, k.* from held,
             unnest($4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[], $10::text[]) as k
           on conflict do nothing
         )
         select exists (select from held) as is_there`,
        [
          ...keyOf(key),
          chunks.map((chunk) => chunk.position),
          chunks.map((chunk) => chunk.start),
          chunks.map((chunk) => chunk.end),
          chunks.map((chunk) => chunk.pageStart),
          chunks.map((chunk) => chunk.pageEnd),
          chunks.map((chunk) => chunk.tokens),
          chunks.map((chunk) => chunk.text),
        ],
      );
      return rows[0]?.is_there === true;
    },

    /** Writes the vectors of further windows and says so to whoever watches. False: nothing to do any more. */
    async addBlock(key: IngestionKey, block: WindowBlock, embeddedWindows: number): Promise<boolean> {
      const { rows } = await sql.query<{ n: bigint }>(
        `with held as (
           update vector_store_files set embedded_windows = $11
           where project_id = $1 and store_id = $2 and file_id = $3 and status = 'in_progress'
           returning 1
         ),
         put as (
           insert into window_blocks (project_id, store_id, file_id, position, id, starts, ends, chunk_firsts, chunk_lasts, vectors, quantized)
           select $1, $2, $3, $4::int, $5::uuid, $6::int[], $7::int[], $8::int[], $9::int[], $10::bytea, $12::bytea from held
           on conflict (project_id, store_id, file_id, position) do nothing
         )
         select count(*) as n from held`,
        [
          ...keyOf(key),
          block.position,
          block.id,
          block.windows.map((window) => window.start),
          block.windows.map((window) => window.end),
          block.windows.map((window) => window.chunkFirst),
          block.windows.map((window) => window.chunkLast),
          Buffer.from(block.vectors.buffer),
          embeddedWindows,
          packQuantized(quantize(block.vectors, block.vectors.length / block.windows.length)),
        ],
      );
      await notify(key.storeId);
      return rows[0]?.n === 1n;
    },

    /** Makes the file searchable. Without vectors those of an earlier attempt are dropped: it has all or none. */
    async complete(key: IngestionKey, hasVectors: boolean): Promise<void> {
      await sql.query(
        `with dropped as (
           delete from window_blocks where project_id = $1 and store_id = $2 and file_id = $3 and not $4
         ),
         done as (
           update vector_store_files vf set status = 'completed', has_vectors = $4,
             usage_bytes = (
               select coalesce(sum(octet_length(c.text)), 0) from chunks c
               where c.project_id = $1 and c.store_id = $2 and c.file_id = $3
             ) + case when $4 then (
               select coalesce(sum(octet_length(b.vectors)), 0) from window_blocks b
               where b.project_id = $1 and b.store_id = $2 and b.file_id = $3
             ) else 0 end
           where project_id = $1 and store_id = $2 and file_id = $3 and status = 'in_progress'
           returning 1
         )
         update vector_stores set version = version + 1, last_active_at = now()
         where project_id = $1 and id = $2 and exists (select from done)`,
        [...keyOf(key), hasVectors],
      );
      await notify(key.storeId);
    },

    /** Ends the attempt for good: the reason stays, what was written goes. Only from `in_progress`. */
    async end(key: IngestionKey, status: 'failed' | 'cancelled', error: StoreFileError | null): Promise<void> {
      await sql.query(
        `with held as (
           select chunk_count from vector_store_files
           where project_id = $1 and store_id = $2 and file_id = $3 and status = 'in_progress' for update
         ),
         ended as (
           update vector_store_files set status = $4, error_code = $5, error_message = $6,
             chunk_count = 0, token_count = 0, window_count = 0, embedded_windows = 0
           where project_id = $1 and store_id = $2 and file_id = $3 and exists (select from held)
         ),
         emptied as (
           delete from chunks where project_id = $1 and store_id = $2 and file_id = $3 and exists (select from held)
         ),
         unindexed as (
           delete from window_blocks where project_id = $1 and store_id = $2 and file_id = $3 and exists (select from held)
         )
         update knowledge_usage u set chunks = u.chunks - held.chunk_count from held where u.project_id = $1`,
        [...keyOf(key), status, error?.code ?? null, error?.message ?? null],
      );
      await notify(key.storeId);
    },

    /** Attachments that are in progress since before this moment, of any project: their jobs may have been lost. */
    async findOpen(beforeMs: number, limit: number): Promise<(IngestionKey & Pick<StoreFile, 'id'>)[]> {
      const { rows } = await sql.query<{ project_id: string; store_id: string; file_id: string; id: string }>(
        `select project_id, store_id, file_id, id from vector_store_files
         where status = 'in_progress' and created_at < $1 order by id limit $2`,
        [new Date(beforeMs), limit],
      );
      return rows.map((row) => ({
        projectId: row.project_id,
        storeId: row.store_id,
        fileId: row.file_id,
        id: row.id,
      }));
    },
  };
}
