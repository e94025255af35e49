import type { Queryable } from '../database.js';
import { createExactIndex } from './exact-index.js';
import { createPgvectorIndex } from './pgvector-index.js';
import { findPgvector, preparePgvector } from './pgvector-schema.js';
import type { VectorIndex } from './vector-index.js';

/** `auto`: pgvector where the database has it, else exact. */
export type VectorIndexKind = 'auto' | 'exact' | 'pgvector';

export interface VectorIndexOptions {
  kind: VectorIndexKind;
  sql: Queryable;
  databaseUrl: string;
  /** Memory of the exact index, in bytes. */
  cacheBytes: number;
  logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** The index that the settings and the database allow. @throws Error when pgvector is demanded and is not there */
export async function createVectorIndex(options: VectorIndexOptions): Promise<VectorIndex> {
  const { kind, sql, logger } = options;
  const exact = createExactIndex({ databaseUrl: options.databaseUrl, cacheBytes: options.cacheBytes });
  if (kind === 'exact') return exact;
  const version = await findPgvector(sql);
  if (version === null) {
    if (kind === 'auto') return exact;
    throw new Error(
      'knowledge.vector_index is pgvector, but the database has no extension "vector" of version 0.8 or newer.',
    );
  }
  try {
    await preparePgvector(sql);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    if (kind === 'pgvector') throw new Error(`pgvector cannot be used: ${reason}`, { cause: error });
    logger.warn({ reason }, 'pgvector is there, but cannot be used; vectors are compared in this process');
    return exact;
  }
  logger.info({ version }, 'vectors are compared by pgvector');
  return createPgvectorIndex({
    sql,
    exact,
    onError: (err) => logger.warn({ err }, 'vectors were not copied for pgvector'),
  });
}
