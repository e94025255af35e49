import { describe, expect, it } from '@jest/globals';
import { titleOf } from '../../../src/services/knowledge/ingest/title.js';

describe('the title of a file', () => {
  it.each([
    ['holiday-policy_2026.pdf', 'holiday policy 2026. '],
    ['Über uns.md', 'Über uns. '],
    ['archive.tar.gz', 'archive tar. '],
    ['lighthouse', 'lighthouse. '],
    // Names that say nothing.
    ['2026-11-21.csv', ''],
    ['a1.txt', ''],
    ['.txt', ''],
  ])('%s', (filename, title) => expect(titleOf(filename)).toBe(title));

  it('is of bounded length and well formed', () => {
    expect(titleOf('word '.repeat(100))).toHaveLength(102);
    expect(titleOf(`${'x'.repeat(99)}😀`).isWellFormed()).toBe(true);
  });
});
