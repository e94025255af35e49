/** So much in so much time. A window begins with the first that is counted in it, and ends after its seconds. */
export interface RateWindow {
  /** As the limit is named, for people and headers. */
  perMinute: number;
  /** What one window lets through. */
  most: number;
  /** Whole seconds, at least one. */
  seconds: number;
}

/** What a rate limit bounds, each member by itself; null: not at all. */
export interface RateLimit {
  /** For whom it counts: all that a project asks, each key by itself, or everybody together. */
  scope: 'server' | 'project' | 'key';
  /** Null: every model, together. */
  model: string | null;
  requests: RateWindow | null;
  /** Input and output. */
  tokens: RateWindow | null;
  /** Responses, chat completions, embeddings and compactions under way. */
  concurrentRuns: number | null;
  /** Readers of events. */
  concurrentStreams: number | null;
}

/**
 * The window in which a rate is counted: as long as it takes to earn the burst. Rates that earn it in less than a second are
 * counted by the second.
 */
export function rateWindow(perMinute: number, burst: number): RateWindow {
  const seconds = Math.max(1, Math.ceil((burst * 60) / perMinute));
  return { perMinute, seconds, most: seconds === 1 ? Math.max(burst, Math.floor(perMinute / 60)) : burst };
}

/** Where a request left a window. */
export interface Allowance {
  perMinute: number;
  /** What may follow at once. */
  remaining: number;
  /** Until the window ends, and all of it is there again. */
  resetMs: number;
}

/** Where a request left the tightest windows that apply to it; null: none does. */
export interface RateState {
  requests: Allowance | null;
  tokens: Allowance | null;
}

/** The state as answers carry it (transport section, rate-limit headers). */
export const rateHeaders = ({ requests, tokens }: RateState): Record<string, string> => ({
  ...(requests === null ? {} : allowanceHeaders('requests', requests)),
  ...(tokens === null ? {} : allowanceHeaders('tokens', tokens)),
});

const allowanceHeaders = (
  what: 'requests' | 'tokens',
  { perMinute, remaining, resetMs }: Allowance,
): Record<string, string> => ({
  [`x-ratelimit-limit-${what}`]: String(perMinute),
  [`x-ratelimit-remaining-${what}`]: String(remaining),
  [`x-ratelimit-reset-${what}`]: duration(resetMs),
});

/** `120ms`, `1s`, `6m0s`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
