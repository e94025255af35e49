import type { MetadataFilter, NameFilter } from '../../domain/list-filter.js';
import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { Owner } from '../../domain/principal.js';
import type { VectorStore } from '../../domain/vector-store.js';
import type { Queryable } from '../database.js';
import { conditionsOf } from '../list-conditions.js';

export type VectorStoreFilter = MetadataFilter & NameFilter;

interface StoreRow {
  project_id: string;
  id: string;
  name: string;
  description: string | null;
  metadata: Record<string, string>;
  max_chunk_tokens: number;
  chunk_overlap_tokens: number;
  embedding_model: string;
  embedding_dimensions: number | null;
  version: bigint;
  end_user: string | null;
  expires_after_days: number | null;
  last_active_at: Date;
  created_at: Date;
  in_progress: number;
  completed: number;
  failed: number;
  cancelled: number;
  usage_bytes: bigint;
  without_vectors: number;
}

const toStore = (row: StoreRow): VectorStore => ({
  projectId: row.project_id,
  id: row.id,
  name: row.name,
  description: row.description,
  metadata: row.metadata,
  chunking: { maxTokens: row.max_chunk_tokens, overlapTokens: row.chunk_overlap_tokens },
  embeddingModel: row.embedding_model,
  embeddingDimensions: row.embedding_dimensions,
  version: row.version,
  expiresAfterDays: row.expires_after_days,
  lastActiveAtMs: row.last_active_at.getTime(),
  createdAtMs: row.created_at.getTime(),
  endUser: row.end_user,
  counts: {
    in_progress: row.in_progress,
    completed: row.completed,
    failed: row.failed,
    cancelled: row.cancelled,
  },
  usageBytes: Number(row.usage_bytes),
  filesWithoutVectors: row.without_vectors,
});

/** Numbers of files by status; `vf` is the attachments' alias. Batches count the same way. */
export const COUNTS = `
  count(*) filter (where vf.status = 'in_progress')::int as in_progress,
  count(*) filter (where vf.status = 'completed')::int as completed,
  count(*) filter (where vf.status = 'failed')::int as failed,
  count(*) filter (where vf.status = 'cancelled')::int as cancelled`;

/** Stores `s` with what their files add up to. */
const WITH_COUNTS = `
  cross join lateral (
    select ${COUNTS},
      coalesce(sum(vf.usage_bytes), 0)::bigint as usage_bytes,
      count(*) filter (where vf.status = 'completed' and not vf.has_vectors)::int as without_vectors
    from vector_store_files vf where vf.project_id = s.project_id and vf.store_id = s.id
  ) files`;

export type StoreChange = Partial<Pick<VectorStore, 'name' | 'description' | 'metadata' | 'expiresAfterDays'>>;

export type VectorStoreRepository = ReturnType<typeof createVectorStoreRepository>;

/** Vector stores; their files have a repository of their own. */
export function createVectorStoreRepository(sql: Queryable) {
  return {
    /** False if the project has as many stores as it may have. */
    async create(store: VectorStore, maxStores: number): Promise<boolean> {
      const { rowCount } = await sql.query(
        `with room as (
           insert into knowledge_usage as u (project_id, stores) select $1, 1 where 1 <= $12::bigint
           on conflict (project_id) do update set stores = u.stores + 1 where u.stores + 1 <= $12::bigint
           returning 1
         )
         insert into vector_stores (project_id, id, name, description, metadata, max_chunk_tokens, chunk_overlap_tokens,
           embedding_model, embedding_dimensions, expires_after_days, end_user, last_active_at, created_at)
         select $1, $2, $3, $4, $5::jsonb, $6::int, $7::int, $8, $9::int, $10::int, $11, $13::timestamptz, $13::timestamptz
         from room`,
        [
          store.projectId,
          store.id,
          store.name,
          store.description,
          JSON.stringify(store.metadata),
          store.chunking.maxTokens,
          store.chunking.overlapTokens,
          store.embeddingModel,
          store.embeddingDimensions,
          store.expiresAfterDays,
          store.endUser,
          maxStores,
          new Date(store.createdAtMs),
        ],
      );
      return rowCount === 1;
    },

    async findMany({ projectId, endUser }: Owner, ids: readonly string[]): Promise<VectorStore[]> {
      const { rows } = await sql.query<StoreRow>(
        `select s.*, files.* from vector_stores s ${WITH_COUNTS}
         where s.project_id = $1 and s.id = any ($2::uuid[]) and ($3::text is null or s.end_user = $3)`,
        [projectId, ids, endUser],
      );
      return rows.map(toStore);
    },

    async list(
      { projectId, endUser }: Owner,
      page: PageRequest<string>,
      filter: VectorStoreFilter = {},
    ): Promise<Page<VectorStore>> {
      const values: unknown[] = [projectId];
      const conditions = conditionsOf('s', values);
      conditions.compare('end_user', '=', endUser ?? undefined);
      conditions.filter(filter);
      const keys = keyset(page, 's.id', values.length + 1);
      const { rows } = await sql.query<StoreRow>(
        `select s.*, files.* from vector_stores s ${WITH_COUNTS}
         where s.project_id = $1${conditions.text}${keys.where} ${keys.orderBy}`,
        [...values, ...keys.values],
      );
      return toPage(page, rows.map(toStore));
    },

    /** Changes the given fields. False if the store is not there. */
    async update(projectId: string, id: string, change: StoreChange): Promise<boolean> {
      const { rowCount } = await sql.query(
        `update vector_stores set
           name = coalesce($3, name),
           description = case when $4 then $5 else description end,
           metadata = coalesce($6::jsonb, metadata),
           expires_after_days = case when $7 then $8::int else expires_after_days end,
           last_active_at = now()
         where project_id = $1 and id = $2`,
        [
          projectId,
          id,
          change.name ?? null,
          change.description !== undefined,
          change.description ?? null,
          change.metadata === undefined ? null : JSON.stringify(change.metadata),
          change.expiresAfterDays !== undefined,
          change.expiresAfterDays ?? null,
        ],
      );
      return rowCount === 1;
    },

    /** Deletes the store with its chunks and vectors; the files stay. False if it is not there. */
    async delete(projectId: string, id: string): Promise<boolean> {
      const { rowCount } = await sql.query(
        `with attached as (
           select coalesce(sum(chunk_count), 0)::bigint as chunks from vector_store_files
           where project_id = $1 and store_id = $2
         ),
         gone as (delete from vector_stores where project_id = $1 and id = $2 returning 1)
         update knowledge_usage u set stores = u.stores - 1, chunks = u.chunks - attached.chunks
         from attached, gone where u.project_id = $1`,
        [projectId, id],
      );
      return rowCount === 1;
    },

    /** Notes that stores are in use; at most once a minute, so that searching does not write every time. */
    async touch(projectId: string, ids: readonly string[]): Promise<void> {
      await sql.query(
        `update vector_stores set last_active_at = now()
         where project_id = $1 and id = any ($2::uuid[]) and last_active_at < now() - interval '1 minute'`,
        [projectId, ids],
      );
    },

    /** Fixes the dimensions of a store that has no vectors yet. Answers what they are now; null: no such store. */
    async fixDimensions(projectId: string, id: string, dimensions: number): Promise<number | null> {
      const { rows } = await sql.query<{ embedding_dimensions: number }>(
        `update vector_stores set embedding_dimensions = coalesce(embedding_dimensions, $3)
         where project_id = $1 and id = $2 returning embedding_dimensions`,
        [projectId, id, dimensions],
      );
      return rows[0]?.embedding_dimensions ?? null;
    },
  };
}
