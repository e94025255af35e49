import type { Similarity } from '../similarity.js';
import { rankByMeaning } from './rank.js';
import { type AnswerPlan, type Citation, near, type Rule } from './rule.js';
import { sentencesOf } from './sentences.js';
import { readToolOutput, type Source } from './tool-result.js';
import { contentWords, overlap } from './words.js';

const nothingFound = "The sources don't say.";

const maxQuotes = 3;
/**
 * A search always finds something, and unrelated sentences come as near as 0.47: what is less near has to share words with the
 * question too. Measured: nine of ten questions that nothing answers are refused.
 */
const nearByItself = 0.48;
const sharedWords = 0.4;
/** A second or third sentence must be nearly as near as the best one. */
const margin = 0.15;
/** A function's output up to this length is quoted whole. */
const shortOutput = 1_000;

interface Quote {
  text: string;
  origin: Source['origin'];
}

interface Candidate extends Quote {
  /** What the sentence was found in. */
  passage: string;
}

export const quoteResults: Rule = {
  name: 'c',
  when: 'results of tools, file_search or web_search have followed the last user message',
  answer: `the one to three best sentences word for word with their citations, or "${nothingFound}"`,
  async apply({ reading, similarity }): Promise<AnswerPlan | null> {
    if (reading.toolOutputs.length === 0) return null;
    const results = reading.toolOutputs.map(readToolOutput);
    const said: Quote[] = [];
    for (const result of results) {
      if (result.kind === 'said')
        said.push(await quoteFunction(result.name, result.text, reading.question, similarity));
    }
    const searches = results.filter((result) => result.kind === 'sources');
    const found = await quoteSources(
      searches.flatMap((search) => search.sources),
      reading.question,
      similarity,
    );
    const errors = searches.flatMap((search) => search.error ?? []).map((text) => ({ text, origin: null }));
    const answer = [...said, ...found, ...errors];
    if (answer.length === 0 || (found.length === 0 && errors.length === 0 && searches.length > 0))
      answer.push({ text: nothingFound, origin: null });
    return join(answer);
  },
};

/** A function was asked on purpose, so what it said is the answer, near the question or not. */
async function quoteFunction(
  name: string | null,
  text: string,
  question: string,
  similarity: Similarity,
): Promise<Quote> {
  const opening = `${name ?? 'The tool'} returned`;
  if (text === '') return { text: `${opening} nothing.`, origin: null };
  if (text.length <= shortOutput) return { text: `${opening}: ${text}`, origin: null };
  const ranked = await rankByMeaning(question, sentencesOf(text), (sentence) => sentence, similarity);
  const best = ranked.slice(0, maxQuotes).map(({ value }) => value);
  return { text: `${opening}, among other things: ${best.join(' ').slice(0, shortOutput)}`, origin: null };
}

async function quoteSources(sources: readonly Source[], question: string, similarity: Similarity): Promise<Quote[]> {
  const seen = new Set<string>();
  const candidates: Candidate[] = [];
  for (const source of sources) {
    for (const text of sentencesOf(source.text)) {
      // Overlapping chunks hold the same sentence twice.
      if (seen.has(text)) continue;
      seen.add(text);
      candidates.push({ text, origin: source.origin, passage: source.text });
    }
  }
  if (candidates.length === 0 || question === '') return [];
  // Results come best first, and of two equal sentences ranking prefers the later: hence the reversal.
  const ranked = await rankByMeaning(question, candidates.toReversed(), (quote) => quote.text, similarity);
  const best = ranked[0]?.score ?? 0;
  const words = contentWords(question);
  const isTold = (score: number, quote: Candidate): boolean =>
    score >= nearByItself || (score >= near && overlap(words, quote.passage) >= sharedWords);
  return ranked
    .filter(({ value, score }) => isTold(score, value) && score >= best - margin)
    .slice(0, maxQuotes)
    .map(({ value: { text, origin } }) => ({ text, origin }));
}

function join(quotes: readonly Quote[]): AnswerPlan {
  let text = '';
  const citations: Citation[] = [];
  for (const { text: quote, origin } of quotes) {
    if (text !== '') text += '\n';
    const start = text.length;
    text += quote;
    const place = { start, end: text.length };
    if (origin === null) continue;
    citations.push(
      'url' in origin ? { type: 'url_citation', ...origin, ...place } : { type: 'file_citation', ...origin, ...place },
    );
  }
  return citations.length === 0 ? { text } : { text, citations };
}
