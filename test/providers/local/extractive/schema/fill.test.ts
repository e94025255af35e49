import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { fillSchema } from '../../../../../src/providers/local/extractive/schema/fill.js';
import { UnusableSchema } from '../../../../../src/providers/local/extractive/schema/unusable.js';

const object = (properties: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...rest,
});

describe('what a text gives', () => {
  it.each<[string, unknown, string, unknown]>([
    ['a labelled string', { type: 'string' }, 'key: blue', 'blue'],
    ['a labelled string in quotes', { type: 'string' }, 'key = "a, b"', 'a, b'],
    ['a sentence about the key', { type: 'string' }, 'The key is under the mat.', 'under the mat'],
    ['the first quoted string', { type: 'string' }, 'Take "this one" now', 'this one'],
    ['the text itself', { type: 'string' }, 'hello', 'hello'],
    ['a number', { type: 'number' }, 'It weighs 2.5 kilos', 2.5],
    ['a labelled number', { type: 'integer' }, '7 of them, key 3, key: 12', 12],
    ['a negative number', { type: 'integer' }, 'minus is -4 here', -4],
    ['nothing for a number', { type: 'integer' }, 'none', 0],
    ['a number within bounds', { type: 'integer', minimum: 10, maximum: 20 }, '99', 20],
    ['a number on a grid', { type: 'number', multipleOf: 0.5 }, '1.3', 1.5],
    ['a number on a grid within bounds', { type: 'integer', multipleOf: 7, minimum: 1, maximum: 12 }, '12', 7],
    ['true', { type: 'boolean' }, 'key: yes', true],
    ['a thing mentioned', { type: 'boolean' }, 'make it key please', true],
    ['a thing denied', { type: 'boolean' }, 'it is not key', false],
    ['a thing not mentioned', { type: 'boolean' }, 'other', false],
    ['an enum value it mentions', { enum: ['red', 'dark_blue'] }, 'I like Dark Blue.', 'dark_blue'],
    ['the first enum value', { enum: ['red', 'blue'] }, 'none', 'red'],
    ['a constant', { const: 7 }, 'none', 7],
    ['a default', { type: 'string', default: 'x' }, 'none', 'x'],
    ['null where nothing is said', { type: ['string', 'null'] }, 'none', null],
    ['null by anyOf', { anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'none', null],
    ['the branch that is said', { anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'key: 5', 5],
    ['an email', { type: 'string', format: 'email' }, 'write to ann@example.org.', 'ann@example.org'],
    ['a date', { type: 'string', format: 'date' }, 'on 2024-02-29', '2024-02-29'],
    ['no date that is none', { type: 'string', format: 'date' }, 'on 2023-02-29', '1970-01-01'],
    ['a link', { type: 'string', format: 'uri' }, 'see https://example.com/a?b=1.', 'https://example.com/a?b=1'],
    ['a list of strings', { type: 'array', items: { type: 'string' } }, 'key: a, b and c', ['a', 'b', 'c']],
    ['a list of numbers', { type: 'array', items: { type: 'integer' } }, '3 then 5 then 8', [3, 5, 8]],
    ['an empty list', { type: 'array', items: { type: 'string' } }, 'none', []],
    [
      'a list of at least two',
      { type: 'array', items: { type: 'integer' }, minItems: 2, uniqueItems: true },
      'x',
      [0, 1],
    ],
    [
      'a fixed list',
      { type: 'array', prefixItems: [{ type: 'integer' }, { type: 'boolean' }], items: false },
      '4',
      [4, false],
    ],
    ['a string of a pattern', { type: 'string', pattern: '^[A-Z]{3}-\\d{2}$' }, 'none', 'AAA-00'],
    ['the text for a pattern', { type: 'string', pattern: '^[A-Z]{3}-\\d{2}$' }, 'key: ABC-12', 'ABC-12'],
    ['a length', { type: 'string', minLength: 4, maxLength: 5 }, 'key: abcdefgh', 'abcde'],
    ['a member of JSON', { type: 'array', items: { type: 'string' } }, 'Use {"key": ["x", "y"]}', ['x', 'y']],
  ])('takes %s', (_, schema, text, expected) => {
    expect(fillSchema(object({ key: schema }), text)).toEqual({ key: expected });
  });

  it('gives each number to one property, in their order', () => {
    const numbers = object({ width: { type: 'integer' }, height: { type: 'integer' } });
    expect(fillSchema(numbers, 'A box of 30 by 40')).toEqual({ width: 30, height: 40 });
  });
  it('keeps the numbers for the properties that are required', () => {
    const schema = object(
      { weight: { type: 'number' }, label: { type: 'string' }, height: { type: 'number' } },
      { required: ['height'] },
    );
    expect(fillSchema(schema, 'A tower of 30 metres')).toEqual({ height: 30 });
  });
  it('leaves optional properties out unless the text names them', () => {
    const schema = object(
      { days: { type: 'integer' }, note: { type: 'string' }, city: { type: 'string' } },
      { required: ['city'] },
    );
    expect(fillSchema(schema, 'Forecast in Oslo for 3 days')).toEqual({ days: 3, city: 'Oslo' });
    expect(fillSchema(schema, 'Forecast in Oslo')).toEqual({ city: 'Oslo' });
  });
  it('follows references, merges allOf and stops at definitions that use themselves', () => {
    const schema = {
      $ref: '#/$defs/node',
      $defs: {
        named: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
        node: {
          allOf: [{ $ref: '#/$defs/named' }],
          properties: {
            children: { type: 'array', items: { $ref: '#/$defs/node' } },
            next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
          },
          required: ['children', 'next'],
        },
      },
    };
    expect(fillSchema(schema, 'name: root')).toEqual({ name: 'root', children: [], next: null });
  });
  it('makes a member called __proto__ and changes no prototype', () => {
    const filled = fillSchema(
      JSON.parse('{"type":"object","required":["__proto__"],"properties":{"__proto__":{"type":"integer"}}}'),
      '5',
    );
    expect(JSON.stringify(filled)).toBe('{"__proto__":5}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('schemas that cannot be filled', () => {
  const bomb = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [
      `d${i}`,
      object({ a: { $ref: `#/$defs/d${i + 1}` }, b: { $ref: `#/$defs/d${i + 1}` } }),
    ]),
  );
  it.each<[string, Record<string, unknown>, string]>([
    ['one that needs itself', { $ref: '#/$defs/a', $defs: { a: object({ a: { $ref: '#/$defs/a' } }) } }, ''],
    ['a reference in a circle', { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }, ''],
    ['a reference to nowhere', object({ a: { $ref: '#/$defs/none' } }), ''],
    ['a reference outside', object({ a: { $ref: 'https://example.com/schema' } }), ''],
    ['definitions that multiply', { $ref: '#/$defs/d0', $defs: { ...bomb, d20: { type: 'string' } } }, ''],
    ['bounds that leave nothing', object({ a: { type: 'integer', minimum: 3, maximum: 2 } }), ''],
    [
      'too many different values',
      object({ a: { type: 'array', items: { type: 'boolean' }, minItems: 3, uniqueItems: true } }),
      '',
    ],
    ['a list without end', object({ a: { type: 'array', items: { type: 'integer' }, minItems: 1e9 } }), ''],
    ['an invalid pattern', object({ a: { type: 'string', pattern: '(' } }), 'x'],
    ['a pattern that takes for ever', object({ a: { type: 'string', pattern: '^(a+)+$' } }), `${'a'.repeat(60)}!`],
    ['a contradiction', object({ a: { type: 'string', not: { type: 'string' } } }), ''],
  ])('refuses %s', (_, schema, text) => {
    const startedAt = Date.now();
    expect(() => fillSchema(schema, text)).toThrow(UnusableSchema);
    expect(Date.now() - startedAt).toBeLessThan(20_000);
  });
});

/** Schemas as people write them, nested up to three levels. */
const schemas = fc.letrec((tie) => ({
  schema: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('object'), tie('array'), tie('either')),
  leaf: fc.oneof(
    fc.record({
      type: fc.constant('string'),
      maxLength: fc.integer({ min: 3, max: 20 }),
      minLength: fc.integer({ min: 0, max: 3 }),
    }),
    fc.record({ type: fc.constant('string'), format: fc.constantFrom('date', 'date-time', 'email', 'uuid', 'ipv4') }),
    fc.record({
      type: fc.constant('integer'),
      minimum: fc.integer({ min: -50, max: 0 }),
      maximum: fc.integer({ min: 1, max: 50 }),
    }),
    fc.record({ type: fc.constant('number'), exclusiveMinimum: fc.integer({ min: -9, max: 9 }) }),
    fc.record({ type: fc.constant('integer'), multipleOf: fc.integer({ min: 2, max: 7 }) }),
    fc.constant({ type: 'boolean' }),
    fc.constant({ type: 'null' }),
    fc.record({ enum: fc.uniqueArray(fc.constantFrom('red', 'green', 'blue', 'dark_grey'), { minLength: 1 }) }),
    fc.record({ const: fc.constantFrom('fixed', 5, true) }),
  ),
  object: fc
    .record({
      properties: fc.dictionary(fc.constantFrom('name', 'city', 'age', 'userId', 'is_open', 'tags'), tie('schema'), {
        maxKeys: 4,
      }),
      isStrict: fc.boolean(),
    })
    .map(({ properties, isStrict }) =>
      object(properties, isStrict ? {} : { required: Object.keys(properties).slice(0, 1) }),
    ),
  array: fc.record({ type: fc.constant('array'), items: tie('schema'), maxItems: fc.integer({ min: 2, max: 4 }) }),
  either: fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
}));

describe('any schema and any text', () => {
  it('gives a value that another validator accepts, the same one every time', () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.constantFrom(
        'My name is Alice, I am 30 and live in Oslo.',
        'tags: a, b and c; age: 77',
        '{"name": "Bob", "age": -3}',
        'open: yes, city: "New York"',
      ),
    );
    fc.assert(
      fc.property(schemas.object, texts, (schema, text) => {
        const root = schema as Record<string, unknown>;
        const value = fillSchema(root, text);
        expect(fillSchema(root, text)).toEqual(value);
        const judged = z.fromJSONSchema(root as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
        if (!judged.success) throw new Error(`${JSON.stringify(value)}: ${judged.error.message}`);
      }),
      { numRuns: 500 },
    );
  });
});
