import type { Queryable } from '../database.js';

/** Iterative scans, without which a filtered search finds a fraction of what there is, came with this version. */
const LEAST = [0, 8] as const;

/** What every process that prepares or indexes takes, so that two of them do not create the same thing at once. */
const SCHEMA_LOCK = 4_127_012;

/** The largest vectors that an HNSW index of `halfvec` takes. Longer ones are compared one by one. */
export const MAX_INDEXED_DIMENSIONS = 4000;

/** The version of pgvector that this database has or could have; null: none that is new enough. */
export async function findPgvector(sql: Queryable): Promise<string | null> {
  const { rows } = await sql.query<{ version: string | null }>(
    `select coalesce(installed_version, default_version) as version from pg_available_extensions where name = 'vector'`,
  );
  const version = rows[0]?.version ?? null;
  if (version === null) return null;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > LEAST[0] || minor >= LEAST[1] ? version : null;
}

/**
 * Creates what the pgvector index needs, where it is missing. Not a migration: the extension may come long after them.
 *
 * Rows are copies of what window_blocks holds, made when a file is complete and gone with their block. `halfvec` takes half
 * the memory of `vector`, and indexes twice as many dimensions; what it rounds off a cosine is below 0.001.
 *
 * @throws DatabaseError when the database's user may not create the extension
 */
export async function preparePgvector(sql: Queryable): Promise<void> {
  // One string, so one transaction and one session: the function's settings are known once the library is loaded.
  await sql.query({
    text: `
      select pg_advisory_xact_lock(${SCHEMA_LOCK});
      create extension if not exists vector;
      create table if not exists window_vectors (
        project_id uuid not null,
        block_id uuid not null,
        ordinal int not null,
        store_id uuid not null,
        file_id uuid not null,
        start_offset int not null,
        end_offset int not null,
        chunk_first int not null,
        chunk_last int not null,
        embedding halfvec not null,
        primary key (project_id, block_id, ordinal),
        foreign key (project_id, block_id) references window_blocks (project_id, id) on delete cascade
      );
      create index if not exists window_vectors_file on window_vectors (project_id, store_id, file_id);
      select '[1]'::halfvec;
      create or replace function nearest_windows(project uuid, stores uuid[], query halfvec, allowed text[], most int)
      returns setof window_vectors
      language plpgsql stable
      set hnsw.iterative_scan = 'strict_order'
      set hnsw.ef_search = 100
      set hnsw.max_scan_tuples = 200000
      set enable_seqscan = off
      set enable_bitmapscan = off
      set enable_sort = off
      as $$
      begin
        return query execute format(
          'select * from window_vectors
           where project_id = $1 and store_id = any ($2) and vector_dims(embedding) = %1$s
             and ($4 is null or store_id::text || '' '' || file_id::text = any ($4))
           order by (embedding::halfvec(%1$s)) <#> $3::halfvec(%1$s) limit $5', vector_dims(query)
        ) using project, stores, query, allowed, most;
      end
      $$`,
  });
}

/** Creates the HNSW index over vectors of this length, if there is none. */
export async function createDimensionIndex(sql: Queryable, dimensions: number): Promise<void> {
  if (dimensions > MAX_INDEXED_DIMENSIONS) return;
  const name = `window_vectors_${dimensions}`;
  await sql.query({
    text: `
      select pg_advisory_xact_lock(${SCHEMA_LOCK});
      create index if not exists ${name} on window_vectors
        using hnsw ((embedding::halfvec(${dimensions})) halfvec_ip_ops) where vector_dims(embedding) = ${dimensions}`,
  });
}
