import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packQuantized, quantize, unpackQuantized } from '../../../src/persistence/vector-index/quantized.js';
import { createVectorArena } from '../../../src/persistence/vector-index/vector-arena.js';

const unitOf = (values: readonly number[]): number[] => {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
};
const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);

/** Vectors of one length, and a query, all made from a few numbers: drawing each component takes minutes. */
const cases = fc
  .record({
    dimensions: fc.integer({ min: 1, max: 600 }),
    count: fc.integer({ min: 1, max: 70 }),
    seed: fc.nat(10_000),
  })
  .map(({ dimensions, count, seed }) => {
    const make = (n: number) =>
      unitOf(
        Array.from(
          { length: dimensions },
          (_value, index) => Math.sin((seed + 1) * (n + 1.3) * (index + 1)) ** 3 + 1e-3,
        ),
      );
    return { vectors: Array.from({ length: count }, (_vector, n) => make(n)), query: make(-7) };
  });

describe('vector arena', () => {
  it('tells cosines as a loop over floats does, of vectors that are kept and that are not', () => {
    const arena = createVectorArena(1 << 20);
    fc.assert(
      fc.property(cases, ({ vectors, query }) => {
        const made = quantize(Float32Array.from(vectors.flat()), query.length);
        const stored = Buffer.concat([Buffer.alloc(1), packQuantized(made)]).subarray(1);
        const flat = unpackQuantized(stored, vectors.length);
        expect(flat).toEqual(made);
        const kept = arena.keep(flat);
        if (kept === null) throw new Error('There is room.');
        arena.setQuery(Float32Array.from(query));
        const similarities = [...(arena.similarities(kept) ?? [])];
        expect([...(arena.similaritiesOf(flat) ?? [])]).toEqual(similarities);
        for (const [index, vector] of vectors.entries())
          expect(Math.abs((similarities[index] as number) - cosine(vector, query))).toBeLessThan(0.02);
        arena.forget(kept);
      }),
      { numRuns: 60 },
    );
  });

  it('is exact to one per mille at the length of embeddings', () => {
    const arena = createVectorArena(1 << 20);
    const wave = (phase: number) => unitOf(Array.from({ length: 512 }, (_value, index) => Math.sin(index * phase)));
    const vectors = Array.from({ length: 200 }, (_vector, n) => wave(n + 0.7));
    const query = wave(3.71);
    const kept = arena.keep(quantize(Float32Array.from(vectors.flat()), 512));
    arena.setQuery(Float32Array.from(query));
    const similarities = kept === null ? null : arena.similarities(kept);
    for (const [index, vector] of vectors.entries())
      expect(Math.abs((similarities?.[index] as number) - cosine(vector, query))).toBeLessThan(0.001);
  });

  it('does not overflow where all of a vector points one way', () => {
    const arena = createVectorArena(1 << 20);
    const ones = new Float32Array(4096).fill(1 / 64);
    const kept = arena.keep(quantize(ones, 4096));
    arena.setQuery(ones);
    expect(kept === null ? null : arena.similarities(kept)?.[0]).toBeCloseTo(1, 3);
  });

  it('keeps what it holds while it grows, takes places up again, and says when it is full', () => {
    const arena = createVectorArena(40 << 20);
    const axis = (at: number) => Float32Array.from({ length: 512 }, (_value, index) => (index === at ? 1 : 0));
    const block = (at: number) =>
      quantize(
        Float32Array.from({ length: 64 * 512 }, (_value, index) => (index % 512 === at ? 1 : 0)),
        512,
      );
    const first = block(0);
    const kept = [];
    for (let at = 0; at < 5000; at += 1) {
      const made = arena.keep(at < 512 ? block(at) : first);
      if (made === null) break;
      kept.push(made);
    }
    expect(kept.length).toBeGreaterThanOrEqual((40 << 20) / (64 * 512));
    expect(kept.length).toBeLessThan(1400);
    for (const at of [0, 1, 300, 511]) {
      arena.setQuery(axis(at));
      const [one, other] = [kept[at], kept[at + 1]];
      if (one === undefined || other === undefined) throw new Error('Both are kept.');
      expect(arena.similarities(one)?.[63]).toBeCloseTo(1, 3);
      expect(arena.similarities(other)?.[0]).toBe(0);
    }
    const freed = kept[7];
    if (freed === undefined) throw new Error('It is kept.');
    arena.forget(freed);
    expect(arena.keep(block(7))?.at).toBe(freed.at);
    expect(arena.keep(block(7))).toBeNull();
  });

  it('compares nothing with vectors of another length', () => {
    const arena = createVectorArena(1 << 20);
    const kept = arena.keep(quantize(new Float32Array(64).fill(0.125), 64));
    arena.setQuery(new Float32Array(512).fill(0.04));
    expect(kept === null ? undefined : arena.similarities(kept)).toBeNull();
    expect(arena.similaritiesOf(quantize(new Float32Array(64), 64))).toBeNull();
  });
});
