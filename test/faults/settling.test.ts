import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, sse } from '../support/upstream-answers.js';

interface Bill {
  response_id: string;
  input_tokens: number;
  output_tokens: number;
  amount: string;
  estimated: boolean;
  provider: string;
}

const HANGING = { chunks: ['word ', 'and '].map((content) => sse(chatChunk({ content }))), hang: 2 };
/** A run that has said everything it will, and that is stored. */
const SAID = `select 1 from runs join response_events using (project_id, response_id) where payload ->> 'delta' like '%and %'`;
const LONG = 'tell me of it '.repeat(100);

describe('what a run costs whose process died', () => {
  let upstream: Upstream;
  let database: TestDatabase;
  let dying: TestApp;
  let survivor: TestApp;
  let key: string;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  beforeEach(async () => {
    database = await createTestDatabase();
    const options = {
      databaseUrl: database.url,
      config: {
        providers: [{ id: 'fake', base_url: upstream.url }],
        models: [{ name: 'priced', provider: 'fake', max_output_tokens: 50, price: { input: '1', output: '3' } }],
      },
    };
    dying = await startTestApp({ ...options, limits: { leaseMs: 600_000, drainMs: 0 } });
    survivor = await startTestApp({ ...options, limits: { leaseMs: 400, maxBackgroundRuns: 0 } });
    key = await dying.createKey({ budgets: [{ period: 'total', cap: 1_000_000_000n }] });
  });
  afterEach(async () => {
    await dying.stop();
    await survivor.stop();
    await database.drop();
  });
  afterAll(() => upstream.close());

  /** Begins a run that hangs upstream, lets its process count as dead, and answers its bill once the other has ended it; `isKept`: what it said is stored. */
  const billOf = async (body: object, isKept = false): Promise<Bill> => {
    upstream.enqueue(HANGING);
    const seen = upstream.requests.length;
    void fetch(`${dying.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'priced', ...body }),
    }).catch(() => undefined);
    await upstream.waitForRequest(seen + 1);
    if (isKept) while ((await dying.sql(SAID)).length === 0) await sleep(10);
    const before = await dying.sql<{ n: number }>('select count(*)::int as n from ledger');
    await dying.sql(`update runs set lease_until = now() - interval '1 second'`);
    for (;;) {
      const bills = await dying.sql<Bill>('select * from ledger order by id');
      if (bills.length > (before[0]?.n ?? 0)) return bills.at(-1) as Bill;
      await sleep(20);
    }
  };

  it.each([
    ['a stream pays its input and what was stored of its output', { stream: true }, 3],
    ['a background run does too', { background: true }, 3],
    ['a run without a stream pays its input', {}, 0],
    ['a run that is not stored pays its input', { store: false }, 0],
  ])('%s', async (_name, body, outputTokens) => {
    const short = await billOf({ input: 'Hello', ...body }, outputTokens > 0);
    const long = await billOf({ input: LONG, instructions: 'Briefly.', ...body }, outputTokens > 0);
    for (const bill of [short, long]) {
      expect(bill).toMatchObject({ output_tokens: outputTokens, estimated: true, provider: 'fake' });
      expect(Number(bill.amount)).toBe(1000 * bill.input_tokens + 3000 * bill.output_tokens);
    }
    expect(short.input_tokens).toBeGreaterThan(1);
    expect(short.input_tokens).toBeLessThan(200);
    expect(long.input_tokens).toBeGreaterThan(400);
    expect(await dying.sql('select settled, reserved from budget_windows')).toEqual([
      { settled: String(Number(short.amount) + Number(long.amount)), reserved: '0' },
    ]);
    expect(await dying.sql('select 1 from reservations')).toEqual([]);
  });

  it('what came before it in its chain or conversation was sent too', async () => {
    const { body: parent } = await survivor.rest('POST', '/responses', { model: 'priced', input: LONG });
    expect((await billOf({ input: 'x', previous_response_id: parent.id })).input_tokens).toBeGreaterThan(400);
    const { body: conversation } = await survivor.rest('POST', '/conversations', {
      items: [{ role: 'user', content: LONG }],
    });
    expect((await billOf({ input: 'x', conversation: conversation.id })).input_tokens).toBeGreaterThan(400);
  });

  it('a cancelled one ends cancelled, and pays the same', async () => {
    upstream.enqueue(HANGING);
    const seen = upstream.requests.length;
    const { body } = await dying.rest('POST', '/responses', { model: 'priced', input: 'x', background: true }, key);
    await upstream.waitForRequest(seen + 1);
    // The word to its process is lost with it; the row keeps it.
    await dying.sql(`update runs set cancelled_at = now(), lease_until = now() - interval '1 second'`);
    let response = body;
    while (response.status !== 'cancelled') response = (await survivor.rest('GET', `/responses/${body.id}`)).body;
    expect(response.usage.input_tokens).toBeGreaterThan(1);
  });
});
