import type { Owner } from '../../domain/principal.js';
import type { AttributeFilter, Attributes, StoredChunk } from '../../domain/vector-store.js';
import { filterToSql } from '../attribute-filter.js';
import type { Queryable } from '../database.js';
import type { ChunkKey } from '../vector-index/vector-index.js';
import { type ChunkRow, toChunk } from './chunk-row.js';

/** A store that is asked. */
export interface SearchedStore {
  id: string;
  version: bigint;
  embeddingModel: string;
  lastActiveAtMs: number;
  expiresAfterDays: number | null;
  /** Sizes for BM25: completed files only. */
  chunks: number;
  tokens: number;
  hasVectors: boolean;
}

/** A term of a question as full text keeps it, and in how many chunks it is. */
export interface Term {
  lexeme: string;
  frequency: number;
}

export interface FoundChunk {
  storeId: string;
  fileId: string;
  filename: string;
  attributes: Attributes;
  chunk: StoredChunk;
  /** How often each term of the question is in it. */
  occurrences: Record<string, number>;
}

interface FoundRow extends ChunkRow {
  store_id: string;
  file_id: string;
  filename: string;
  attributes: Attributes;
  occurrences: Record<string, number> | null;
}

/** Questions are short; whoever pastes a page is asked by its first words. */
const MAX_TERMS = 32;

/** A lexeme as a tsquery reads it back unchanged. */
const quoted = (lexeme: string): string => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** Chunks that may be ranked for one question; each costs some 20 microseconds. */
const MAX_RANKED = 1000;
/** Terms whose pairs are looked for when each alone is in too many chunks. */
const MAX_PAIRED = 4;

/**
 * The chunks that may be ranked, as a tsquery: those with any of the rarest terms, as many terms as are in few chunks together.
 * What only holds common words would rank last anyway; a question of such words alone looks for two of them at once.
 */
function candidateQuery(terms: readonly Term[]): string | null {
  const known = terms.filter(({ frequency }) => frequency > 0).sort((a, b) => a.frequency - b.frequency);
  const words = known.map(({ lexeme }) => quoted(lexeme));
  let chunks = 0;
  const rare = words.filter((_word, index) => {
    chunks += known[index]?.frequency ?? 0;
    return chunks <= MAX_RANKED;
  });
  if (rare.length > 0) return rare.join(' | ');
  const common = words.slice(0, MAX_PAIRED);
  if (common.length < 2) return common[0] ?? null;
  return common.flatMap((word, index) => common.slice(index + 1).map((other) => `${word} & ${other}`)).join(' | ');
}

/** More stores than this are looked for as one project. */
const MAX_SCOPES = 100;

/** Where a chunk is, as the index of words knows it (migration 12). */
const scope = (ids: readonly string[]): string => ids.map((id) => `'~${id}'`).join(' | ');

export type SearchRepository = ReturnType<typeof createSearchRepository>;

/** The reading side of search: stores, words, chunks. */
export function createSearchRepository(sql: Queryable) {
  return {
    /** The stores of these ids, or all of the owner's. */
    async findStores({ projectId, endUser }: Owner, ids: readonly string[] | null): Promise<SearchedStore[]> {
      const { rows } = await sql.query<{
        id: string;
        version: bigint;
        embedding_model: string;
        last_active_at: Date;
        expires_after_days: number | null;
        chunks: bigint;
        tokens: bigint;
        has_vectors: boolean;
      }>(
        `select s.id, s.version, s.embedding_model, s.last_active_at, s.expires_after_days, files.*
         from vector_stores s cross join lateral (
           select coalesce(sum(vf.chunk_count), 0)::bigint as chunks, coalesce(sum(vf.token_count), 0)::bigint as tokens,
             coalesce(bool_or(vf.has_vectors), false) as has_vectors
           from vector_store_files vf where vf.project_id = s.project_id and vf.store_id = s.id and vf.status = 'completed'
         ) files
         where s.project_id = $1 and ($2::uuid[] is null or s.id = any ($2::uuid[]))
           and ($3::text is null or s.end_user = $3)
         order by s.id desc limit 1000`,
        [projectId, ids, endUser],
      );
      return rows.map((row) => ({
        id: row.id,
        version: row.version,
        embeddingModel: row.embedding_model,
        lastActiveAtMs: row.last_active_at.getTime(),
        expiresAfterDays: row.expires_after_days,
        chunks: Number(row.chunks),
        tokens: Number(row.tokens),
        hasVectors: row.has_vectors,
      }));
    },

    /** Files whose attributes match, as `<store> <file>`. */
    async findAllowed(projectId: string, storeIds: readonly string[], filter: AttributeFilter): Promise<Set<string>> {
      const values: unknown[] = [projectId, storeIds];
      const condition = filterToSql(filter, 'vf.attributes', values);
      const { rows } = await sql.query<{ store_id: string; file_id: string }>(
        `select store_id, file_id from vector_store_files vf
         where project_id = $1 and store_id = any ($2::uuid[]) and status = 'completed' and ${condition}`,
        values,
      );
      return new Set(rows.map((row) => `${row.store_id} ${row.file_id}`));
    },

    /** What full text makes of a question. */
    async findTerms(projectId: string, storeIds: readonly string[], question: string): Promise<Term[]> {
      const { rows } = await sql.query<{ lexeme: string; frequency: bigint }>(
        `select t.lexeme, coalesce((
           select sum(k.chunks) from store_terms k
           where k.project_id = $1 and k.store_id = any ($2::uuid[]) and k.lexeme = t.lexeme
         ), 0)::bigint as frequency
         from (
           select lexeme from unnest(to_tsvector('english', $3)) order by positions[1] limit ${MAX_TERMS}
         ) t`,
        [projectId, storeIds, question],
      );
      return rows.map((row) => ({ lexeme: row.lexeme, frequency: Number(row.frequency) }));
    },

    /** Chunks that hold any of the terms that tell them apart, those with more and closer ones first. */
    async findByWords(
      projectId: string,
      storeIds: readonly string[],
      terms: readonly Term[],
      filter: AttributeFilter | null,
      limit: number,
    ): Promise<ChunkKey[]> {
      const words = candidateQuery(terms);
      if (words === null) return [];
      const values: unknown[] = [
        projectId,
        storeIds,
        `(${scope(storeIds.length <= MAX_SCOPES ? storeIds : [projectId])}) & (${words})`,
        terms.map(({ lexeme }) => quoted(lexeme)).join(' | '),
      ];
      const condition = filter === null ? 'true' : filterToSql(filter, 'vf.attributes', values);
      const { rows } = await sql.query<{ store_id: string; file_id: string; position: number }>(
        `select c.store_id, c.file_id, c.position from (
           select c.store_id, c.file_id, c.position, c.tsv from chunks c
           join vector_store_files vf on vf.project_id = c.project_id and vf.store_id = c.store_id and vf.file_id = c.file_id
           where c.project_id = $1 and c.store_id = any ($2::uuid[])
             and scoped_words(c.project_id, c.store_id, c.tsv) @@ $3::tsquery
             and vf.status = 'completed' and ${condition}
           limit ${MAX_RANKED}
         ) c
         order by ts_rank(c.tsv, $4::tsquery) desc, c.file_id, c.position limit ${limit}`,
        values,
      );
      return rows.map((row) => ({ storeId: row.store_id, fileId: row.file_id, position: row.position }));
    },

    /** The chunks at these places, with what is needed to rank and to show them. */
    async findChunks(projectId: string, keys: readonly ChunkKey[], terms: readonly Term[]): Promise<FoundChunk[]> {
      if (keys.length === 0) return [];
      const { rows } = await sql.query<FoundRow>(
        `select c.store_id, c.file_id, f.filename, vf.attributes, c.position, c.start_offset, c.end_offset, c.page_start,
           c.page_end, c.tokens, c.text,
           -- The question's terms are marked and the rest dropped first: taking apart hundreds of words takes long.
           (select jsonb_object_agg(t.lexeme, cardinality(t.positions))
            from unnest(ts_filter(setweight(c.tsv, 'A', $5::text[]), '{a}')) t) as occurrences
         from unnest($2::uuid[], $3::uuid[], $4::int[]) as k(store_id, file_id, position)
         join chunks c on c.project_id = $1 and c.store_id = k.store_id and c.file_id = k.file_id and c.position = k.position
         join vector_store_files vf on vf.project_id = $1 and vf.store_id = k.store_id and vf.file_id = k.file_id
         join files f on f.project_id = $1 and f.id = k.file_id
         where vf.status = 'completed' and (f.expires_at is null or f.expires_at > now())`,
        [
          projectId,
          keys.map((key) => key.storeId),
          keys.map((key) => key.fileId),
          keys.map((key) => key.position),
          terms.map((term) => term.lexeme),
        ],
      );
      return rows.map((row) => ({
        storeId: row.store_id,
        fileId: row.file_id,
        filename: row.filename,
        attributes: row.attributes,
        occurrences: row.occurrences ?? {},
        chunk: toChunk(row),
      }));
    },
  };
}
