import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { Logger } from '../../observability/logger.js';
import { insuredPlaces, shareOf } from './insured-places.js';
import { createLeases } from './leases.js';
import type { RateCounts } from './rate-counts.js';

export interface RedisCountsOptions {
  /** `redis://` or `rediss://`. */
  url: string;
  /** UUID of this process. */
  owner: string;
  leaseMs: number;
  logger: Logger;
}

/** Keys of rate limits. */
const PREFIX = 'antiphon:rates:';
/** A Redis that is slower than this counts as lost: no request waits longer for leave to begin. */
const PATIENCE_MS = 1000;

/** How ioredis says that a command took too long. */
const TIMED_OUT = 'Command timed out';

/** KEYS: rooms. ARGV: holder, lease in ms, places of each room. The number of the first full room from 1 on, or 0. */
const TAKE = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i, room in ipairs(KEYS) do
  redis.call('zremrangebyscore', room, '-inf', now)
  if redis.call('zcard', room) >= tonumber(ARGV[i + 2]) then return i end
end
for _, room in ipairs(KEYS) do
  redis.call('zadd', room, now + ARGV[2], ARGV[1])
  redis.call('pexpire', room, ARGV[2])
end
return 0`;

/**
 * KEYS: a set. ARGV: lease in ms, members. Puts their ends off, or puts them back should Redis have lost them. How many members
 * are alive.
 */
const RENEW = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 2, #ARGV do redis.call('zadd', KEYS[1], now + ARGV[1], ARGV[i]) end
redis.call('pexpire', KEYS[1], ARGV[1])
redis.call('zremrangebyscore', KEYS[1], '-inf', now)
return redis.call('zcard', KEYS[1])`;

interface Scripts {
  /** Of rate-limiter-flexible. */
  rlflxIncr(args: string[]): Promise<unknown>;
  takePlaces(keyCount: number, ...rest: (string | number)[]): Promise<number>;
  renewPlaces(key: string, leaseMs: number, ...members: string[]): Promise<number>;
}

/**
 * Counts in Redis, exact for every process that uses it. While it cannot be reached each process counts for itself and lets
 * its share in: the limit divided by the processes that were there last.
 */
export async function createRedisCounts({ url, owner, leaseMs, logger }: RedisCountsOptions): Promise<RateCounts> {
  let isThere = true;
  let era = 0;
  let processes = 1;
  const insurances: { limiter: RateLimiterMemory; points: number }[] = [];

  const client = new Redis(url, {
    lazyConnect: true,
    // Who cannot be counted now is counted here, not later.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: PATIENCE_MS,
    connectTimeout: PATIENCE_MS,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2000),
    scripts: { takePlaces: { lua: TAKE }, renewPlaces: { lua: RENEW, numberOfKeys: 1 } },
  });
  const redis = client as Redis & Scripts;

  const lose = (err?: Error): void => {
    if (!isThere) return;
    isThere = false;
    era += 1;
    logger.warn({ err, processes }, 'Redis is lost: this process counts its share of the rate limits by itself');
  };
  client.on('error', lose);
  client.on('close', () => lose());
  client.on('ready', () => {
    if (!isThere) {
      logger.info('Redis is back: rate limits are counted there again');
      era += 1;
    }
    isThere = true;
    void beat(new Map()).catch(() => undefined);
  });

  /** One that keeps a request waiting is left at once, so that the next ones need not wait for it too. */
  const impatient = async <T>(command: Promise<T>): Promise<T> => {
    try {
      return await command;
    } catch (error) {
      if ((error as Error).message === TIMED_OUT && isThere) {
        lose(error as Error);
        client.disconnect(true);
      }
      throw error;
    }
  };
  const windowClient = {
    get status() {
      return client.status;
    },
    defineCommand: client.defineCommand.bind(client),
    rlflxIncr: (args: string[]) => impatient(redis.rlflxIncr(args)),
  };

  const beat = async (held: ReadonlyMap<string, ReadonlySet<string>>): Promise<void> => {
    const [alive] = await Promise.all([
      redis.renewPlaces(`${PREFIX}processes`, leaseMs, owner),
      ...[...held].map(([bucket, holders]) => redis.renewPlaces(PREFIX + bucket, leaseMs, ...holders)),
    ]);
    processes = Math.max(1, alive);
    for (const { limiter, points } of insurances) limiter.points = shareOf(points, processes);
  };
  await client.connect().catch(lose);
  const leases = createLeases(leaseMs, (held) => impatient(beat(held)));

  return {
    window({ points, seconds }) {
      const limiter = new RateLimiterMemory({ points: shareOf(points, processes), duration: seconds, keyPrefix: '' });
      insurances.push({ limiter, points });
      return new RateLimiterRedis({
        points,
        duration: seconds,
        keyPrefix: `${PREFIX}window`,
        storeClient: windowClient,
        rejectIfRedisNotReady: true,
        insuranceLimiter: limiter,
      });
    },
    places: insuredPlaces(
      {
        async take(holder, rooms) {
          const keys = rooms.map(({ bucket }) => PREFIX + bucket);
          const most = rooms.map((room) => room.most);
          const full = await impatient(redis.takePlaces(keys.length, ...keys, holder, leaseMs, ...most));
          if (full !== 0) return full - 1;
          leases.add(
            holder,
            rooms.map(({ bucket }) => bucket),
          );
          return null;
        },
        async free(holder, buckets) {
          leases.remove(holder, buckets);
          await Promise.all(buckets.map((bucket) => client.zrem(PREFIX + bucket, holder)));
        },
      },
      () => processes,
    ),
    get era() {
      return era;
    },
    sweep: async () => undefined,
    async close() {
      leases.close();
      client.removeAllListeners('close');
      if (!isThere) return client.disconnect();
      await client.zrem(`${PREFIX}processes`, owner).catch(() => undefined);
      await client.quit().catch(() => client.disconnect());
    },
  };
}
