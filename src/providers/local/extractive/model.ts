import { type Answer, usageOf } from '../answer.js';
import type { ChatRequest } from '../chat-request.js';
import { batchesOf, printPlan } from '../print-plan.js';
import { countPrompt } from '../prompt-tokens.js';
import type { Similarity } from '../similarity.js';
import type { Tokenizer } from '../tokenizer.js';
import { planAnswer } from './rules.js';

export const extractiveModelId = 'local-extractive-1';

/**
 * Answers a request by the rules. The whole answer is made before the first part of it is sent, so whatever cannot
 * be answered fails here (ApiError) and never in the middle of a stream.
 */
export async function answerByRules(
  request: ChatRequest,
  parts: { similarity: Similarity; tokenizer: Tokenizer },
): Promise<Answer> {
  const plan = await planAnswer(request, parts.similarity);
  const promptTokens = await countPrompt(request, parts.tokenizer);
  const printed = printPlan(plan, parts.tokenizer, request);
  const usage = usageOf(promptTokens, printed.completionTokens);
  return { model: extractiveModelId, batches: batchesOf(printed, { type: 'finish', reason: printed.reason, usage }) };
}
