import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mean, piecesOf } from '../../../src/providers/local/long-texts.js';

describe('a text that is longer than the embedding model reads', () => {
  it('is cut between words, and nothing but the spaces there is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,60}$/), { minLength: 1, maxLength: 200 }), (words) => {
        const pieces = piecesOf(words.join(' '));
        expect(pieces.join(' ').split(' ')).toEqual(words);
        expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(900);
      }),
    );
  });

  it('is cut anywhere where it has no words', () => {
    expect(piecesOf('x'.repeat(2000)).map((piece) => piece.length)).toEqual([900, 900, 200]);
  });

  it('has the direction its pieces have together, at length 1', () => {
    expect(
      [
        ...mean([
          [1, 0],
          [0, 1],
        ]),
      ].map((value) => value.toFixed(3)),
    ).toEqual(['0.707', '0.707']);
    expect([
      ...mean([
        [1, 0],
        [-1, 0],
      ]),
    ]).toEqual([0, 0]);
  });
});
