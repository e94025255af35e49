import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { loadTokenizer, type Tokenizer } from '../../../src/providers/local/tokenizer.js';

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await loadTokenizer();
});

const plainCount = (text: string): number => encode(text, { disallowedSpecial: new Set() }).length;
const joined = (text: string): string =>
  tokenizer
    .pieces(text)
    .map((piece) => piece.text)
    .join('');
const total = (text: string): number => tokenizer.pieces(text).reduce((sum, piece) => sum + piece.tokens, 0);

describe('counting', () => {
  it('takes special tokens in a text for the ordinary text they are', () => {
    expect(tokenizer.count('hi <|endoftext|> <|im_start|>')).toBeGreaterThan(8);
    expect(joined('hi <|endoftext|>')).toBe('hi <|endoftext|>');
  });
  it.each([
    ['50,000 letters', 'a'.repeat(50_000)],
    ['50,000 spaces', ' '.repeat(50_000)],
    ['50,000 dashes', '-'.repeat(50_000)],
    ['50,000 mixed letters', 'abcdefghijk'.repeat(4_546)],
    ['25,000 emoji', '👋'.repeat(25_000)],
  ])('counts and cuts %s without a stall', (_, text) => {
    const startedAt = performance.now();
    expect(tokenizer.count(text)).toBeGreaterThan(100);
    expect(joined(text)).toBe(text);
    // A stall is minutes; a slow machine is not one.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
  it('counts a long run like the plain encoder', () => {
    expect(tokenizer.count('a'.repeat(5_000))).toBe(plainCount('a'.repeat(5_000)));
  });
  it('counts long prose in slices to the token, and lets others run in between', async () => {
    const prose = 'The quick brown fox jumps over the lazy dog, again and again. '.repeat(6_000);
    let turns = 0;
    const timer = setImmediate(function again() {
      turns += 1;
      immediate = setImmediate(again);
    });
    let immediate = timer;
    const counted = await tokenizer.countAll([prose, 'and more']);
    clearImmediate(immediate);
    expect(counted).toBe(plainCount(prose) + plainCount('and more'));
    expect(turns).toBeGreaterThan(2);
  });
});

describe('cutting into pieces', () => {
  it('joins to the text, counts to its tokens and never splits a code point', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(texts, (text) => {
        expect(joined(text)).toBe(text);
        expect(total(text)).toBe(plainCount(text));
        for (const piece of tokenizer.pieces(text)) expect(/\p{Surrogate}/u.test(piece.text)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
  it('keeps families of emoji whole per code point', () => {
    expect(joined('a👩‍👩‍👧x')).toBe('a👩‍👩‍👧x');
  });
  it('replaces half a code point, which JSON could not carry', () => {
    expect(joined('a\ud83db')).toBe('a\ufffdb');
  });
});
