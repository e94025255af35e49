import type { AnswerPlan, Rule } from './rule.js';
import { isQuestion, sentencesOf } from './sentences.js';
import { contentWords } from './words.js';

/** Characters summed up, the newest ones: splitting more into sentences would hold up other requests. */
const maxLookedThrough = 256 * 1024;
/** A quarter of the sentences, within these bounds. */
const share = 0.25;
const fewest = 2;
const most = 40;
const maxLength = 4_000;

const asked = /^\s*(?:please\s+)?(?:summari[sz]e|sum up|give me a summary of)\b[^:\n]*[:\n]/i;

export const summary: Rule = {
  name: 'b3',
  when: 'a message begins with "Summarize …:" and text follows',
  answer: 'the sentences that share most words with the rest, word for word and in their order: a quarter of them',
  apply({ reading }): AnswerPlan | null {
    const match = asked.exec(reading.message);
    if (match === null || reading.toolOutputs.length > 0) return null;
    const text = reading.message.slice(match[0].length).slice(-maxLookedThrough);
    const sentences = [...new Set(sentencesOf(text))];
    return sentences.length < 2 ? null : { text: summarise(sentences) };
  },
};

function summarise(sentences: readonly string[]): string {
  const words = sentences.map(contentWords);
  const frequency = new Map<string, number>();
  for (const set of words) for (const word of set) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  /** Words that come back weigh more, long sentences not for their length alone; a question states nothing. */
  const weigh = (index: number): number => {
    const set = words[index] ?? new Set();
    let weight = 0;
    for (const word of set) weight += Math.log1p(frequency.get(word) ?? 0);
    return (weight / Math.sqrt(set.size + 1)) * (isQuestion(sentences[index] ?? '') ? 0.1 : 1);
  };
  const count = Math.min(most, Math.max(fewest, Math.ceil(sentences.length * share)));
  const chosen = new Set<number>();
  let length = 0;
  const ranked = sentences.map((_, index) => ({ index, weight: weigh(index) })).sort((a, b) => b.weight - a.weight);
  for (const { index } of ranked) {
    const added = sentences[index]?.length ?? 0;
    if (chosen.size === count) break;
    if (length + added > maxLength) continue;
    chosen.add(index);
    length += added;
  }
  const first = ranked[0]?.index ?? 0;
  if (chosen.size === 0) return (sentences[first] ?? '').slice(0, maxLength).toWellFormed();
  return sentences.filter((_, index) => chosen.has(index)).join('\n');
}
