import type { Similarity } from '../similarity.js';
import { contentWords, overlap } from './words.js';

export interface Ranked<T> {
  value: T;
  score: number;
}

/**
 * Candidates compared by meaning, each about 20 ms when new. They are the ones that share most words with the
 * question; among equals the later ones, so that something said lately wins.
 */
const maxCompared = 32;

/** The candidates nearest to a question, best first. Equal scores keep the later candidate in front. */
export async function rankByMeaning<T>(
  question: string,
  candidates: readonly T[],
  textOf: (candidate: T) => string,
  similarity: Similarity,
): Promise<Ranked<T>[]> {
  const words = contentWords(question);
  const chosen = candidates
    .map((value, index) => ({
      value,
      index,
      shared: candidates.length > maxCompared ? overlap(words, textOf(value)) : 0,
    }))
    .sort((a, b) => b.shared - a.shared || b.index - a.index)
    .slice(0, maxCompared);
  const scores = await similarity(
    question,
    chosen.map(({ value }) => textOf(value)),
  );
  return chosen
    .map(({ value, index }, at) => ({ value, index, score: scores[at] ?? 0 }))
    .sort((a, b) => b.score - a.score || b.index - a.index)
    .map(({ value, score }) => ({ value, score }));
}
