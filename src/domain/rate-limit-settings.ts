import { type RateLimit, rateWindow } from './rate-limit.js';

/** A rate limit as people write it down, in the config file and for keys; what is not given is not limited. */
export interface RateLimitSettings {
  model?: string | undefined;
  requests_per_minute?: number | undefined;
  burst?: number | undefined;
  tokens_per_minute?: number | undefined;
  token_burst?: number | undefined;
  concurrent_runs?: number | undefined;
  concurrent_streams?: number | undefined;
}

/** A day: longer windows would outlive the processes that count them. */
const MOST_SECONDS = 86_400;

/** What the settings mean. */
export function toRateLimit(scope: RateLimit['scope'], settings: RateLimitSettings): RateLimit {
  const { requests_per_minute: requests, tokens_per_minute: tokens } = settings;
  return {
    scope,
    model: settings.model ?? null,
    requests: requests === undefined ? null : rateWindow(requests, settings.burst ?? Math.ceil(requests / 6)),
    tokens: tokens === undefined ? null : rateWindow(tokens, settings.token_burst ?? Math.ceil(tokens)),
    concurrentRuns: settings.concurrent_runs ?? null,
    concurrentStreams: settings.concurrent_streams ?? null,
  };
}

/** What cannot be meant by the settings, and which of them says so (none: all together). Null if they can be used. */
export function faultOf(
  settings: RateLimitSettings,
): { member: keyof RateLimitSettings | null; message: string } | null {
  const { requests, tokens, concurrentRuns, concurrentStreams } = toRateLimit('key', settings);
  if ((requests ?? tokens ?? concurrentRuns ?? concurrentStreams) === null)
    return {
      member: null,
      message: 'say what is limited: requests_per_minute, tokens_per_minute, concurrent_runs or concurrent_streams.',
    };
  if (settings.burst !== undefined && requests === null)
    return { member: 'burst', message: 'goes with requests_per_minute.' };
  if (settings.token_burst !== undefined && tokens === null)
    return { member: 'token_burst', message: 'goes with tokens_per_minute.' };
  if ((requests?.seconds ?? 0) > MOST_SECONDS) return { member: 'burst', message: 'takes more than a day to earn.' };
  if ((tokens?.seconds ?? 0) > MOST_SECONDS)
    return { member: 'token_burst', message: 'takes more than a day to earn.' };
  return null;
}
