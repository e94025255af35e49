import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMemory } from '../../src/rest/socket/memory.js';

describe('what a connection remembers', () => {
  it('is the newest response of each lane, within its bounds, and never one that was forgotten', () => {
    const step = fc.oneof(
      fc.record({ lane: fc.constantFrom('a', 'b', 'c', 'd'), bytes: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ lane: fc.constantFrom('a', 'b', 'c', 'd'), stored: fc.constant(true) }),
      fc.record({ forget: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const memory = createMemory({ lanes: 3, bytes: 100 });
        const newest = new Map<string, { id: string; bytes: number }>();
        for (const [index, one] of steps.entries()) {
          if ('forget' in one) {
            memory.forget(String(one.forget));
            for (const [lane, { id }] of newest) if (id === String(one.forget)) newest.delete(lane);
          } else if ('stored' in one) {
            memory.keep(one.lane, null);
            newest.delete(one.lane);
          } else {
            memory.keep(one.lane, { id: String(index), items: [], bytes: one.bytes });
            newest.delete(one.lane);
            newest.set(one.lane, { id: String(index), bytes: one.bytes });
          }
          const known = steps.flatMap((_step, id) => memory.find(String(id)) ?? []);
          expect(known.length).toBeLessThanOrEqual(3);
          expect(known.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(100);
          const ids = [...newest.values()].map(({ id }) => id);
          expect(ids).toEqual(expect.arrayContaining(known.map(({ id }) => id)));
          if ('bytes' in one) expect(memory.find(String(index))).toBeDefined();
        }
      }),
    );
  });
});
