import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JsonPieces, LONG_TEXT, printJson } from '../../src/domain/json-literals.js';
import { readJson } from '../../src/http/json-text.js';
import { parseWellFormed } from '../../src/http/well-formed.js';
import { type OddText, oddText, spelled } from '../support/odd-json.js';

const read = (json: string) => readJson(Buffer.from(json));
const textOf = (printed: string | JsonPieces): string =>
  typeof printed === 'string' ? printed : printed.toBuffer().toString('utf8');

const SOME = 2 * LONG_TEXT;
const LONG = 'A sentence – with "quotes" and\nlines/rows. '.repeat(2000);

describe('JSON with long texts', () => {
  it('means what JSON.parse says, and what is printed of it means the same', () => {
    const small = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value));
    const name = fc.constantFrom('input', 'text', '__proto__', '0', 'constructor');
    const member = fc.tuple(name, fc.oneof(oddText, oddText, small));
    fc.assert(
      fc.property(fc.array(member, { maxLength: 4 }), oddText, (members, last) => {
        const written = (value: OddText | string) => (typeof value === 'string' ? value : spelled(value, SOME).json);
        const printed = members.map(([key, value]) => `"${key}": ${written(value)}, `);
        const json = `{${printed.join('')}"last": ${written(last)}, "inside": [1.50, {"deeper": ${written(last)}}]}`;
        const { value, literals } = read(json);
        const expected = parseWellFormed(json);
        expect(value).toEqual(expected);
        expect(JSON.parse(textOf(printJson(value as object, literals)))).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('is taken over as it was written, from any member and any place it is put', () => {
    const written = JSON.stringify(LONG).replaceAll('/', '\\/');
    const { value, literals } = read(`{"input": [{"content": ${written}}], "model": "m"}`);
    const [{ content }] = (value as { input: [{ content: string }] }).input;
    const printed = printJson(
      { messages: [{ content, name: undefined }, null, true, 1.5], unset: undefined },
      literals,
    );
    expect(printed).toBeInstanceOf(JsonPieces);
    expect(textOf(printed)).toBe(`{"messages":[{"content":${written}},null,true,1.5]}`);
    expect((printed as JsonPieces).bytes).toBe(Buffer.byteLength(textOf(printed)));
  });

  it('is found wherever is looked, though every fortieth character is an escaped quote', () => {
    const json = JSON.stringify({ input: LONG, model: 'm' });
    const found = Array.from({ length: 100 }, () => read(json).literals?.size ?? 0);
    expect(found).toEqual(found.map(() => 1));
  });

  it('is printed anew where characters are written by their numbers', () => {
    const { literals } = read(
      `{"a": ${JSON.stringify(`${LONG}é`).replace('é', '\\u00e9')}, "b": ${JSON.stringify(LONG)}}`,
    );
    expect([...(literals?.keys() ?? [])]).toEqual([LONG]);
  });

  it.each([
    [
      'many small members',
      JSON.stringify({ long: LONG, rest: Array.from({ length: 5000 }, (_, n) => ({ n: `${n}` })) }),
    ],
    ['numbers', JSON.stringify({ long: LONG, rest: Array.from({ length: 50_000 }, (_, n) => n) })],
    ['short texts', JSON.stringify({ input: 'short' })],
  ])('is not looked for among %s', (_, json) => {
    expect(read(json)).toEqual({ value: JSON.parse(json), literals: null });
  });

  it('is refused when it is none', () => {
    expect(() => read(`{"a": ${JSON.stringify(LONG)}`)).toThrow(SyntaxError);
    expect(() => readJson(Buffer.concat([Buffer.from(JSON.stringify(LONG)), Buffer.from([0xff])]))).toThrow(
      'not valid',
    );
  });
});
