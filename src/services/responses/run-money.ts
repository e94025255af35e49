import type { ModelRequest } from '../../providers/provider.js';
import { affordableTokens } from '../usage/affordable.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { countInput, worstCase } from '../usage/worst-case.js';
import { toModelRequest } from './model-request.js';
import type { RunPlan } from './run-plan.js';

/** The first turn's request. A budget has to hold the whole answer, so the upstream is told how long it may be. */
export function firstRequest(plan: RunPlan): ModelRequest {
  const request = toModelRequest(plan);
  if (plan.principal.budgets.length > 0) request.maxOutputTokens ??= plan.route.maxOutputTokens;
  return request;
}

/** The most a turn can cost; held in every window of the key, and given back as far as it was not used. */
export const reservation = (counter: TokenCounter, plan: RunPlan, request: ModelRequest): Promise<bigint> =>
  worstCase(counter, plan.route.price, request, request.maxOutputTokens ?? plan.route.maxOutputTokens);

/** How long an answer the refusing budget can still cover, in tokens; null when that is too short to be of use. */
export const affordableAnswer = (
  counter: TokenCounter,
  plan: RunPlan,
  request: ModelRequest,
  error: unknown,
  least: number | null,
): Promise<number | null> =>
  affordableTokens({
    error,
    price: plan.route.price,
    wanted: request.maxOutputTokens ?? plan.route.maxOutputTokens,
    least,
    inputTokens: () => countInput(counter, request),
  });
