import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createLinkFinder } from '../../src/services/responses/link-finder.js';

const pages = [
  { url: 'https://a.example/one', title: 'One' },
  { url: 'https://b.example/two_(town)?q=1', title: 'Two' },
  { url: 'corpus://local/three.md', title: 'Three' },
];

/** The links found when a text comes in these pieces: what is cited, and the page. */
function findIn(pieces: readonly string[]): [string, string][] {
  const finder = createLinkFinder();
  finder.know(pages);
  let text = '';
  const found: [string, string][] = [];
  for (const piece of pieces) {
    text += piece;
    for (const { start_index, end_index, title } of finder.find(text, piece.length))
      found.push([text.slice(start_index, end_index), title]);
  }
  return found;
}

describe('links to known pages', () => {
  it.each<[string, string, string[]]>([
    ['are found in order', 'A [x](https://a.example/one), [y](corpus://local/three.md).', ['One', 'Three']],
    ['with brackets in the address', 'See [y](https://b.example/two_(town)?q=1)!', ['Two']],
    [
      'with a title, in angle brackets',
      '[x](https://a.example/one "One") [x](<https://a.example/one>)',
      ['One', 'One'],
    ],
    [
      'with a slash, a fragment, large letters',
      '[x](https://A.example/one/) [x](https://a.example/one#two)',
      ['One', 'One'],
    ],
    [
      'are not those to other pages',
      '[x](https://a.example/other) [x](https://evil.example/?https://a.example/one)',
      [],
    ],
    ['need both parts', '[](https://a.example/one) https://a.example/one (https://a.example/one)', []],
    ['do not begin in another line', '[x\ny](https://a.example/one)', []],
  ])('%s', (_what, text, titles) => {
    expect(findIn([text]).map(([, title]) => title)).toEqual(titles);
  });

  it('are found once each, in whatever pieces the text comes', () => {
    const links = fc.constantFrom(
      '[x](https://a.example/one)',
      '[y](https://b.example/two_(town)?q=1)',
      '[z](https://no.example/)',
    );
    const words = fc.constantFrom('word ', '😀', '(', ')', '[', '](', '\n', 'https://a.example/one ');
    const cut = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.oneof(links, words), { maxLength: 30 }), cut, (parts, lengths) => {
        const text = parts.join('');
        const pieces: string[] = [];
        for (let at = 0, n = 0; at < text.length; n += 1) {
          const length = lengths[n % lengths.length] as number;
          pieces.push(text.slice(at, at + length));
          at += length;
        }
        expect(findIn(pieces)).toEqual(findIn([text]));
      }),
    );
  });

  it('take no time to speak of in a text that is all brackets', () => {
    const finder = createLinkFinder();
    finder.know(pages);
    for (const text of [
      '['.repeat(1e6),
      '[x]('.repeat(3e5),
      `[${'a'.repeat(1e6)}`,
      `[x](https://a.example/${'('.repeat(1e6)}`,
    ])
      expect(finder.find(`${text})`, text.length + 1)).toEqual([]);
  });
});
