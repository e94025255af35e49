import type { Term } from '../../persistence/repositories/search.repository.js';

/** The usual constants: how soon repetition stops counting, and how much length does. */
const K1 = 1.2;
const B = 0.75;

/**
 * BM25 of a chunk, divided by the question's ideal score (the sum of its terms' weights) and cut at 1: comparable between
 * questions, so that it can be added to a cosine.
 *
 * @param corpus chunks and their tokens in everything that is searched
 */
export function lexicalScore(
  terms: readonly Term[],
  occurrences: Readonly<Record<string, number>>,
  tokens: number,
  corpus: { chunks: number; tokens: number },
): number {
  if (terms.length === 0 || corpus.chunks === 0) return 0;
  const averageTokens = Math.max(1, corpus.tokens / corpus.chunks);
  let score = 0;
  let ideal = 0;
  for (const { lexeme, frequency } of terms) {
    const known = Math.min(frequency, corpus.chunks);
    const weight = Math.log(1 + (corpus.chunks - known + 0.5) / (known + 0.5));
    ideal += weight;
    const times = occurrences[lexeme] ?? 0;
    if (times > 0) score += (weight * times * (K1 + 1)) / (times + K1 * (1 - B + (B * tokens) / averageTokens));
  }
  return Math.min(1, score / ideal);
}
