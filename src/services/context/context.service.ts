import type { Principal } from '../../domain/principal.js';
import { type RunPlanner, toModelRequest } from '../responses/run-plan.js';
import { countPrompt } from '../usage/prompt-tokens.js';
import type { TokenCounter } from '../usage/token-counter.js';

export interface ContextServiceOptions {
  planner: RunPlanner;
  counter: TokenCounter;
}

export type ContextService = ReturnType<typeof createContextService>;

/** What a model would see of a request, without a response coming of it (compact and token count section). */
export function createContextService({ planner, counter }: ContextServiceOptions) {
  return {
    /**
     * Tokens the model would see: instructions, history, input, tools and format. The body is that of a response, and refused
     * for the same reasons, but neither a model nor input is required. Nothing is stored, sampled or paid.
     */
    async countTokens(principal: Principal, unchecked: unknown): Promise<number> {
      const plan = await planner.plan(principal, unchecked ?? {}, { unrun: { model: 'local' } });
      return countPrompt(counter, toModelRequest(plan));
    },
  };
}
