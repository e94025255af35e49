import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keyset, type Page, type PageRequest, toPage } from '../../src/domain/page.js';

/** What the SQL pieces mean, on an array. */
function read(keys: readonly number[], page: PageRequest<number>): Page<number> {
  const { where, orderBy, values } = keyset(page, 'k', 1);
  const conditions = [...where.matchAll(/k ([<>]) \$(\d)/g)].map(([, sign, place]) => ({
    sign,
    bound: values[Number(place) - 1] as number,
  }));
  const rows = keys
    .filter((key) => conditions.every(({ sign, bound }) => (sign === '<' ? key < bound : key > bound)))
    .sort((a, b) => (orderBy.includes('asc') ? a - b : b - a));
  return toPage(page, rows.slice(0, page.limit + 1));
}

describe('keyset pages', () => {
  const keys = fc.uniqueArray(fc.nat(500), { maxLength: 60 });
  const limit = fc.integer({ min: 1, max: 20 });
  const order = fc.constantFrom('asc' as const, 'desc' as const);

  it('read forwards give every row once, in order', () => {
    fc.assert(
      fc.property(keys, limit, order, (all, size, direction) => {
        const seen: number[] = [];
        for (let after: number | null = null, more = true; more; ) {
          const page: Page<number> = read(all, { limit: size, order: direction, after, before: null, fromEnd: false });
          seen.push(...page.rows);
          more = page.hasNext;
          after = page.rows.at(-1) ?? null;
        }
        expect(seen).toEqual([...all].sort((a, b) => (direction === 'asc' ? a - b : b - a)));
      }),
    );
  });

  it('read backwards give the same rows in the same order', () => {
    fc.assert(
      fc.property(keys, limit, order, (all, size, direction) => {
        let seen: number[] = [];
        for (let before: number | null = null, more = true; more; ) {
          const page: Page<number> = read(all, { limit: size, order: direction, after: null, before, fromEnd: true });
          seen = [...page.rows, ...seen];
          more = page.hasPrevious;
          before = page.rows[0] ?? null;
        }
        expect(seen).toEqual([...all].sort((a, b) => (direction === 'asc' ? a - b : b - a)));
      }),
    );
  });
});
