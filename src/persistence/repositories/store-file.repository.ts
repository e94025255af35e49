import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { Owner } from '../../domain/principal.js';
import type {
  Attributes,
  Chunking,
  FileBatch,
  StoredChunk,
  StoreFile,
  StoreFileError,
  StoreFileStatus,
} from '../../domain/vector-store.js';
import type { Queryable } from '../database.js';
import { type ChunkRow, toChunk } from './chunk-row.js';
import { byPosition, cursorsOf, type FirstPage, pagesByParent, withoutCursors } from './pages.js';
import { COUNTS } from './vector-store.repository.js';

interface FileRow {
  project_id: string;
  store_id: string;
  file_id: string;
  id: string;
  batch_id: string | null;
  status: StoreFileStatus;
  error_code: StoreFileError['code'] | null;
  error_message: string | null;
  attributes: Attributes;
  max_chunk_tokens: number;
  chunk_overlap_tokens: number;
  chunk_count: number;
  window_count: number;
  embedded_windows: number;
  has_vectors: boolean;
  usage_bytes: bigint;
  created_at: Date;
}

const toStoreFile = (row: FileRow): StoreFile => ({
  projectId: row.project_id,
  storeId: row.store_id,
  fileId: row.file_id,
  id: row.id,
  batchId: row.batch_id,
  status: row.status,
  error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
  attributes: row.attributes,
  chunking: { maxTokens: row.max_chunk_tokens, overlapTokens: row.chunk_overlap_tokens },
  chunkCount: row.chunk_count,
  windowCount: row.window_count,
  embeddedWindows: row.embedded_windows,
  hasVectors: row.has_vectors,
  usageBytes: Number(row.usage_bytes),
  createdAtMs: row.created_at.getTime(),
});

interface BatchRow {
  project_id: string;
  store_id: string;
  id: string;
  created_at: Date;
  cancelled_at: Date | null;
  in_progress: number;
  completed: number;
  failed: number;
  cancelled: number;
}

const toBatch = (row: BatchRow): FileBatch => ({
  projectId: row.project_id,
  storeId: row.store_id,
  id: row.id,
  createdAtMs: row.created_at.getTime(),
  cancelledAtMs: row.cancelled_at?.getTime() ?? null,
  counts: { in_progress: row.in_progress, completed: row.completed, failed: row.failed, cancelled: row.cancelled },
});

export interface NewStoreFile {
  fileId: string;
  id: string;
  attributes: Attributes;
  chunking: Chunking;
}

/** Chunk counts that leave the project's usage with their rows; `gone` names the rows' statement. */
const count = (gone: string): string => `
  update knowledge_usage u set chunks = u.chunks - n.chunks
  from (select coalesce(sum(chunk_count), 0)::bigint as chunks from ${gone}) n
  where u.project_id = $1 and n.chunks > 0`;

export type StoreFileRepository = ReturnType<typeof createStoreFileRepository>;

/** Files in stores, and batches of them. */
export function createStoreFileRepository(sql: Queryable) {
  const listWhere = async (
    projectId: string,
    scope: { column: 'store_id' | 'batch_id'; id: string },
    page: PageRequest<string>,
    status: StoreFileStatus | null,
  ): Promise<Page<StoreFile> | 'unknown-cursor'> => {
    let positions: PageRequest<string> = page;
    const cursors = cursorsOf(page);
    if (cursors.length > 0) {
      const { rows } = await sql.query<{ id: string; position: string }>(
        `select file_id as id, id as position from vector_store_files
         where project_id = $1 and ${scope.column} = $2 and file_id = any ($3::uuid[])`,
        [projectId, scope.id, cursors],
      );
      const found = byPosition(page, rows);
      if (found === null) return 'unknown-cursor';
      positions = found;
    }
    const { where, orderBy, values } = keyset(positions, 'id', 4);
    const { rows } = await sql.query<FileRow>(
      `select * from vector_store_files
       where project_id = $1 and ${scope.column} = $2 and ($3::text is null or status = $3) ${where} ${orderBy}`,
      [projectId, scope.id, status, ...values],
    );
    return toPage(page, rows.map(toStoreFile));
  };

  return {
    /**
     * Attaches files: all or none. One that is there already takes the new attributes; if it had failed or was cancelled, it
     * is taken up again. Answers the attachments in the order given, fewer when a file is unknown or is there with another
     * chunking: then nothing was changed.
     */
    async attach(
      { projectId, endUser }: Owner,
      storeId: string,
      files: readonly NewStoreFile[],
      batch: { id: string; createdAtMs: number } | null,
      createdAtMs: number,
    ): Promise<StoreFile[]> {
      const { rows } = await sql.query<FileRow>(
        `with wanted as (
           select k.* from unnest($3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::int[])
             as k(file_id, id, attributes, max_tokens, overlap)
         ),
         misfits as (
           select from wanted k
           left join files f on f.project_id = $1 and f.id = k.file_id and (f.expires_at is null or f.expires_at > now())
             and ($10::text is null or f.end_user = $10)
           left join vector_store_files vf on vf.project_id = $1 and vf.store_id = $2 and vf.file_id = k.file_id
           where f.id is null or vf.max_chunk_tokens <> k.max_tokens or vf.chunk_overlap_tokens <> k.overlap
         ),
         batch as (
           insert into vector_store_batches (project_id, store_id, id, created_at)
           select $1, $2, $8::uuid, $9::timestamptz where $8::uuid is not null and not exists (select from misfits)
         )
         insert into vector_store_files as vf (project_id, store_id, file_id, id, batch_id, status, attributes,
           max_chunk_tokens, chunk_overlap_tokens, created_at)
         select $1, $2, k.file_id, k.id, $8::uuid, 'in_progress', k.attributes::jsonb, k.max_tokens, k.overlap, $9::timestamptz
         from wanted k where not exists (select from misfits)
         on conflict (project_id, store_id, file_id) do update set
           attributes = excluded.attributes,
           batch_id = coalesce(excluded.batch_id, vf.batch_id),
           status = case when vf.status in ('failed', 'cancelled') then 'in_progress' else vf.status end,
           error_code = null,
           error_message = null
         returning *`,
        [
          projectId,
          storeId,
          files.map((file) => file.fileId),
          files.map((file) => file.id),
          files.map((file) => JSON.stringify(file.attributes)),
          files.map((file) => file.chunking.maxTokens),
          files.map((file) => file.chunking.overlapTokens),
          batch?.id ?? null,
          new Date(batch?.createdAtMs ?? createdAtMs),
          endUser,
        ],
      );
      const byFile = new Map(rows.map((row) => [row.file_id, toStoreFile(row)]));
      return files.flatMap(({ fileId }) => byFile.get(fileId) ?? []);
    },

    async find(projectId: string, storeId: string, fileId: string): Promise<StoreFile | null> {
      const { rows } = await sql.query<FileRow>(
        'select * from vector_store_files where project_id = $1 and store_id = $2 and file_id = $3',
        [projectId, storeId, fileId],
      );
      return rows[0] === undefined ? null : toStoreFile(rows[0]);
    },

    list: (projectId: string, storeId: string, page: PageRequest<string>, status: StoreFileStatus | null) =>
      listWhere(projectId, { column: 'store_id', id: storeId }, page, status),

    /** The first files of many stores, in one statement. */
    async listOfMany(
      projectId: string,
      storeIds: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<StoreFile>>> {
      const { orderBy } = keyset(withoutCursors(page), 'vf.id', 3);
      const { rows } = await sql.query<FileRow>(
        `select vf.* from unnest($2::uuid[]) as k(id)
         cross join lateral (
           select * from vector_store_files vf where vf.project_id = $1 and vf.store_id = k.id ${orderBy}
         ) vf
         ${orderBy.replace(/ limit .*/, '')}`,
        [projectId, storeIds],
      );
      return pagesByParent(page, storeIds, rows, (row) => row.store_id, toStoreFile);
    },

    listOfBatch: (projectId: string, batchId: string, page: PageRequest<string>, status: StoreFileStatus | null) =>
      listWhere(projectId, { column: 'batch_id', id: batchId }, page, status),

    async updateAttributes(
      projectId: string,
      storeId: string,
      fileId: string,
      attributes: Attributes,
    ): Promise<StoreFile | null> {
      const { rows } = await sql.query<FileRow>(
        `update vector_store_files set attributes = $4::jsonb
         where project_id = $1 and store_id = $2 and file_id = $3 returning *`,
        [projectId, storeId, fileId, JSON.stringify(attributes)],
      );
      return rows[0] === undefined ? null : toStoreFile(rows[0]);
    },

    /** Takes a file out of a store with its chunks and vectors. False if it is not there. */
    async detach(projectId: string, storeId: string, fileId: string): Promise<boolean> {
      const { rows } = await sql.query<{ n: bigint }>(
        `with gone as (
           delete from vector_store_files where project_id = $1 and store_id = $2 and file_id = $3 returning chunk_count
         ),
         counted as (${count('gone')}),
         bumped as (
           update vector_stores set version = version + 1 where project_id = $1 and id = $2 and exists (select from gone)
         )
         select count(*) as n from gone`,
        [projectId, storeId, fileId],
      );
      return rows[0]?.n === 1n;
    },

    /** The text of a file as it was indexed, chunk by chunk from `position` on. */
    async listChunks(
      projectId: string,
      storeId: string,
      fileId: string,
      position: number,
      limit: number,
    ): Promise<StoredChunk[]> {
      const { rows } = await sql.query<ChunkRow>(
        `select position, start_offset, end_offset, page_start, page_end, tokens, text from chunks
         where project_id = $1 and store_id = $2 and file_id = $3 and position >= $4 order by position limit $5`,
        [projectId, storeId, fileId, position, limit],
      );
      return rows.map(toChunk);
    },

    async findBatches(projectId: string, ids: readonly string[]): Promise<FileBatch[]> {
      const { rows } = await sql.query<BatchRow>(
        `select b.*, files.* from vector_store_batches b
         cross join lateral (
           select ${COUNTS} from vector_store_files vf where vf.project_id = b.project_id and vf.batch_id = b.id
         ) files
         where b.project_id = $1 and b.id = any($2::uuid[])`,
        [projectId, ids],
      );
      return rows.map(toBatch);
    },

    /** Cancels what of a batch is not done yet. */
    async cancelBatch(projectId: string, id: string): Promise<void> {
      await sql.query(
        `with mine as (
           update vector_store_batches b set cancelled_at = coalesce(cancelled_at, now())
           where project_id = $1 and id = $2
             and exists (
               select from vector_store_files vf
               where vf.project_id = $1 and vf.batch_id = $2 and vf.status = 'in_progress'
             )
           returning b.id
         ),
         -- The counts as they were: the update below shows them as they are then.
         held as (
           select vf.store_id, vf.file_id, vf.chunk_count from vector_store_files vf
           where vf.project_id = $1 and vf.batch_id in (select id from mine) and vf.status = 'in_progress' for update
         ),
         stopped as (
           update vector_store_files vf set status = 'cancelled', chunk_count = 0, token_count = 0, embedded_windows = 0
           from held where vf.project_id = $1 and vf.store_id = held.store_id and vf.file_id = held.file_id
         ),
         emptied as (
           delete from chunks c using held
           where c.project_id = $1 and c.store_id = held.store_id and c.file_id = held.file_id
         ),
         unindexed as (
           delete from window_blocks b using held
           where b.project_id = $1 and b.store_id = held.store_id and b.file_id = held.file_id
         )
         ${count('held')}`,
        [projectId, id],
      );
    },
  };
}
