import type { Usage } from '../../domain/usage.js';
import { type JsonObject, objectOf } from './json.js';

/** More tokens than any model can take; sums over many turns still fit the database's integers. */
const MAX_TOKENS = 100_000_000;

const count = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? Math.min(value, MAX_TOKENS) : 0;

/** A usage object under the names of chat completions (`prompt`, `completion`) or of responses (`input`, `output`). */
export function readUsage(usage: JsonObject, input: 'prompt' | 'input', output: 'completion' | 'output'): Usage | null {
  const inputTokens = usage[`${input}_tokens`];
  const outputTokens = usage[`${output}_tokens`];
  if (typeof inputTokens !== 'number' && typeof outputTokens !== 'number') return null;
  return {
    inputTokens: count(inputTokens),
    cachedInputTokens: count(objectOf(usage[`${input}_tokens_details`])?.cached_tokens),
    outputTokens: count(outputTokens),
    reasoningTokens: count(objectOf(usage[`${output}_tokens_details`])?.reasoning_tokens),
  };
}

/** A model's name that can be kept. Without one the answer goes by the name that was asked for. */
export const isModelName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 256 && !value.includes('\0') && value.isWellFormed();
