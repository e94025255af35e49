import type { ChatMessage } from '../chat-request.js';
import { honestLine } from './honest-line.js';
import { rankByMeaning } from './rank.js';
import type { Reading } from './reading.js';
import { type AnswerPlan, near, type Rule } from './rule.js';
import { isQuestion, sentencesOf } from './sentences.js';
import { contentWords } from './words.js';

interface Statement {
  text: string;
  source: 'user' | 'assistant' | 'attachment';
}

/** Characters of the past looked through, newest first: splitting more into sentences would hold up other requests. */
const maxLookedThrough = 256 * 1024;

/**
 * Statements this close in score say the same thing with other values ("My name is Bob." 0.68, "My name is Alice."
 * 0.62); the one said last holds.
 */
const sameFact = 0.08;

const openings = { user: 'You said', assistant: 'I said', attachment: 'You attached' } as const;

export const quoteHistory: Rule = {
  name: 'c2',
  when: 'a question is near something said or attached earlier in the conversation',
  answer: 'that sentence, quoted: You said: "…"',
  async apply({ reading, similarity }): Promise<AnswerPlan | null> {
    const { question } = reading;
    if (!isQuestion(question) || contentWords(question).size === 0) return null;
    const statements = statementsOf(reading);
    if (statements.length === 0) return null;
    const ranked = await rankByMeaning(question, statements, (statement) => statement.text, similarity);
    const best = ranked[0]?.score ?? 0;
    if (best < near) return null;
    const alike = ranked.filter(({ score }) => score >= near && score >= best - sameFact).map(({ value }) => value);
    const latest = alike.reduce((a, b) => (statements.indexOf(b) > statements.indexOf(a) ? b : a));
    return { text: `${openings[latest.source]}: "${latest.text}"` };
  },
};

/** What was stated before the question, oldest first. Questions answer nothing; our own quotes only repeat. */
function statementsOf(reading: Reading): Statement[] {
  const statements: Statement[] = [];
  let room = maxLookedThrough;
  const addNewest = (text: string, source: Statement['source']): void => {
    if (room <= 0) return;
    const kept = text.slice(-room);
    room -= kept.length;
    const found = sentencesOf(kept).filter((sentence) => !isQuestion(sentence) && !isOwnLine(sentence, source));
    statements.unshift(...found.map((sentence) => ({ text: sentence, source })));
  };
  for (const text of reading.besideQuestion.toReversed()) addNewest(text, 'user');
  for (const message of reading.earlier.toReversed()) {
    const source = sourceOf(message);
    if (source === null) continue;
    for (const { text } of message.attachments.toReversed()) if (text !== null) addNewest(text, 'attachment');
    for (const text of message.texts.toReversed()) if (text !== honestLine) addNewest(text, source);
  }
  return statements;
}

function sourceOf(message: ChatMessage): 'user' | 'assistant' | null {
  return message.role === 'user' || message.role === 'assistant' ? message.role : null;
}

const isOwnLine = (sentence: string, source: Statement['source']): boolean =>
  source === 'assistant' && /^(You said|I said|You attached): "/.test(sentence);
