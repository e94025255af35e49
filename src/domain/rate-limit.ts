/** Where a request left the tightest of the limits that apply to it. */
export interface RateState {
  requestsPerMinute: number;
  /** Requests that may follow at once. */
  remaining: number;
  /** Until the whole burst is there again. */
  resetMs: number;
}

/** The state as answers carry it (transport section, rate-limit headers). */
export const rateHeaders = ({ requestsPerMinute, remaining, resetMs }: RateState): Record<string, string> => ({
  'x-ratelimit-limit-requests': String(requestsPerMinute),
  'x-ratelimit-remaining-requests': String(remaining),
  'x-ratelimit-reset-requests': duration(resetMs),
});

/** `120ms`, `1s`, `6m0s`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

/** What a rate limit counts for itself: all a project asks, or each key by itself; of one model, or of all of them together. */
export interface RateLimit {
  scope: 'project' | 'key';
  /** Null: every model, together. */
  model: string | null;
  requestsPerMinute: number;
  /** Requests that may come at once after a pause. */
  burst: number;
}
