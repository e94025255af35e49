import { ConfigError } from './config/env.js';
import type { AntiphonConfig } from './config/schema/index.js';
import type { Logger } from './observability/logger.js';
import type { Queryable } from './persistence/database.js';
import type { RateCounts } from './persistence/rate-counts/rate-counts.js';

export interface RateCountSources {
  config: Pick<AntiphonConfig, 'rate_limit_store'>;
  ownsDatabase: boolean;
  redisUrl?: string | null;
  logger: Logger;
}

/**
 * Opens what counts for the rate limits. Many processes have to share one: Redis if there is one, else their database. Loaded
 * only here, so that a server without limits does without.
 */
export async function openRateCounts(
  { config, ownsDatabase, redisUrl = null, logger }: RateCountSources,
  { sql, owner, leaseMs }: { sql: Queryable; owner: string; leaseMs: number },
): Promise<RateCounts> {
  const shared = redisUrl === null ? 'postgres' : 'redis';
  const store = config.rate_limit_store ?? (redisUrl === null && ownsDatabase ? 'process' : shared);
  if (store === 'redis') {
    if (redisUrl === null) throw new ConfigError('rate_limit_store: redis needs REDIS_URL.');
    const { createRedisCounts } = await import('./persistence/rate-counts/in-redis.js');
    return createRedisCounts({ url: redisUrl, owner, leaseMs, logger });
  }
  if (store === 'postgres') {
    const { createPostgresCounts } = await import('./persistence/rate-counts/in-postgres.js');
    return createPostgresCounts(sql, leaseMs);
  }
  const { createProcessCounts } = await import('./persistence/rate-counts/in-process.js');
  return createProcessCounts();
}
