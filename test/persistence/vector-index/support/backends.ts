import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import pg from 'pg';
import { type Queryable, withTypes } from '../../../../src/persistence/database.js';
import { migrations } from '../../../../src/persistence/migrations/index.js';
import { createExactIndex } from '../../../../src/persistence/vector-index/exact-index.js';
import { createPgvectorIndex } from '../../../../src/persistence/vector-index/pgvector-index.js';
import { preparePgvector } from '../../../../src/persistence/vector-index/pgvector-schema.js';
import type { VectorIndex } from '../../../../src/persistence/vector-index/vector-index.js';
import { createTestDatabase } from '../../../support/postgres.js';

/** A backend with a migrated database of its own. */
export interface Backend {
  sql: Queryable;
  index: VectorIndex;
  close(): Promise<void>;
}

/** The exact index on the tests' PostgreSQL. */
export async function startExact(options: { cacheBytes: number }): Promise<Backend> {
  const database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  // Dropping the database may end a connection before the pool has.
  pool.on('error', () => undefined);
  const index = createExactIndex({ databaseUrl: database.url, ...options });
  return {
    sql: withTypes(pool),
    index,
    async close() {
      await index.close();
      await pool.end();
      await database.drop();
    },
  };
}

export interface PgliteDatabase {
  sql: Queryable;
  close(): Promise<void>;
}

/** PostgreSQL with pgvector inside this process, with the product's schema. */
export async function startPglite(): Promise<PgliteDatabase> {
  const database = await PGlite.create({ extensions: { vector } });
  const options = { parsers: { 20: BigInt } };
  const query = async (statement: string | pg.QueryConfig, given?: unknown[]) => {
    const { text, values = given ?? [] } = typeof statement === 'string' ? { text: statement } : statement;
    // Several statements at once are possible without values only, as with `pg`.
    const result =
      values.length === 0 ? (await database.exec(text, options)).at(-1) : await database.query(text, values, options);
    return { rows: result?.rows ?? [], rowCount: result?.affectedRows ?? 0 };
  };
  for (const Migration of migrations) {
    const migration = new Migration(undefined as never, undefined as never);
    migration.up();
    for (const statement of migration.getQueries()) await database.exec(String(statement));
  }
  return { sql: { query } as unknown as Queryable, close: () => database.close() };
}

/** The pgvector index, with what an exact index would be asked for instead noted and refused. */
export async function startPgvector(options: { exactBelow: number }): Promise<Backend & { fallbacks: number }> {
  const database = await startPglite();
  await preparePgvector(database.sql);
  const exact: VectorIndex = {
    async search() {
      backend.fallbacks += 1;
      return [];
    },
    refresh: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const index = createPgvectorIndex({
    sql: database.sql,
    exact,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  const backend = {
    sql: database.sql,
    index,
    fallbacks: 0,
    async close() {
      await index.close();
      await database.close();
    },
  };
  return backend;
}
