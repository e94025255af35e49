import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTimeScalar } from '../../src/graphql/scalars.js';

describe('DateTime', () => {
  it('prints any moment as ECMAScript does, whatever was printed before', () => {
    fc.assert(
      fc.property(fc.array(fc.date({ noInvalidDate: true }), { minLength: 1 }), (moments) => {
        for (const moment of moments) expect(DateTimeScalar.serialize(moment)).toBe(moment.toISOString());
      }),
      { examples: [[[new Date(-1), new Date(0), new Date('9999-12-31T23:59:59.999Z')]]] },
    );
  });

  it('refuses what is no moment', () => {
    expect(() => DateTimeScalar.serialize(new Date(Number.NaN))).toThrow();
  });
});
