import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { VectorHit } from '../../../src/persistence/vector-index/vector-index.js';
import { type Backend, startExact, startPgvector } from './support/backends.js';
import { createRows, type PlacedWindow, unit } from './support/rows.js';

const backends: Record<string, () => Promise<Backend>> = {
  exact: () => startExact({ cacheBytes: 1e8 }),
  'exact, with room for little': () => startExact({ cacheBytes: 1500 }),
  'exact, without memory': () => startExact({ cacheBytes: 0 }),
  'pgvector, one by one': () => startPgvector({ exactBelow: 1e9 }),
  'pgvector, by HNSW': () => startPgvector({ exactBelow: 0 }),
};

/** What rounding to halves or bytes may change. */
const NEARLY = 2;

describe.each(Object.entries(backends))('vector index: %s', (_name, start) => {
  let backend: Backend;
  let rows: ReturnType<typeof createRows>;
  beforeAll(async () => {
    backend = await start();
    rows = createRows(backend.sql);
  });
  afterAll(() => backend?.close());

  const search = async (
    projectId: string,
    storeIds: readonly string[],
    vector: readonly number[],
    more: { limit?: number; allowed?: string[]; wanted?: { storeId: string; fileId: string; position: number }[] } = {},
  ): Promise<VectorHit[]> => {
    const stores = [];
    for (const id of storeIds) stores.push(await rows.indexed(projectId, id));
    return backend.index.search({
      projectId,
      stores,
      vector: unit(vector),
      limit: more.limit ?? 10,
      allowed: more.allowed === undefined ? null : new Set(more.allowed),
      wanted: more.wanted ?? [],
    });
  };
  const at = (chunk: number, ...vector: number[]): PlacedWindow => ({ vector, chunkFirst: chunk, chunkLast: chunk });

  it('finds the nearest chunks first, with the window that made them near', async () => {
    const project = await rows.project();
    const store = await rows.store(project);
    const file = await rows.file(project, store, [at(0, 1, 0, 0), at(0, 1, 1, 0), at(1, 0, 1, 0), at(2, 0, 0, 1)]);
    const hits = await search(project, [store], [1, 0.9, 0]);
    expect(hits.map(({ position }) => position)).toEqual([0, 1, 2]);
    expect(hits[0]).toMatchObject({ storeId: store, fileId: file, start: 10, end: 20 });
    expect(hits[0]?.similarity).toBeCloseTo(1.9 / Math.hypot(1, 0.9) / Math.SQRT2, NEARLY);
    expect(hits[2]?.similarity).toBeCloseTo(0, NEARLY);
    expect(await search(project, [store], [1, 0.9, 0], { limit: 1 })).toHaveLength(1);
  });

  it('gives a window that lies in several chunks to each of them', async () => {
    const project = await rows.project();
    const store = await rows.store(project);
    await rows.file(project, store, [{ vector: [1, 0], chunkFirst: 3, chunkLast: 5 }, at(5, 0, 1)]);
    const hits = await search(project, [store], [1, 0]);
    expect(hits.map(({ position }) => position).sort()).toEqual([3, 4, 5]);
    expect(hits.every(({ similarity }) => similarity > 0.99)).toBe(true);
  });

  it('answers as many chunks as are wanted though many near windows are of one chunk', async () => {
    const project = await rows.project();
    const store = await rows.store(project);
    const crowd = Array.from({ length: 100 }, (_, n) => at(0, 1, n / 1000, 0));
    await rows.file(project, store, [...crowd, at(1, 0, 1, 0), at(2, 0, 0, 1)]);
    expect((await search(project, [store], [1, 0, 0], { limit: 3 })).map(({ position }) => position)).toHaveLength(3);
  });

  it('never finds what belongs to another project, be the ids the same', async () => {
    const [mine, foreign] = [await rows.project(), await rows.project()];
    const store = await rows.store(mine);
    await rows.store(foreign, store);
    const file = await rows.file(mine, store, [at(0, 0, 1)]);
    await rows.file(foreign, store, [at(0, 1, 0), at(7, 1, 0)], { id: file });
    expect(
      (await search(mine, [store], [1, 0])).map(({ position, similarity }) => [position, Math.round(similarity)]),
    ).toEqual([[0, 0]]);
    const wanted = [{ storeId: store, fileId: file, position: 7 }];
    expect(await search(mine, [store], [1, 0], { wanted })).toHaveLength(1);
  });

  it('searches several stores as one, and only those', async () => {
    const project = await rows.project();
    const [a, b, other] = [await rows.store(project), await rows.store(project), await rows.store(project)];
    await rows.file(project, a, [at(0, 1, 0.2)]);
    await rows.file(project, b, [at(0, 1, 0.1)]);
    const elsewhere = await rows.file(project, other, [at(0, 1, 0)]);
    const wanted = [{ storeId: other, fileId: elsewhere, position: 0 }];
    expect((await search(project, [a, b], [1, 0], { wanted })).map(({ storeId }) => storeId)).toEqual([b, a]);
    expect(await search(project, [], [1, 0])).toEqual([]);
  });

  it('keeps to the files that a filter lets through, in each store its own', async () => {
    const project = await rows.project();
    const [a, b] = [await rows.store(project), await rows.store(project)];
    const file = await rows.file(project, a, [at(0, 1, 0)]);
    await rows.file(project, b, [at(0, 1, 0)], { id: file });
    const far = await rows.file(project, b, [at(0, 0, 1)]);
    const hits = await search(project, [a, b], [1, 0], { allowed: [`${a} ${file}`, `${b} ${far}`] });
    expect(hits.map(({ storeId, fileId }) => [storeId, fileId])).toEqual([
      [a, file],
      [b, far],
    ]);
    const wanted = [{ storeId: b, fileId: file, position: 0 }];
    expect(await search(project, [a, b], [1, 0], { allowed: [`${a} ${file}`], wanted })).toHaveLength(1);
  });

  it('says how near the wanted chunks are, behind the nearest', async () => {
    const project = await rows.project();
    const store = await rows.store(project);
    const file = await rows.file(project, store, [at(0, 1, 0), at(1, 1, 0.1), at(2, -1, 0), at(2, 0, 1), at(3, 1, 1)]);
    const wanted = [2, 0, 99].map((position) => ({ storeId: store, fileId: file, position }));
    const hits = await search(project, [store], [1, 0], { limit: 2, wanted });
    expect(hits.map(({ position }) => position)).toEqual([0, 1, 2]);
    expect(hits[2]).toMatchObject({ start: 30 });
    expect(hits[2]?.similarity).toBeCloseTo(0, NEARLY);
  });

  it('keeps in step with the store', async () => {
    const project = await rows.project();
    const store = await rows.store(project);
    const found = async () => (await search(project, [store], [1, 0])).map(({ fileId }) => fileId);
    expect(await found()).toEqual([]);
    const first = await rows.file(project, store, [at(0, 1, 0)]);
    expect(await found()).toEqual([first]);
    const second = await rows.file(project, store, [at(0, 1, 0.5)], { status: 'in_progress' });
    expect(await found()).toEqual([first]);
    await rows.complete(project, store, second);
    expect(await found()).toEqual([first, second]);
    await rows.detach(project, store, first);
    expect(await found()).toEqual([second]);
  });

  it('takes up files in step when it is told of them', async () => {
    const project = await rows.project();
    const store = await rows.store(project);
    const file = await rows.file(project, store, [at(0, 1, 0)]);
    await backend.index.refresh(project, store);
    expect((await search(project, [store], [1, 0])).map(({ fileId }) => fileId)).toEqual([file]);
  });

  it('holds vectors of several lengths', async () => {
    const project = await rows.project();
    const [short, long] = [await rows.store(project), await rows.store(project)];
    await rows.file(project, short, [at(0, 1, 0)]);
    await rows.file(project, long, [at(0, ...new Array<number>(1536).fill(1))]);
    expect(await search(project, [short], [1, 0])).toHaveLength(1);
    const [hit] = await search(project, [long], new Array<number>(1536).fill(1));
    expect(hit?.similarity).toBeCloseTo(1, NEARLY);
  });

  it('reads blocks of earlier versions, which have no bytes, beside others', async () => {
    const project = await rows.project();
    const store = await rows.store(project);
    const old = await rows.file(project, store, [at(0, 1, 0.1, 0)], { isQuantized: false });
    const young = await rows.file(project, store, [at(0, 1, 0, 0)]);
    const hits = await search(project, [store], [1, 0, 0]);
    expect(hits.map(({ fileId }) => fileId)).toEqual([young, old]);
    expect(hits[1]?.similarity).toBeCloseTo(1 / Math.hypot(1, 0.1), NEARLY);
  });

  it('agrees with a comparison of everything with everything', async () => {
    const component = fc.integer({ min: -9, max: 9 });
    const window = fc.record({
      vector: fc
        .array(component, { minLength: 4, maxLength: 4 })
        .filter((vector) => vector.some((value) => value !== 0)),
      chunkFirst: fc.nat(20),
      span: fc.nat(2),
    });
    const files = fc.array(fc.array(window, { minLength: 1, maxLength: 80 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(files, fc.array(component, { minLength: 4, maxLength: 4 }), async (made, asked) => {
        const query = asked.some((value) => value !== 0) ? asked : [1, 0, 0, 0];
        const project = await rows.project();
        const store = await rows.store(project);
        const expected = new Map<string, number>();
        for (const windows of made) {
          const placed = windows.map(({ vector, chunkFirst, span }) => ({
            vector,
            chunkFirst,
            chunkLast: chunkFirst + span,
          }));
          const file = await rows.file(project, store, placed);
          for (const { vector, chunkFirst, chunkLast } of placed) {
            const a = unit(vector);
            const similarity = unit(query).reduce((sum, value, index) => sum + value * (a[index] as number), 0);
            for (let position = chunkFirst; position <= chunkLast; position += 1) {
              const key = `${file} ${position}`;
              expected.set(key, Math.max(expected.get(key) ?? -1, similarity));
            }
          }
        }
        const best = [...expected.values()].sort((a, b) => b - a).slice(0, 10);
        const hits = await search(project, [store], query, { limit: 10 });
        expect(hits).toHaveLength(best.length);
        for (const [rank, hit] of hits.entries()) {
          expect(hit.similarity).toBeCloseTo(best[rank] as number, 2);
          expect(hit.similarity).toBeCloseTo(expected.get(`${hit.fileId} ${hit.position}`) as number, 2);
        }
      }),
      { numRuns: 15 },
    );
  });
});
