import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import pg from 'pg';
import { pino } from 'pino';
import { newUuid } from '../../../src/domain/ids.js';
import { type RateLimit, rateWindow } from '../../../src/domain/rate-limit.js';
import { createLogger } from '../../../src/observability/logger.js';
import { withTypes } from '../../../src/persistence/database.js';
import { createPostgresCounts } from '../../../src/persistence/rate-counts/in-postgres.js';
import { createProcessCounts } from '../../../src/persistence/rate-counts/in-process.js';
import { createRedisCounts } from '../../../src/persistence/rate-counts/in-redis.js';
import type { RateCounts } from '../../../src/persistence/rate-counts/rate-counts.js';
import type { Caller } from '../../../src/services/limits/bucket.js';
import { createRateLimiter, type RateLimiter } from '../../../src/services/limits/rate-limiter.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { type RedisServer, redisIsMissing, startRedis } from '../../support/redis.js';
import { describeWhereInstalled } from '../../support/where-installed.js';

/** Long enough that a process which waits for its turn on a busy machine is not taken for dead. */
const LEASE_MS = 3_000;
const nothing = { model: null, requests: null, tokens: null, concurrentRuns: null, concurrentStreams: null };
const logger = createLogger('silent');

const describeRedis = describeWhereInstalled(redisIsMissing(), 'rate limits in Redis');

/** A process as the limits see it: it dies without giving anything back. */
interface Replica {
  limiter: RateLimiter;
  counts: RateCounts;
}

interface Store {
  open(): Promise<RateCounts>;
  /** Keys and rows that are there. */
  kept(): Promise<number>;
  close(): Promise<void>;
}

async function postgres(): Promise<Store> {
  const database: TestDatabase = await createTestDatabase();
  const pools: pg.Pool[] = [];
  return {
    async open() {
      const pool = new pg.Pool({ connectionString: database.url, max: 5 });
      pool.on('error', () => undefined);
      pools.push(pool);
      return createPostgresCounts(withTypes(pool), LEASE_MS);
    },
    async kept() {
      const { rows } = await (pools[0] as pg.Pool).query<{ n: number }>(
        'select ((select count(*) from rate_windows) + (select count(*) from rate_places))::int as n',
      );
      return rows[0]?.n ?? 0;
    },
    async close() {
      for (const pool of pools) await pool.end();
      await database.drop();
    },
  };
}

async function redis(): Promise<Store> {
  const server = await startRedis();
  const client = new Redis(server.url);
  return {
    kept: async () => (await client.keys('*')).filter((key) => !key.endsWith(':processes')).length,
    open: () => createRedisCounts({ url: server.url, owner: newUuid(), leaseMs: LEASE_MS, logger }),
    async close() {
      client.disconnect();
      await server.close();
    },
  };
}

async function oneProcess(): Promise<Store> {
  return { open: async () => createProcessCounts(), kept: async () => 0, close: async () => undefined };
}

const settled = async <T>(requests: Promise<T>[]): Promise<T[]> =>
  (await Promise.allSettled(requests)).flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const countIn = (name: string, start: () => Promise<Store>) => () => {
  let store: Store;
  let open: Replica[] = [];
  beforeAll(async () => {
    store = await start();
  });
  afterAll(() => store.close());
  afterEach(async () => {
    for (const { limiter } of open) await limiter.close();
    open = [];
  });

  const replicas = async (count: number, ...limits: (Partial<RateLimit> & Pick<RateLimit, 'scope'>)[]) => {
    // What is counted in one process has nobody else to be exact with.
    for (let index = 0; index < (name === 'one process' ? 1 : count); index += 1) {
      const counts = await store.open();
      const limiter = createRateLimiter(async () => counts);
      await limiter.use(limits.map((limit) => ({ ...nothing, ...limit })));
      open.push({ limiter, counts });
    }
    const [first, second = first] = open.map(({ limiter }) => limiter);
    return [first, second] as [RateLimiter, RateLimiter];
  };
  const someone = () => ({ projectId: newUuid(), keyId: newUuid(), rateLimits: [] });
  const ask = (limiter: RateLimiter, who: Caller, tokens = 1) =>
    limiter.acquire(who, 'm', { run: true, stream: false, tokens: async () => ({ input: 0, output: tokens }) });

  it('let in exactly the burst of two hundred that come at once to two replicas', async () => {
    const both = await replicas(2, { scope: 'key', requests: rateWindow(1, 37) });
    for (const who of [someone(), someone()]) {
      const knocks = Array.from({ length: 200 }, (_, index) => ask(both[index % 2] as RateLimiter, who));
      expect(await settled(knocks)).toHaveLength(37);
    }
  });

  it('never hold more tokens than a window has, whoever asks for how many', async () => {
    const both = await replicas(2, { scope: 'key', tokens: rateWindow(1000, 1000) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 2, maxLength: 40 }), async (sizes) => {
        const who = someone();
        const knocks = sizes.map(async (size, index) => {
          await ask(both[index % 2] as RateLimiter, who, size);
          return size;
        });
        const held = (await settled(knocks)).reduce((sum, size) => sum + size, 0);
        expect(held).toBeLessThanOrEqual(1000);
        // What was refused left nothing behind.
        const rest = await ask(both[0], who, 1000 - held).catch((error: unknown) => error);
        expect(rest).not.toBeInstanceOf(Error);
      }),
      { numRuns: 10 },
    );
  });

  it('let exactly as many go on at once as there is room for, and others in as places come free', async () => {
    const both = await replicas(2, { scope: 'key', concurrentRuns: 7 }, { scope: 'project', concurrentRuns: 9 });
    const who = someone();
    let running = 0;
    let most = 0;
    let done = 0;
    const run = async (limiter: RateLimiter, caller: typeof who): Promise<void> => {
      for (;;) {
        const lease = await ask(limiter, caller).catch(() => null);
        if (lease === null) {
          await pause(5);
          continue;
        }
        running += 1;
        most = Math.max(most, running);
        await pause(5);
        running -= 1;
        done += 1;
        lease.release(0);
        return;
      }
    };
    const other = { ...who, keyId: newUuid() };
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => run(both[index % 2] as RateLimiter, index % 3 === 0 ? other : who)),
    );
    expect(done).toBe(60);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(9);
    // Every place has come back, as soon as that is written down.
    const fill = async (caller: typeof who, places: number): Promise<void> => {
      let held = 0;
      for (let attempt = 0; held < places; attempt += 1) {
        expect(attempt).toBeLessThan(600);
        const knocks = Array.from({ length: 20 }, (_, index) => ask(both[index % 2] as RateLimiter, caller));
        held += (await settled(knocks)).length;
        if (held < places) await pause(20);
      }
      expect(held).toBe(places);
    };
    await fill(who, 7);
    await fill(other, 2);
  });

  // A process that counts for itself has nobody to outlive, and nothing to forget.
  if (name === 'one process') return;

  it('keep the places of a process that lives, and free those of one that died', async () => {
    const [dying, living] = await replicas(2, { scope: 'key', concurrentRuns: 2 });
    const who = someone();
    await ask(dying, who);
    await ask(living, who);
    // Its connection goes without a word, and with it its heartbeat.
    await open[0]?.counts.close();
    await expect(ask(living, who)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    // The dead one's last beat was no longer ago than the living one's first place.
    let lease: Awaited<ReturnType<typeof ask>> | undefined;
    for (let attempt = 0; lease === undefined; attempt += 1) {
      expect(attempt).toBeLessThan(600);
      await pause(50);
      [lease] = await settled([ask(living, who)]);
    }
    await pause(LEASE_MS / 3);
    // The one it has held all the time, and this one: longer than a lease.
    await expect(ask(living, who)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    lease?.release(0);
  });

  it('forget what has run out', async () => {
    const [limiter] = await replicas(1, { scope: 'key', requests: rateWindow(600, 1), concurrentRuns: 5 });
    await open[0]?.counts.sweep();
    const before = await store.kept();
    await ask(limiter, someone());
    expect(await store.kept()).toBe(before + 2);
    await open[0]?.counts.close();
    for (let attempt = 0; (await store.kept()) > before; attempt += 1) {
      expect(attempt).toBeLessThan(600);
      await pause(50);
      await open[0]?.counts.sweep();
    }
  });
};

describe('rate limits counted in one process', countIn('one process', oneProcess));
describe('rate limits counted in PostgreSQL', countIn('PostgreSQL', postgres));
describeRedis('rate limits counted in Redis', countIn('Redis', redis));

describeRedis('when Redis is lost', () => {
  let server: RedisServer;
  const limiters: RateLimiter[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    for (const limiter of limiters) await limiter.close();
    await server.close();
  });

  it('every process lets its share in and says so once; when it is back they count together again', async () => {
    const said: string[] = [];
    const noting = pino({ level: 'info' }, { write: (line: string) => void said.push(JSON.parse(line).msg) });
    for (let index = 0; index < 2; index += 1) {
      const limiter = createRateLimiter(() =>
        createRedisCounts({ url: server.url, owner: newUuid(), leaseMs: LEASE_MS, logger: noting }),
      );
      await limiter.use([
        { ...nothing, scope: 'key', requests: rateWindow(1, 10), concurrentRuns: 100 },
        { ...nothing, scope: 'project', concurrentRuns: 4 },
      ]);
      limiters.push(limiter);
    }
    const [one, two] = limiters as [RateLimiter, RateLimiter];
    const ask = (limiter: RateLimiter, who: Caller) =>
      limiter.acquire(who, 'm', { run: true, stream: false, tokens: null });
    const who = { projectId: newUuid(), keyId: newUuid(), rateLimits: [] };
    const held = await ask(one, who);
    await pause(LEASE_MS);

    await server.kill();
    // Knocking goes on while it is down; nothing is thrown but refusals.
    const down = { projectId: newUuid(), keyId: newUuid(), rateLimits: [] };
    const leases = [];
    for (const limiter of [one, two]) {
      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => ask(limiter, down)));
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'rate_limit_exceeded' });
        else leases.push(outcome.value);
    }
    // Two places of four for each of two processes; their windows would have let five in each.
    expect(leases).toHaveLength(4);
    for (const lease of leases) lease?.release(0);
    const windows = [];
    for (const limiter of [one, two]) {
      const many = { projectId: newUuid(), keyId: down.keyId, rateLimits: [] };
      for (let index = 0; index < 30; index += 1)
        windows.push(
          await ask(limiter, many).then(
            (lease) => lease?.release(0),
            () => 'refused',
          ),
        );
    }
    expect(windows.filter((outcome) => outcome !== 'refused')).toHaveLength(10);
    const bothSaid = async (words: string) => {
      for (let attempt = 0; said.filter((line) => line.includes(words)).length < 2; attempt += 1) {
        expect(attempt).toBeLessThan(600);
        await pause(50);
      }
    };
    await bothSaid('Redis is lost');
    await server.restart();
    await bothSaid('Redis is back');
    // What went on before has its place again, after a beat.
    await pause(LEASE_MS);
    const again = await settled(Array.from({ length: 20 }, (_, index) => ask(index % 2 === 0 ? one : two, who)));
    expect(again).toHaveLength(3);
    held?.release(0);
    expect(said).toHaveLength(4);
  }, 60_000);

  it('because it hangs, one request finds out and the next ones do without', async () => {
    const said: string[] = [];
    const noting = pino({ level: 'info' }, { write: (line: string) => void said.push(JSON.parse(line).msg) });
    const hanging = await startRedis();
    const limiter = createRateLimiter(() =>
      createRedisCounts({ url: hanging.url, owner: newUuid(), leaseMs: 60_000, logger: noting }),
    );
    await limiter.use([{ ...nothing, scope: 'key', requests: rateWindow(1, 3), concurrentRuns: 50 }]);
    const who = { projectId: newUuid(), keyId: newUuid(), rateLimits: [] };
    const ask = () => limiter.acquire(who, 'm', { run: true, stream: false, tokens: null });
    await ask();
    const goOn = hanging.hang();
    await ask();
    expect(said).toEqual([expect.stringContaining('Redis is lost')]);
    await ask();
    await ask();
    await expect(ask()).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    goOn();
    for (let attempt = 0; said.length < 2; attempt += 1) {
      expect(attempt).toBeLessThan(600);
      await pause(50);
    }
    await limiter.close();
    await hanging.close();
  }, 60_000);

  it('from the start, the server starts all the same', async () => {
    const counts = await createRedisCounts({ url: 'redis://127.0.0.1:9', owner: newUuid(), leaseMs: LEASE_MS, logger });
    const limiter = createRateLimiter(async () => counts);
    await limiter.use([{ ...nothing, scope: 'key', requests: rateWindow(1, 1), concurrentStreams: 1 }]);
    const who = { projectId: newUuid(), keyId: newUuid(), rateLimits: [] };
    const ask = () => limiter.acquire(who, 'm', { run: true, stream: true, tokens: null });
    const lease = await ask();
    await expect(ask()).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    await expect(limiter.enterStream(who, null)).rejects.toMatchObject({ details: { limit: 'concurrent_streams' } });
    lease?.stream?.leave();
    await limiter.enterStream(who, null);
    await limiter.close();
  });
});
