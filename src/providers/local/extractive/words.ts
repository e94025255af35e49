/** Words that say nothing about what a text is about. */
const stopWords = new Set(
  (
    'a about again all also am an and any are as at be been but by can could did do does doing don for from get give got had has ' +
    'have he her here him his how i if in into is it its just know let like many me mine much my no not now of on or our ' +
    'out please said say she should show so some tell than that the their them then there these they this those to too ' +
    'up us was we were what when where which who whom whose why will with would you your yours'
  ).split(' '),
);

/** The words of a text that carry meaning, lower case, with plural and verb endings taken off. */
export function contentWords(text: string): Set<string> {
  const words = new Set<string>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) if (!stopWords.has(word)) words.add(stem(word));
  return words;
}

/** Share of the query's content words that the text holds, 0 to 1. */
export function overlap(query: string | ReadonlySet<string>, text: string): number {
  const wanted = typeof query === 'string' ? contentWords(query) : query;
  if (wanted.size === 0) return 0;
  const held = contentWords(text);
  let shared = 0;
  for (const word of wanted) if (held.has(word)) shared += 1;
  return shared / wanted.size;
}

function stem(word: string): string {
  if (word.length < 5)
    return word.length === 4 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
  return word.replace(/(ies|ing|ed|es|s)$/, (ending) => (ending === 'ies' ? 'y' : ''));
}
