import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type CountingUpstream, startCountingUpstream } from '../../bench/budget/counting-upstream.js';
import { DOORS } from '../../bench/budget/doors.js';
import { startNaiveServer } from '../../bench/budget/naive-server.js';
import { type RaceOptions, race } from '../../bench/budget/race.js';
import type { Till } from '../../bench/budget/till.js';
import type { RestAnswer } from '../support/app.js';
import { createTestDatabase, makeTemporaryFolder, type TestDatabase } from '../support/postgres.js';
import { PATIENT, type ServerProcess, startServerProcess } from '../support/process.js';

const KEY = 'budget-race-key';
/** One nano-unit a token: amounts are token counts. */
const CONFIG = `
models:
  - { name: priced, provider: counting, max_output_tokens: 400, price: { input: "0.001", output: "0.001" } }
money: { least_output_tokens: 16 }
limits: { grace_seconds: 0, drain_seconds: 0, lease_seconds: 5, ${PATIENT} }
providers:
  - { id: counting, base_url: "\${COUNTING_URL}" }
`;
/** Longest answer asked for. */
const MAX_TOKENS = 300;
/** The six windows that hold at once; the end user's is a template, so each of them has one. */
const WINDOWS = [
  { scope: 'project', period: 'total' },
  { scope: 'project', period: 'day', time_zone: 'Asia/Kathmandu' },
  { scope: 'project', period: 'rolling', rolling_seconds: 3600 },
  { scope: 'key', period: 'week' },
  { scope: 'key', period: 'month', time_zone: 'America/New_York' },
  { scope: 'end_user', period: 'month' },
];

describe('many requests and money for a few', () => {
  let folder: string;
  let upstream: CountingUpstream;
  let database: TestDatabase;
  let pool: pg.Pool;
  let servers: ServerProcess[] = [];
  beforeAll(async () => {
    folder = makeTemporaryFolder();
    writeFileSync(path.join(folder, 'config.yaml'), CONFIG);
    [upstream, database] = await Promise.all([startCountingUpstream(), createTestDatabase()]);
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    const start = () =>
      startServerProcess({
        DATABASE_URL: database.url,
        DATA_DIR: folder,
        ANTIPHON_SECRET: 'a secret of the test, shared by both',
        ANTIPHON_API_KEY: KEY,
        ANTIPHON_CONFIG: path.join(folder, 'config.yaml'),
        COUNTING_URL: upstream.url,
      });
    servers = await Promise.all([start(), start()]);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.end('SIGKILL')));
    await upstream.close();
    await pool.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const sql = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await pool.query<Row>(text, values)).rows;
  const rest = async (method: string, at: string, body?: object, key = KEY) => {
    const answer = await fetch(`${servers[0]?.url}/v1${at}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() } as Omit<RestAnswer, 'headers'>;
  };

  /** Every window that limits something, from one statement and so at one moment. */
  const till: Till = {
    async read() {
      const rows = await sql<{ name: string; cap: string; settled: string; reserved: string }>(
        `select b.scope || ' ' || b.period as name, b.cap, w.settled, w.reserved
         from budget_windows w join budgets b on b.project_id = w.project_id and b.id = w.budget_id
         where b.deleted_at is null and b.enforced`,
      );
      return rows.map(({ name, cap, settled, reserved }) => ({
        name,
        limit: BigInt(cap),
        settled: BigInt(settled),
        reserved: BigInt(reserved),
      }));
    },
  };

  const common = {
    baseUrls: () => servers.map(({ url }) => `${url}/v1`),
    model: 'priced',
    doors: DOORS,
    till,
    maxTokens: MAX_TOKENS,
    leaving: 0.15,
    failing: 0.1,
    endUsers: ['ann', 'ben', 'cay'],
  } satisfies Partial<RaceOptions>;

  /** What one request may cost at the most. */
  const MOST = 500n;

  /** Until nothing is under way any more; whoever was killed is buried by the others. */
  const settle = async (): Promise<void> => {
    for (;;) {
      const [row] = await sql<{ n: number }>('select count(*)::int as n from runs');
      if (row?.n === 0) return;
      await sleep(50);
    }
  };

  /** After the race: nothing is held, and every window is what the ledger adds up to, to the unit. */
  const expectBooks = async (): Promise<void> => {
    expect(await sql('select 1 from reservations')).toEqual([]);
    expect(await sql('select 1 from budget_windows where reserved <> 0')).toEqual([]);
    expect(
      await sql(
        `select w.budget_id, w.settled, coalesce(booked.amount, 0) as booked from budget_windows w
         left join (
           select c.budget_id, c.window_start, sum(amount) as amount
           from ledger l cross join lateral unnest(l.budget_ids, l.window_starts) as c(budget_id, window_start)
           group by 1, 2
         ) booked on booked.budget_id = w.budget_id and booked.window_start = w.window_start
         where w.settled <> coalesce(booked.amount, 0)`,
      ),
    ).toEqual([]);
    expect(await sql('select response_id from ledger group by response_id having count(*) > 1')).toEqual([]);
  };

  /** What the ledger has of each request beside what the upstream has counted itself, where they differ. */
  const differences = async (first: number, isExcused: (n: number) => boolean = () => false) => {
    const rows = await sql<{ label: string; input_tokens: number; output_tokens: number; estimated: boolean }>(
      'select label, input_tokens, output_tokens, estimated from ledger where label::int >= $1',
      [first],
    );
    const booked = new Map(rows.map((row) => [Number(row.label), row]));
    const found: object[] = [];
    for (const [n, { inputTokens, outputTokens }] of upstream.used) {
      if (n < first || isExcused(n)) continue;
      const row = booked.get(n);
      if (inputTokens !== (row?.input_tokens ?? 0) || outputTokens !== (row?.output_tokens ?? 0))
        found.push({ n, inputTokens, outputTokens, row });
    }
    for (const [n, row] of booked) if (!upstream.used.has(n) && !isExcused(n)) found.push({ n, row });
    return found;
  };

  it('are never overspent on one hot key, in six windows at once, while one of two processes is killed', async () => {
    const { body: hot } = await rest('POST', '/api_keys', { name: 'hot' });
    // Money for about a third of what is asked.
    const limit = '0.00002';
    for (const window of WINDOWS) {
      const of = window.scope === 'key' ? { key_id: hot.id } : {};
      expect((await rest('POST', '/budgets', { ...window, ...of, limit })).status).toBe(201);
    }
    const [dying] = servers.splice(1) as [ServerProcess];
    let died: Promise<unknown> = Promise.resolve();
    const all = [servers[0]?.url, dying.url].map((url) => `${url}/v1`);
    let isAlive = true;
    const report = await race({
      ...common,
      baseUrls: () => (isAlive ? all : all.slice(0, 1)),
      upstream,
      keys: [hot.value],
      requests: 400,
      concurrency: 96,
      seed: 1,
      onRequest(n) {
        if (n !== 150) return;
        isAlive = false;
        died = dying.end('SIGKILL');
      },
    });
    await died;
    await sql(
      `update runs set lease_until = now() - interval '1 second' where lease_until < now() + interval '19 seconds'`,
    );
    await settle();

    expect(report.faults).toEqual([]);
    expect(report.overspent).toEqual([]);
    expect(report.moments).toBeGreaterThan(20);
    const { answered, denied, left, lost } = report.outcomes;
    expect(denied).toBeGreaterThan(0);
    expect(left).toBeGreaterThan(0);
    expect(lost).toBeGreaterThan(0);
    // As many as there is money for in the worst case were let in, whatever the order.
    expect(BigInt(answered + left + lost)).toBeGreaterThanOrEqual(20_000n / MOST);
    expect(report.fullest).toBeGreaterThan(75);
    await expectBooks();
    // What died with its process is estimated; of everything else the upstream's own count is in the ledger.
    expect(await differences(1, (n) => report.sentTo.get(n) === all[1])).toEqual([]);
  });

  it('are never overspent on 200 keys, each with its own money and all with the project’s', async () => {
    await sql('update budgets set deleted_at = now()');
    const keys = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const { body } = await rest('POST', '/api_keys', { name: `key ${index}` });
        await rest('POST', '/budgets', { scope: 'key', key_id: body.id, period: 'total', limit: '0.000001' });
        return body.value as string;
      }),
    );
    await rest('POST', '/budgets', { scope: 'project', period: 'month', limit: '0.00003' });
    const report = await race({ ...common, upstream, keys, requests: 500, concurrency: 128, seed: 2, first: 10_001 });
    await settle();
    expect(report.faults).toEqual([]);
    expect(report.overspent).toEqual([]);
    expect(report.outcomes.denied).toBeGreaterThan(0);
    expect(report.outcomes.answered + report.outcomes.left).toBeGreaterThanOrEqual(Number(30_000n / MOST));
    expect(report.fullest).toBeGreaterThan(90);
    await expectBooks();
    expect(await differences(10_001)).toEqual([]);
  });

  it('cost what the upstream has counted, to the token, though a third of the clients leave', async () => {
    await sql('update budgets set deleted_at = now()');
    await rest('POST', '/budgets', { scope: 'project', period: 'day', limit: '1000' });
    const { body: key } = await rest('POST', '/api_keys', { name: 'rich' });
    const report = await race({
      ...common,
      upstream,
      keys: [key.value],
      requests: 10_000,
      concurrency: 128,
      leaving: 0.3,
      seed: 3,
      first: 20_001,
    });
    await settle();
    expect(report.faults).toEqual([]);
    expect(report.outcomes.denied).toBe(0);
    expect(report.outcomes.left).toBeGreaterThan(1500);
    expect(report.outcomes.answered).toBeGreaterThan(5000);
    await expectBooks();
    expect(await differences(20_001)).toEqual([]);
  }, 600_000);

  it('are overspent where a gateway reads, then runs, then writes', async () => {
    const naive = await startNaiveServer(upstream.url, 20_000n);
    try {
      const report = await race({
        ...common,
        baseUrls: () => [naive.baseUrl],
        till: naive.till,
        doors: ['whole'],
        upstream,
        keys: ['any'],
        requests: 400,
        concurrency: 96,
        leaving: 0,
        failing: 0,
        seed: 1,
        first: 40_001,
      });
      expect(report.faults).toEqual([]);
      expect(report.overspent).not.toEqual([]);
    } finally {
      await naive.close();
    }
  });
});
