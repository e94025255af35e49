import { errors } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { type RateLimit, type RateState, rateHeaders } from '../../domain/rate-limit.js';

export type RateLimiter = ReturnType<typeof createRateLimiter>;

const MINUTE_MS = 60_000;
const SWEEP_AT = 100_000;

/**
 * Requests at a steady rate, with a burst after a pause (GCRA: one number for each bucket, the time at which its next request
 * would be on schedule). Each process counts what it serves itself.
 */
export function createRateLimiter(first: readonly RateLimit[], now: () => number) {
  let limits = first;
  /** Bucket → when the next request would be on schedule, in epoch milliseconds. */
  const schedules = new Map<string, number>();

  /** Buckets that are back on schedule are as good as none. */
  const sweep = (nowMs: number): void => {
    for (const [bucket, atMs] of schedules) if (atMs <= nowMs) schedules.delete(bucket);
  };

  return {
    /** Limits by these from now on. What was counted in limits that stay as they are holds. */
    use(next: readonly RateLimit[]): void {
      limits = next;
    },

    /**
     * Counts a request in every limit that applies to it, or in none. Answers where that left the tightest, or null if none
     * applies.
     *
     * @throws 429 `rate_limit_exceeded` with the time to wait
     */
    admit({ projectId, keyId }: Principal, model: string): RateState | null {
      if (limits.length === 0) return null;
      const nowMs = now();
      let tightest: RateState | null = null;
      const taken: [bucket: string, atMs: number][] = [];
      for (const limit of limits) {
        if (limit.model !== null && limit.model !== model) continue;
        const bucket = `${limit.scope}:${limit.model ?? '*'}:${limit.requestsPerMinute}:${limit.burst}:${limit.scope === 'key' ? keyId : projectId}`;
        const intervalMs = MINUTE_MS / limit.requestsPerMinute;
        const atMs = Math.max(schedules.get(bucket) ?? 0, nowMs);
        const waitMs = Math.ceil(atMs - nowMs - (limit.burst - 1) * intervalMs);
        const { requestsPerMinute, burst } = limit;
        if (waitMs > 0) {
          const state = { requestsPerMinute, remaining: 0, resetMs: atMs - nowMs };
          throw errors.rateLimited(describe(limit), waitMs, rateHeaders(state));
        }
        const resetMs = atMs + intervalMs - nowMs;
        taken.push([bucket, nowMs + resetMs]);
        const remaining = Math.max(0, Math.floor(burst - resetMs / intervalMs));
        if (tightest === null || remaining < tightest.remaining) tightest = { requestsPerMinute, remaining, resetMs };
      }
      for (const [bucket, atMs] of taken) schedules.set(bucket, atMs);
      if (schedules.size > SWEEP_AT) sweep(nowMs);
      return tightest;
    },
  };
}

const describe = ({ scope, model, requestsPerMinute }: RateLimit): string =>
  `Rate limit reached for ${scope === 'key' ? 'this key' : 'this project'}${model === null ? '' : ` on ${model}`}: ${requestsPerMinute} requests per minute.`;
