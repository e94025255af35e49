import { describe, expect, it } from '@jest/globals';
import { readPattern } from '../../../src/tools/grammar/pattern.js';

describe('the regular expression of a grammar', () => {
  it.each<[definition: string, matching: string[], not: string[]]>([
    ['[a-z]+', ['abc'], ['', 'abc1', ' abc']],
    ['a|b', ['a', 'b'], ['ab', 'xa', 'bx']],
    ['^a$', ['a'], ['a\n', 'ba']],
    ['(?P<year>\\d{4})-(?<month>\\d\\d)', ['2026-01'], ['26-1']],
    ['(?i)yes', ['YES', 'yes'], ['yess']],
    ['(?m)^a$', ['a'], ['a\nb', 'b\na']],
    ['(?s).+', ['a\nb'], ['']],
    ['\\p{Lu}', ['Ä'], ['ä']],
  ])('has to match all of a text: %s', (definition, matching, not) => {
    const { source = '', flags = '' } = readPattern(definition) ?? {};
    const matches = (text: string): boolean => new RegExp(source, flags).test(text);
    expect(matching.map(matches)).toEqual(matching.map(() => true));
    expect(not.map(matches)).toEqual(not.map(() => false));
  });

  it.each(['(', 'a)|(?:b', '(?x)a b', '(?ii)a', '[z-a]', '\\p{Nonsense}', '(?>a)'])(
    'is refused when it cannot be read: %s',
    (definition) => {
      expect(readPattern(definition)).toBeNull();
    },
  );
});
