/** Finds things by words in their texts. */
export interface PassageIndex<Value> {
  add(value: Value, text: string): void;
  /** The values whose best passage fits best, each once, with that passage and what surrounds it. */
  search(query: string, limit: number, textLength: number): { value: Value; text: string }[];
}

interface Passage<Value> {
  value: Value;
  text: string;
  start: number;
  end: number;
  words: number;
}

/** Characters of a passage, if a paragraph is longer. */
const MAX_PASSAGE = 800;
/** BM25's usual constants: how soon repetition stops counting, and how much length does. */
const K1 = 1.2;
const B = 0.75;

const STOP_WORDS = new Set(
  'a an and are as at be been but by can could did do does for from had has have he her his how i if in into is it its me my not of on or our she so than that the their them then there these they this to was we were what when where which who whom whose why will with would you your'.split(
    ' ',
  ),
);

/** An index in memory: an inverted list of words, ranked by BM25. */
export function createPassageIndex<Value>(): PassageIndex<Value> {
  const passages: Passage<Value>[] = [];
  const postings = new Map<string, Map<number, number>>();
  let totalWords = 0;

  return {
    add(value, text) {
      for (const { start, end } of passagesOf(text)) {
        const words = wordsOf(text.slice(start, end));
        if (words.length === 0) continue;
        const at = passages.push({ value, text, start, end, words: words.length }) - 1;
        totalWords += words.length;
        for (const word of words) {
          const posting = postings.get(word) ?? new Map<number, number>();
          posting.set(at, (posting.get(at) ?? 0) + 1);
          postings.set(word, posting);
        }
      }
    },

    search(query, limit, textLength) {
      const average = totalWords / Math.max(1, passages.length);
      const scores = new Map<number, number>();
      for (const word of new Set(wordsOf(query))) {
        const posting = postings.get(word);
        if (posting === undefined) continue;
        const weight = Math.log(1 + (passages.length - posting.size + 0.5) / (posting.size + 0.5));
        for (const [at, times] of posting) {
          const length = (passages[at]?.words ?? 0) / average;
          const score = (weight * times * (K1 + 1)) / (times + K1 * (1 - B + B * length));
          scores.set(at, (scores.get(at) ?? 0) + score);
        }
      }
      const found = new Map<Value, string>();
      for (const [at] of [...scores].sort(([a, x], [b, y]) => y - x || a - b)) {
        if (found.size >= limit) break;
        const passage = passages[at];
        if (passage !== undefined && !found.has(passage.value)) found.set(passage.value, around(passage, textLength));
      }
      return [...found].map(([value, text]) => ({ value, text }));
    },
  };
}

/** A passage with as much of the text behind and before it as there is room for. */
function around<Value>({ text, start, end }: Passage<Value>, length: number): string {
  const last = Math.min(text.length, Math.max(end, start + length));
  const first = Math.max(0, Math.min(start, last - length));
  return text
    .slice(first, Math.min(last, first + length))
    .toWellFormed()
    .trim();
}

/** Paragraphs, long ones cut at a space. */
function* passagesOf(text: string): Generator<{ start: number; end: number }> {
  for (let start = 0; start < text.length; ) {
    const blank = text.indexOf('\n\n', start);
    const paragraphEnd = blank === -1 ? text.length : blank + 2;
    let end = paragraphEnd;
    if (end - start > MAX_PASSAGE) {
      const space = text.lastIndexOf(' ', start + MAX_PASSAGE);
      end = space > start + MAX_PASSAGE / 2 ? space + 1 : start + MAX_PASSAGE;
    }
    yield { start, end };
    start = end;
  }
}

/** Words as they are compared: small letters, without the plural's s, without those that only join. */
function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words
    .filter((word) => !STOP_WORDS.has(word))
    .map((word) => (/[^s]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word));
}
