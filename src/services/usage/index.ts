import type { Clock } from '../../domain/clock.js';
import type { Logger } from '../../observability/logger.js';
import type { Queryable } from '../../persistence/database.js';
import type { Notifier } from '../../persistence/notifier.js';
import { createUsageRepository } from '../../persistence/repositories/usage.repository.js';
import { createUsageReports } from './usage.service.js';
import { createUsageFeed, USAGE_CHANNEL } from './usage-feed.js';

export interface UsageOptions {
  sql: Queryable;
  notifier: Notifier;
  /** Id of this process among those on the database. */
  owner: string;
  clock: Clock;
  logger: Logger;
}

export type Usage = ReturnType<typeof createUsage>;

/** What was used: reports of it, and a feed that tells readers when there is more. */
export function createUsage({ sql, notifier, owner, clock, logger }: UsageOptions) {
  const reports = createUsageReports({ usage: createUsageRepository(sql), clock });
  const feed = createUsageFeed({
    reports,
    notifier,
    owner,
    tell: async (text) => {
      await sql.query('select pg_notify($1, $2)', [USAGE_CHANNEL, text]);
    },
    onError: (err) => logger.warn({ err }, 'another process was not told of usage'),
  });
  return { reports, feed };
}
