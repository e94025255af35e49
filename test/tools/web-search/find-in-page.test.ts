import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findInPage } from '../../../src/tools/web-search/find-in-page.js';

describe('finding text in a page', () => {
  it.each([
    ['letters of another case', 'HARBOUR', 2],
    ['a hyphen', 'twenty-eight', 1],
    ['what means something in patterns', '(a.b)*[c]^2$|{1}?+\\', 1],
    ['slashes and quotes', `a/b "c" 'd'`, 1],
    ['other white space', 'harbour\t master', 1],
    ['letters beyond ASCII', 'ÉTÉ', 1],
    ['what is not there', 'harbour-master', 0],
    ['a pattern that would match anything', '.*', 0],
  ])('takes %s as it stands', (_name, pattern, count) => {
    const page = `The harbour\nmaster of the harbour: twenty-eight. (a.b)*[c]^2$|{1}?+\\ a/b "c" 'd' été`;
    expect(findInPage(page, pattern, 1000).count).toBe(count);
  });

  it('finds any text in itself, whatever is around it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), fc.string(), (pattern, around) => {
        fc.pre(pattern.trim() !== '');
        expect(findInPage(`${around} ${pattern} ${around}`, pattern, 10_000).count).toBeGreaterThan(0);
      }),
    );
  });

  it('shows what is around, each stretch once, up to so many characters in all', () => {
    const page = `${'a'.repeat(400)} find ${'b'.repeat(100)} find ${'c'.repeat(1000)} find ${'d'.repeat(400)}`;
    const { count, excerpts } = findInPage(page, 'find', 10_000);
    expect(count).toBe(3);
    expect(excerpts.map((text) => text.match(/find/g)?.length)).toEqual([2, 1]);
    const { excerpts: short } = findInPage(page, 'find', 300);
    expect(short.join('').length).toBe(300);
    expect(findInPage('a'.repeat(2000), 'a', 500)).toMatchObject({ count: 1000 });
  });
});
