import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { withTypes } from '../../../src/persistence/database.js';
import { createVectorIndex } from '../../../src/persistence/vector-index/index.js';
import { preparePgvector } from '../../../src/persistence/vector-index/pgvector-schema.js';
import { createTestDatabase } from '../../support/postgres.js';
import { startPglite, startPgvector } from './support/backends.js';
import { createRows, type PlacedWindow, unit } from './support/rows.js';

/** The same numbers every time, spread over [-1, 1). */
function* numbers(seed: number): Generator<number, number> {
  let state = seed;
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 30 - 1;
  }
}

const DIMENSIONS = 16;
const randomWindows = (count: number, seed: number): PlacedWindow[] => {
  const next = numbers(seed);
  return Array.from({ length: count }, (_window, n) => ({
    vector: Array.from({ length: DIMENSIONS }, () => next.next().value),
    chunkFirst: n,
    chunkLast: n,
  }));
};

describe('pgvector: the HNSW index', () => {
  let backend: Awaited<ReturnType<typeof startPgvector>>;
  beforeAll(async () => {
    backend = await startPgvector({ exactBelow: 0 });
  });
  afterAll(() => backend?.close());

  it('finds what there is although most of the index belongs to others', async () => {
    const rows = createRows(backend.sql);
    const [mine, foreign] = [await rows.project(), await rows.project()];
    const [store, other] = [await rows.store(mine), await rows.store(foreign)];
    const windows = randomWindows(60, 1);
    const file = await rows.file(mine, store, windows);
    await rows.file(foreign, other, randomWindows(960, 2));
    await backend.index.refresh(foreign, other);
    const query = unit(randomWindows(1, 3)[0]?.vector ?? []);
    const byHand = windows
      .map(({ vector }, position) => ({
        position,
        similarity: unit(vector).reduce((sum, value, at) => sum + value * (query[at] as number), 0),
      }))
      .sort((a, b) => b.similarity - a.similarity);

    const find = (allowed: ReadonlySet<string> | null) =>
      rows
        .indexed(mine, store)
        .then((indexed) =>
          backend.index.search({ projectId: mine, stores: [indexed], vector: query, limit: 5, allowed, wanted: [] }),
        );
    expect((await find(null)).map(({ position }) => position)).toEqual(
      byHand.slice(0, 5).map(({ position }) => position),
    );
    expect(await find(new Set([`${store} ${file}`]))).toHaveLength(5);
    expect(await find(new Set([`${store} ${other}`]))).toEqual([]);

    // By the index alone: default scans would have stopped at the first 40 windows, nearly all of them foreign.
    const { rows: found } = await backend.sql.query({
      text: 'select project_id from nearest_windows($1, $2::uuid[], $3::halfvec, null, 20)',
      values: [mine, [store], `[${query.join(',')}]`],
    });
    expect(found.map((row) => row.project_id)).toEqual(new Array(20).fill(mine));
  });

  it('is what such a search reads', async () => {
    await backend.sql.query('set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off');
    const { rows: plan } = await backend.sql.query({
      text: `explain select * from window_vectors where project_id = $1 and vector_dims(embedding) = 16
        order by (embedding::halfvec(16)) <#> $2::halfvec(16) limit 5`,
      values: ['00000000-0000-4000-8000-000000000000', `[${new Array(16).fill(1).join(',')}]`],
    });
    await backend.sql.query('reset enable_seqscan; reset enable_bitmapscan; reset enable_sort');
    expect(JSON.stringify(plan)).toContain('Index Scan using window_vectors_16');
  });

  it('leaves a search to the exact index while many windows are still to be copied', async () => {
    const rows = createRows(backend.sql);
    const project = await rows.project();
    const store = await rows.store(project);
    const file = await rows.file(project, store, randomWindows(64 * 17, 4));
    const search = async () =>
      backend.index.search({
        projectId: project,
        stores: [await rows.indexed(project, store)],
        vector: unit(randomWindows(1, 5)[0]?.vector ?? []),
        limit: 3,
        allowed: null,
        wanted: [],
      });
    expect(await search()).toEqual([]);
    expect(backend.fallbacks).toBe(1);
    await backend.index.refresh(project, store);
    expect((await search()).map(({ fileId }) => fileId)).toEqual([file, file, file]);
    expect(backend.fallbacks).toBe(1);
  });
});

describe('pgvector: whether it is used', () => {
  const logged: string[] = [];
  const logger = {
    info: (_fields: object, message: string) => void logged.push(message),
    warn: (_fields: object, message: string) => void logged.push(message),
  };
  const shared = { databaseUrl: 'postgresql://nowhere.invalid/none', cacheBytes: 1e6, logger };

  it('is by itself where the database has it, any number of times', async () => {
    const { sql, close } = await startPglite();
    for (let start = 0; start < 2; start += 1) {
      const index = await createVectorIndex({ kind: 'auto', sql, ...shared });
      await index.close();
    }
    expect(logged.splice(0)).toEqual(['vectors are compared by pgvector', 'vectors are compared by pgvector']);
    await preparePgvector(sql);
    const exact = await createVectorIndex({ kind: 'exact', sql, ...shared });
    await exact.close();
    expect(logged).toEqual([]);
    await close();
  });

  it('is refused where it is demanded and the database has none', async () => {
    const database = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: database.url });
    pool.on('error', () => undefined);
    const sql = withTypes(pool);
    await expect(createVectorIndex({ kind: 'pgvector', sql, ...shared })).rejects.toThrow(/no extension "vector"/);
    const index = await createVectorIndex({ kind: 'auto', sql, ...shared });
    await index.close();
    expect(logged).toEqual([]);
    await pool.end();
    await database.drop();
  });
});
