import fc from 'fast-check';

/** What may stand in a text, as its sender may write it in JSON. */
const bit = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => ({ text, json: JSON.stringify(text).slice(1, -1) })),
  fc.constantFrom(
    { text: '/', json: '\\/' },
    { text: '\n', json: '\\n' },
    { text: '"', json: '\\"' },
    { text: '\\', json: '\\\\' },
    { text: '\\u0041', json: '\\\\u0041' },
    { text: 'é 語 😀', json: 'é 語 😀' },
    { text: '","input":"', json: '\\",\\"input\\":\\"' },
  ),
);
const numbered = fc.constantFrom(
  { text: 'A', json: '\\u0041' },
  { text: '😀', json: '\\uD83d\\ude00' },
  { text: '\ufffd', json: '\\ud800' },
  { text: '\ufffd', json: '\\uDC00' },
  { text: '\0', json: '\\u0000' },
);

/** A text as it is meant, and in the JSON of its sender. */
interface Spelled {
  text: string;
  json: string;
}

/** What a long text is made of: short enough to be looked at when a test fails. */
export interface OddText {
  repeated: Spelled[];
  last: Spelled[];
}

export const oddText: fc.Arbitrary<OddText> = fc.record({
  repeated: fc.array(bit, { maxLength: 8 }),
  last: fc.array(fc.oneof({ weight: 3, arbitrary: bit }, { weight: 1, arbitrary: numbered }), { maxLength: 2 }),
});

/**
 * The text of at least this many characters. Half surrogate pairs in its JSON are replacement characters in the text, as the
 * gateway takes them.
 */
export function spelled({ repeated, last }: OddText, length: number): Spelled {
  const once = [...repeated, { text: 'some words ', json: 'some words ' }];
  const size = once.reduce((sum, { text }) => sum + text.length, 0);
  const all = [...Array.from({ length: Math.ceil(length / size) }, () => once).flat(), ...last];
  return { text: all.map(({ text }) => text).join(''), json: `"${all.map(({ json }) => json).join('')}"` };
}
