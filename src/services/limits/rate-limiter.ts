import { errors } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import type { RateLimit } from '../../domain/rate-limit.js';

export type RateLimiter = ReturnType<typeof createRateLimiter>;

const MINUTE_MS = 60_000;
const SWEEP_AT = 100_000;

/**
 * Requests at a steady rate, with a burst after a pause (GCRA: one number for each bucket, the time at which its next request
 * would be on schedule). Each process counts what it serves itself.
 */
export function createRateLimiter(limits: readonly RateLimit[], now: () => number) {
  /** Bucket → when the next request would be on schedule, in epoch milliseconds. */
  const schedules = new Map<string, number>();

  /** Buckets that are back on schedule are as good as none. */
  const sweep = (nowMs: number): void => {
    for (const [bucket, atMs] of schedules) if (atMs <= nowMs) schedules.delete(bucket);
  };

  return {
    /**
     * Counts a request in every limit that applies to it, or in none.
     *
     * @throws 429 `rate_limit_exceeded` with the time to wait
     */
    admit({ projectId, keyId }: Principal, model: string): void {
      if (limits.length === 0) return;
      const nowMs = now();
      const taken: [bucket: string, atMs: number][] = [];
      for (const [index, limit] of limits.entries()) {
        if (limit.model !== null && limit.model !== model) continue;
        const bucket = `${index}:${limit.scope === 'key' ? keyId : projectId}`;
        const intervalMs = MINUTE_MS / limit.requestsPerMinute;
        const atMs = Math.max(schedules.get(bucket) ?? 0, nowMs);
        const waitMs = Math.ceil(atMs - nowMs - (limit.burst - 1) * intervalMs);
        if (waitMs > 0) throw errors.rateLimited(describe(limit), waitMs);
        taken.push([bucket, atMs + intervalMs]);
      }
      for (const [bucket, atMs] of taken) schedules.set(bucket, atMs);
      if (schedules.size > SWEEP_AT) sweep(nowMs);
    },
  };
}

const describe = ({ scope, model, requestsPerMinute }: RateLimit): string =>
  `Rate limit reached for ${scope === 'key' ? 'this key' : 'this project'}${model === null ? '' : ` on ${model}`}: ${requestsPerMinute} requests per minute.`;
