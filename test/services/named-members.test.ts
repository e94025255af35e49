import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { byNamedMembers } from '../../src/services/named-members.js';
import { bodySchemaOf, CreateResponseBody } from '../../src/services/responses/create-response.schema.js';

const names = Object.keys(CreateResponseBody.shape);
const values = fc.oneof(
  fc.constantFrom(null, undefined, true, 0, 1, 20, -1, 1.5, '', 'auto', 'x', [], {}),
  fc.constant({ type: 'function', name: 'f' }),
  fc.constant([{ role: 'user', content: 'hi' }]),
);
const bodies = fc.dictionary(
  fc.oneof(fc.constantFrom(...names), fc.constantFrom('unknown', '__proto__', 'toString')),
  values,
);

describe('the schema for the members that a body names', () => {
  it('says of every body what the whole schema says', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const narrow = bodySchemaOf(body).safeParse(body, { reportInput: true });
        const whole = CreateResponseBody.safeParse(body, { reportInput: true });
        expect(narrow.success).toBe(whole.success);
        expect(narrow.error?.issues).toEqual(whole.error?.issues);
        if (whole.success) expect(Object.entries(narrow.data ?? {})).toEqual(Object.entries(whole.data));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([null, undefined, 'text', 7, []])('leaves %j to the whole schema', (value) => {
    expect(bodySchemaOf(value).safeParse(value).error?.issues).toEqual(
      CreateResponseBody.safeParse(value).error?.issues,
    );
  });

  it('is found in no time, however long a list or how many members are sent', () => {
    const many = Object.fromEntries(Array.from({ length: 300_000 }, (_, n) => [`m${n}`, 0]));
    const looks = { list: Array.from({ length: 3_000_000 }, () => 0), members: { ...many, model: 'm' } };
    for (const value of Object.values(looks)) {
      let asked = 0;
      const watched = new Proxy(value, {
        has: (target, name) => {
          asked += 1;
          return name in target;
        },
        ownKeys: () => {
          throw new Error('Everything is gone through.');
        },
      });
      bodySchemaOf(watched);
      expect(asked).toBeLessThanOrEqual(2 * names.length);
    }
  });

  it('is made once for the same members, and for so many sets at a time', () => {
    const schema = z.looseObject(
      Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`m${n}`, z.string().nullish()])),
    );
    const schemaOf = byNamedMembers(schema);
    const body = (set: number) =>
      Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (set >> bit) & 1).map((bit) => [`m${bit}`, 'x']));
    const made = Array.from({ length: 64 }, (_, set) => schemaOf(body(set)));
    expect(new Set(made).size).toBe(64);
    expect(Object.keys(made[5]?.shape ?? {})).toEqual(['m0', 'm2']);
    expect(schemaOf({ m2: null, m0: 1, other: 2 })).toBe(made[5]);
    schemaOf(body(255));
    const again = schemaOf(body(5));
    expect(again).not.toBe(made[5]);
    expect(Object.keys(again.shape)).toEqual(['m0', 'm2']);
  });

  it('takes no more members than a number can tell apart', () => {
    const many = z.object(Object.fromEntries(Array.from({ length: 54 }, (_, n) => [`m${n}`, z.string().nullish()])));
    expect(() => byNamedMembers(many)).toThrow('too many members');
  });
});
