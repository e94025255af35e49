import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { createLogger } from '../../src/observability/logger.js';
import { withTypes } from '../../src/persistence/database.js';
import { createJobQueue, type JobQueue } from '../../src/persistence/job-queue.js';
import { createNotifier } from '../../src/persistence/notifier.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

/** Resolved from outside. */
function signalOf<Value = void>() {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('the job queue', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let closing: (() => Promise<unknown>)[];
  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    closing = [];
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    await pool.end();
    await database.drop();
  });

  /** The queue of one process; `define` its jobs before it starts. */
  const openQueue = async <Kinds>(define: (queue: JobQueue) => Kinds): Promise<{ queue: JobQueue; kinds: Kinds }> => {
    const notifier = createNotifier(database.url, () => undefined);
    const queue = createJobQueue({
      databaseUrl: database.url,
      sql: withTypes(pool),
      notifier,
      logger: createLogger('silent'),
      patienceMs: 200,
    });
    const kinds = define(queue);
    await notifier.start();
    closing.push(() => notifier.close());
    closing.push(() => queue.close());
    queue.start();
    return { queue, kinds };
  };
  const schemas = async (): Promise<string[]> =>
    (await pool.query("select nspname from pg_namespace where nspname = 'chores'")).rows.map((row) => row.nspname);

  it('does what it is sent, at once, and sleeps until then', async () => {
    const { promise: done, resolve } = signalOf<object>();
    const { kinds: greet } = await openQueue((queue) =>
      queue.define<{ id: string }>('greet', {}, async (payload) => resolve(payload)),
    );
    await new Promise((later) => setTimeout(later, 100));
    expect(await schemas()).toEqual([]);
    expect(await greet.send({ id: 'a' })).toBe(true);
    expect(await done).toEqual({ id: 'a' });
    expect(await schemas()).toEqual(['chores']);
  });

  it('knows all its kinds before it starts', async () => {
    const { queue } = await openQueue((one) => one);
    expect(() => queue.define('late', {}, async () => undefined)).toThrow(/after the queue started/);
  });

  it('repeats what fails, and says which attempt is the last', async () => {
    const attempts: { number: number; isLast: boolean }[] = [];
    const { promise: done, resolve } = signalOf();
    const { kinds: fail } = await openQueue((queue) =>
      queue.define('fail', { retries: 1, retryDelaySeconds: 1 }, async (_payload, { number, isLast }) => {
        attempts.push({ number, isLast });
        if (isLast) resolve();
        throw new Error('not this time');
      }),
    );
    await fail.send({});
    await done;
    expect(attempts).toEqual([
      { number: 1, isLast: false },
      { number: 2, isLast: true },
    ]);
  });

  it('makes one job of several with the same id, or the same key where the kind says so', async () => {
    const seen: string[] = [];
    const { promise: done, resolve } = signalOf();
    const id = '0190b2c4-0000-7000-8000-000000000001';
    const { kinds } = await openQueue((queue) => ({
      once: queue.define<{ n: string }>('once', { onePer: 'waiting' }, async ({ n }) => void seen.push(n)),
      last: queue.define('last', {}, async () => resolve()),
    }));
    const answers = [
      await kinds.once.send({ n: 'a' }, { key: 'k', startAfterSeconds: 1 }),
      await kinds.once.send({ n: 'b' }, { key: 'k', startAfterSeconds: 1 }),
      await kinds.once.send({ n: 'c' }, { key: 'other' }),
      await kinds.last.send({}, { id, startAfterSeconds: 2 }),
      await kinds.last.send({}, { id, startAfterSeconds: 2 }),
    ];
    await kinds.last.sendMany([{ payload: {}, options: { id, startAfterSeconds: 2 } }]);
    await done;
    expect(answers).toEqual([true, false, true, true, false]);
    expect(seen.sort()).toEqual(['a', 'c']);
  });

  it('aborts what runs too long or while it closes, and another process takes it up', async () => {
    const { promise: begun, resolve: begin } = signalOf();
    const { promise: done, resolve } = signalOf<number>();
    const settings = { retries: 3, retryDelaySeconds: 0 };
    const first = await openQueue((queue) =>
      queue.define('long', settings, async (_payload, { signal }) => {
        begin();
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      }),
    );
    await first.kinds.send({});
    await begun;
    await first.queue.close();
    await openQueue((queue) => {
      queue.define('long', settings, async (_payload, { number }) => resolve(number));
    });
    expect(await done).toBe(2);
  });

  it('wakes in every process, and gives the job of a dead one to another', async () => {
    const dead = new PgBoss({ connectionString: database.url, schema: 'chores', schedule: false, supervise: false });
    dead.on('error', () => undefined);
    await dead.start();
    await dead.createQueue('chore', { heartbeatSeconds: 10, retryLimit: 2, retryDelay: 0, notify: true });
    await dead.send('chore', { id: 'left' });
    expect(await dead.fetch('chore')).toHaveLength(1);
    await dead.stop({ graceful: false });
    await pool.query(`update chores.job set heartbeat_on = now() - interval '1 minute'`);

    const { promise: done, resolve } = signalOf<object>();
    await openQueue((queue) => {
      queue.define('chore', { retryDelaySeconds: 0 }, async (payload) => resolve(payload));
    });
    expect(await done).toEqual({ id: 'left' });
  }, 40_000);
});
