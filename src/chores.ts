import type { Clock } from './domain/clock.js';
import type { Logger } from './observability/logger.js';
import type { Queryable } from './persistence/database.js';
import { ensurePartitions } from './persistence/partitions.js';
import type { RateLimiter } from './services/limits/rate-limiter.js';
import type { Money } from './services/money/index.js';
import type { Responses } from './services/responses/index.js';
import type { Usage } from './services/usage/index.js';

export interface ChoresOptions {
  logger: Logger;
  clock: Clock;
  sql: Queryable;
  money: Money;
  usage: Usage;
  responses: Responses;
  rates: RateLimiter;
}

const MINUTE_MS = 60_000;

/**
 * What each process does by the clock. Two that do the same at once do no harm, and what fails is done the next time.
 * Answers what ends it.
 */
export function startChores({ logger, clock, sql, money, usage, responses, rates }: ChoresOptions): () => void {
  const timers: NodeJS.Timeout[] = [];
  const every = (ms: number, failure: string, work: () => Promise<unknown>): void => {
    const timer = setInterval(() => {
      work().catch((err: unknown) => logger.error({ err }, failure));
    }, ms);
    timers.push(timer.unref());
  };
  every(MINUTE_MS, 'passed budget thresholds were not told of', money.tellThresholds);
  every(15 * MINUTE_MS, 'storage was not charged', money.chargeStorage);
  every(15 * MINUTE_MS, 'usage was not summed up', () => usage.reports.sumUp());
  every(60 * MINUTE_MS, 'what has expired was not removed', () => Promise.all([responses.sweep(), rates.sweep()]));
  every(24 * 60 * MINUTE_MS, 'partitions were not made', () => ensurePartitions(sql, clock.now()));
  return () => timers.forEach(clearInterval);
}
