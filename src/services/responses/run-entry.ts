import type { Principal } from '../../domain/principal.js';
import { totalTokens } from '../../domain/usage.js';
import type { ExpectedTokens, RateLease, StreamPlace } from '../limits/rate-lease.js';
import type { RateLimiter } from '../limits/rate-limiter.js';
import { roughCounter } from '../usage/token-counter.js';
import { countInput } from '../usage/worst-case.js';
import { toModelRequest } from './model-request.js';
import type { Run } from './run.js';
import type { RunPlan } from './run-plan.js';

export type RunEntry = ReturnType<typeof createRunEntry>;

/** How runs and their readers come past the rate limits, and what they hold meanwhile. */
export function createRunEntry(rates: RateLimiter) {
  /** Places kept for the first reader of a run, by the run's id. */
  const kept = new Map<string, StreamPlace>();

  const end = (id: string, lease: RateLease, usedTokens: number): void => {
    lease.release(usedTokens);
    kept.get(id)?.leave();
    kept.delete(id);
  };

  const untilEnd = ({ plan, settled }: Run, lease: RateLease): void => {
    const { id } = plan.record;
    settled.then(
      ({ usage }) => end(id, lease, usage === null ? 0 : totalTokens(usage)),
      () => end(id, lease, 0),
    );
  };

  return {
    /** Whether there are limits at all for this caller; without them nothing else here is to be asked. */
    limits: (principal: Principal): boolean => rates.limits(principal),

    /** Lets a new run in. @throws 429 `rate_limit_exceeded` */
    enter: (plan: RunPlan): Promise<RateLease | null> =>
      rates.acquire(plan.principal, plan.record.model, {
        run: true,
        stream: plan.stream,
        tokens: () => expectedTokens(plan),
      }),

    /** Counts a request that is only thought through. @throws 429 `rate_limit_exceeded` */
    pass: (plan: RunPlan): Promise<RateLease | null> =>
      rates.acquire(plan.principal, plan.record.model, { run: false, stream: false, tokens: null }),

    /** The run has begun here: what it holds it holds to its end. */
    begun(run: Run, lease: RateLease | null): void {
      if (lease === null) return;
      if (lease.stream !== null) kept.set(run.plan.record.id, lease.stream);
      untilEnd(run, lease);
    },

    /** The run has not begun, or not here. */
    leave(lease: RateLease | null): void {
      lease?.release(0);
      lease?.stream?.leave();
    },

    /** A run that was let in earlier begins here. One that cannot be counted runs all the same. */
    async resumed(run: Run): Promise<void> {
      const lease = await rates.resume(run.plan.principal, run.plan.record.model).catch(() => null);
      if (lease !== null) untilEnd(run, lease);
    },

    /**
     * The place of a reader: the one that is kept for the run's first, or another.
     *
     * @throws 429 `rate_limit_exceeded`
     */
    async placeOf(principal: Principal, responseId: string, model: string | null): Promise<StreamPlace | null> {
      const own = kept.get(responseId);
      kept.delete(responseId);
      return own ?? rates.enterStream(principal, model);
    },
  };
}

async function expectedTokens(plan: RunPlan): Promise<ExpectedTokens> {
  const request = toModelRequest(plan);
  return {
    input: await countInput(roughCounter, request),
    output: request.maxOutputTokens ?? plan.route.maxOutputTokens,
  };
}
