import type { ChatRequest } from '../chat-request.js';
import type { Similarity } from '../similarity.js';
import type { Reading } from './reading.js';

/** Nearness at which two texts are taken to be about the same thing: below it, "not found". */
export const near = 0.35;

export interface RuleInput {
  request: ChatRequest;
  reading: Reading;
  similarity: Similarity;
}

/** What will be answered, before it is cut into tokens. */
export interface AnswerPlan {
  text?: string;
  toolCalls?: { name: string; arguments: string }[];
  citations?: Citation[];
}

/** `start` and `end` are the quote's place in the answer's text, in UTF-16 units. */
export type Citation =
  | { type: 'url_citation'; url: string; title: string; start: number; end: number }
  | { type: 'file_citation'; fileId: string; filename: string; start: number; end: number };

/** One line of the published table. `when` and `answer` are shown to users as they stand. */
export interface Rule {
  name: 'a' | 'b' | 'b2' | 'b3' | 'c' | 'c2' | 'd' | 'e';
  when: string;
  answer: string;
  /** The plan if the rule matches, otherwise null. Throws ApiError when it matches but cannot be followed. */
  apply(input: RuleInput): Promise<AnswerPlan | null> | AnswerPlan | null;
}
