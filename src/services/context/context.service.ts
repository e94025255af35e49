import { z } from 'zod';
import { attributionOf } from '../../domain/attribution.js';
import type { Clock } from '../../domain/clock.js';
import { type Item, isMessage } from '../../domain/item.js';
import type { Principal } from '../../domain/principal.js';
import type { RateState } from '../../domain/rate-limit.js';
import { noUsage, type Usage } from '../../domain/usage.js';
import { type CompactionItems, isSummary, isTooLong } from '../compaction/compaction-items.js';
import type { CompactionTask, Compactor } from '../compaction/compactor.js';
import { CreateResponseBody } from '../responses/create-response.schema.js';
import { toModelRequest } from '../responses/model-request.js';
import type { RunEntry } from '../responses/run-entry.js';
import type { RunPlanner } from '../responses/run-plan.js';
import { type MeteredCalls, type Spent, whyCut } from '../usage/metered-calls.js';
import { countPrompt } from '../usage/prompt-tokens.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { worstCase } from '../usage/worst-case.js';
import { parseInput } from '../validation.js';

/** Body of `POST /responses/compact`. Members that are not named here are not read. */
export const CompactBody = z.object(
  CreateResponseBody.pick({
    model: true,
    input: true,
    instructions: true,
    previous_response_id: true,
    prompt_cache_key: true,
    prompt_cache_options: true,
    prompt_cache_retention: true,
    service_tier: true,
    image: true,
  }).shape,
);

/** A context made smaller. */
export interface CompactedContext {
  /** UUID of the call; nothing is stored under it but its bill. */
  id: string;
  createdAtMs: number;
  /** Messages of the user that were kept, then one compaction item. */
  output: Item[];
  usage: Usage;
  /** Where it left the caller's rate limits; null if none applies. */
  rate: RateState | null;
}

export interface ContextServiceOptions {
  planner: RunPlanner;
  entry: RunEntry;
  counter: TokenCounter;
  calls: MeteredCalls;
  compactor: Compactor;
  compactions: CompactionItems;
  clock: Clock;
}

export type ContextService = ReturnType<typeof createContextService>;

/** What a model would see of a request, without a response coming of it (compact and token count section). */
export function createContextService(options: ContextServiceOptions) {
  const { planner, entry, counter, calls, compactor, compactions, clock } = options;
  return {
    /**
     * Tokens the model would see: instructions, history, input, tools and format. The body is that of a response, and refused
     * for the same reasons, but neither a model nor input is required. Nothing is stored, sampled or paid; it counts as a
     * request.
     *
     * @throws as creating a response, 429 `rate_limit_exceeded`
     */
    async countTokens(principal: Principal, unchecked: unknown): Promise<number> {
      const plan = await planner.plan(principal, unchecked ?? {}, { unrun: { model: 'local' } });
      if (entry.limits(principal)) await entry.pass(plan);
      return countPrompt(counter, toModelRequest(plan));
    },

    /**
     * Lets the model sum a context up. The answer's output is passed on as input of the next request; it can be read here and
     * in this project only. One call to the model, paid like a response; a client that leaves ends it.
     *
     * @throws 400 for a bad body, 429 when a budget cannot cover it, and the upstream's refusal
     */
    async compact(principal: Principal, unchecked: unknown, client: AbortSignal): Promise<CompactedContext> {
      const plan = await planner.plan(principal, parseInput(CompactBody, unchecked));
      const { route, record } = plan;
      const createdAtMs = clock.now();
      const task = {
        provider: route.provider,
        request: toModelRequest(plan),
        items: plan.context,
        maxOutputTokens: route.maxOutputTokens,
      };
      const atMost = (by: TokenCounter) => compactor.atMost(task, by);
      const call = await calls.open(
        principal,
        { model: record.model, route, ...attributionOf(principal, record.settings, record.metadata) },
        atMost,
        client,
      );
      const spent: Spent = { usage: noUsage, isEstimated: false };
      try {
        const { signal } = call;
        const maxOutputTokens = call.cutTo ?? task.maxOutputTokens;
        let isHeld = true;
        const afford: CompactionTask['afford'] = async (request) => {
          // The first call is what the money was held for.
          const extra = isHeld ? 0n : await worstCase(counter, route.price, request, request.maxOutputTokens ?? 0);
          isHeld = false;
          return call.extend(extra);
        };
        const { kept, summary } = await compactor.compact(
          { ...task, maxOutputTokens, signal, afford },
          isOfUser,
          spent,
        );
        const toItem = (carried: Item[]): Item =>
          compactions.create(principal.projectId, { summary, kept: carried, replaces: false, tail: [] }).item;
        const whole = toItem(kept);
        // Too much to carry twice: then clients have what is kept beside the item only.
        const item = isTooLong(whole) ? toItem([]) : whole;
        return { id: call.id, createdAtMs, output: [...kept, item], usage: spent.usage, rate: call.rate };
      } catch (thrown) {
        throw call.signal.aborted ? whyCut(call.signal) : thrown;
      } finally {
        await call.settle(spent);
      }
    },
  };
}

const isOfUser = (item: Item): boolean => isMessage(item) && item.role === 'user' && !isSummary(item);
