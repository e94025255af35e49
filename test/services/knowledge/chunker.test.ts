import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadTokenizer, type Tokenizer } from '../../../src/providers/local/tokenizer.js';
import { chunk } from '../../../src/services/knowledge/ingest/chunker.js';
import { windowsOf } from '../../../src/services/knowledge/ingest/windows.js';

const anyText = fc
  .array(
    fc.oneof(
      fc.lorem({ maxCount: 40, mode: 'sentences' }),
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.constantFrom(
        '\n',
        '\n\n',
        '# Heading\n',
        '   ',
        '日本語の文章です。'.repeat(30),
        'x'.repeat(900),
        '😀'.repeat(200),
      ),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

describe('chunks', () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer();
  });

  it('never hold more tokens than asked, lie in order, and leave no word out', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.integer({ min: 100, max: 400 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (text, maxTokens, share) => {
          const made = chunk(text, { maxTokens, overlapTokens: Math.floor(maxTokens * share) }, tokenizer.count);
          let covered = 0;
          let lastStart = -1;
          for (const { start, end, tokens } of made) {
            expect(tokens).toBe(tokenizer.count(text.slice(start, end)));
            expect(tokens).toBeLessThanOrEqual(maxTokens);
            expect(start).toBeGreaterThan(lastStart);
            expect(text.slice(covered, Math.max(start, covered)).trim()).toBe('');
            covered = Math.max(covered, end);
            lastStart = start;
            // No chunk is cut inside a character.
            expect(text.slice(start, end).isWellFormed()).toBe(text.isWellFormed());
          }
          expect(text.slice(covered).trim()).toBe('');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('overlap by what was asked, and not at all when asked for nothing', () => {
    const text = Array.from({ length: 200 }, (_, n) => `This is sentence number ${n} of a longer text.`).join(' ');
    const overlap = (overlapTokens: number) => {
      const made = chunk(text, { maxTokens: 200, overlapTokens }, tokenizer.count);
      return made.slice(1).map(({ start }, index) => tokenizer.count(text.slice(start, made[index]?.end)));
    };
    for (const tokens of overlap(100)) expect(tokens).toBeGreaterThan(80);
    for (const tokens of overlap(100)) expect(tokens).toBeLessThanOrEqual(100);
    for (const tokens of overlap(0)) expect(tokens).toBe(0);
  });

  it('begin with headings rather than ending with them', () => {
    const text = Array.from(
      { length: 30 },
      (_, n) => `# Part ${n}\n\n${'Some words about this part. '.repeat((n % 7) + 3)}\n\n`,
    ).join('');
    for (const { start, end } of chunk(text, { maxTokens: 150, overlapTokens: 0 }, tokenizer.count))
      expect(text.slice(start, end)).not.toMatch(/# Part \d+$/);
  });

  it('have windows of a few sentences, each word in exactly one', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let last = 0;
        for (const { start, end } of windowsOf(text)) {
          expect(text.slice(last, start)).not.toMatch(/[\p{L}\p{N}]/u);
          expect(end - start).toBeLessThanOrEqual(700);
          last = end;
        }
        expect(text.slice(last)).not.toMatch(/[\p{L}\p{N}]/u);
      }),
      { numRuns: 60 },
    );
  });
});
