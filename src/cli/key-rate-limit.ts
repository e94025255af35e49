import type { RateLimitSettings } from '../domain/rate-limit-settings.js';
import { RateLimits } from '../services/access/rate-limits.schema.js';
import { UsageError } from './command.js';

/** Short names of what can be limited. */
const NAMES: Record<string, keyof RateLimitSettings> = {
  model: 'model',
  requests: 'requests_per_minute',
  burst: 'burst',
  tokens: 'tokens_per_minute',
  'token-burst': 'token_burst',
  runs: 'concurrent_runs',
  streams: 'concurrent_streams',
};

/** `requests=60,burst=10` or `model=large,runs=4` → a rate limit of a key. @throws UsageError */
export function readKeyRateLimit(text: string): RateLimitSettings {
  const settings: Record<string, string | number> = {};
  for (const part of text.split(',')) {
    const [, name = '', value = ''] = /^([a-z-]+)=(.+)$/.exec(part) ?? [];
    const member = NAMES[name];
    if (member === undefined) throw new UsageError(`--rate-limit ${text}: use ${Object.keys(NAMES).join('=, ')}=.`);
    settings[member] = member === 'model' ? value : Number(value);
  }
  const { data, error } = RateLimits.safeParse([settings]);
  const issue = error?.issues[0];
  if (issue !== undefined)
    throw new UsageError(`--rate-limit ${text}: ${[...issue.path.slice(1), issue.message].join(': ')}`);
  return data?.[0] as RateLimitSettings;
}

/** The same the other way round. */
export const printRateLimit = (settings: RateLimitSettings): string =>
  Object.entries(NAMES)
    .flatMap(([name, member]) => (settings[member] === undefined ? [] : `${name}=${settings[member]}`))
    .join(',');
