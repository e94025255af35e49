import type { ChatRequest } from '../chat-request.js';
import type { Similarity } from '../similarity.js';
import { builtInSearch } from './built-in-search.js';
import { compute } from './compute.js';
import { functionCall } from './function-call.js';
import { fallback } from './honest-line.js';
import { quoteHistory } from './quote-history.js';
import { quoteResults } from './quote-results.js';
import { readConversation } from './reading.js';
import type { AnswerPlan, Rule } from './rule.js';
import { structuredOutput } from './structured-output.js';
import { summary } from './summary.js';

/** How `local-extractive-1` answers: the first rule that matches. Published as it stands. */
export const rules: readonly Rule[] = [
  structuredOutput,
  functionCall,
  builtInSearch,
  summary,
  quoteResults,
  quoteHistory,
  compute,
  fallback,
];

/** The answer to a request: the same request always gets the same one. Throws ApiError for schemas that cannot be filled. */
export async function planAnswer(request: ChatRequest, similarity: Similarity): Promise<AnswerPlan> {
  const input = { request, reading: readConversation(request), similarity };
  for (const rule of rules) {
    const plan = await rule.apply(input);
    if (plan !== null) return plan;
  }
  return {};
}
