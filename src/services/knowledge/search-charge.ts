import { attributionOf } from '../../domain/attribution.js';
import type { Principal } from '../../domain/principal.js';
import { noUsage } from '../../domain/usage.js';
import type { ModelRouter } from '../models/model-router.js';
import type { MeteredCalls } from '../usage/metered-calls.js';

/** Runs a search that somebody asked for directly, and has it paid. */
export type SearchCharge = <Result>(
  principal: Principal,
  client: AbortSignal,
  search: (signal: AbortSignal) => Promise<Result>,
) => Promise<Result>;

export interface SearchChargeOptions {
  router: ModelRouter;
  /** Asked for when it is needed: it is made later. */
  calls(): MeteredCalls;
  /** The embedding model, whose price says what a search costs. */
  model: string;
}

const ONE_SEARCH = { file_search: 1 };

/**
 * A search costs what the embedding model's price names for calls of `file_search`: held before, booked when it has found
 * what there is, given back when it failed. One that costs nothing writes nothing.
 */
export function createSearchCharge({ router, calls, model }: SearchChargeOptions): SearchCharge {
  return async (principal, client, search) => {
    const route = router.resolve(model, { projectId: principal.projectId });
    if ((route.price?.toolCalls.file_search ?? 0n) === 0n) return search(client);
    const subject = { model, route, toolCalls: ONE_SEARCH, ...attributionOf(principal, {}) };
    const call = await calls().open(principal, subject, async () => noUsage, client);
    let found = false;
    try {
      const result = await search(call.signal);
      found = true;
      return result;
    } finally {
      await call.settle({ usage: noUsage, isEstimated: false, toolCalls: found ? ONE_SEARCH : null });
    }
  };
}
