import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, sse } from '../support/upstream-answers.js';

/** One nano-unit a token: costs are token counts. */
const ONE_NANO = '0.001';
const MAX_OUTPUT = 64;
/** What the stand-in says it counted, for every answer. */
const USAGE = { inputTokens: 10, outputTokens: 20 };
const COST = 30n;

describe('budgets', () => {
  let upstream: Upstream;
  let server: TestApp;
  /** What the next requests get instead of the usual answer. */
  const queued: Behaviour[] = [];
  beforeAll(async () => {
    upstream = await startUpstream({
      handler: () =>
        queued.shift() ?? {
          text: 'answer',
          usage: { prompt_tokens: USAGE.inputTokens, completion_tokens: USAGE.outputTokens, total_tokens: 30 },
        },
    });
    server = await startTestApp({
      config: {
        providers: [{ id: 'fake', base_url: upstream.url }],
        models: [
          {
            name: 'priced',
            provider: 'fake',
            max_output_tokens: MAX_OUTPUT,
            price: { input: ONE_NANO, output: ONE_NANO },
          },
          { name: 'wide', provider: 'fake', max_output_tokens: 4000, price: { input: ONE_NANO, output: ONE_NANO } },
          { name: 'free', provider: 'fake', max_output_tokens: MAX_OUTPUT },
        ],
      },
      limits: { graceMs: 0 },
    });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });
  beforeEach(async () => {
    await server.sql('delete from ledger');
  });

  const ask = (key: string, body: object = {}) =>
    server.rest('POST', '/responses', { model: 'priced', input: 'Hello', ...body }, key);

  interface Books {
    settled: bigint;
    reserved: bigint;
    cap: bigint;
  }
  const booksOf = async (): Promise<(Books & { period: string })[]> => {
    const rows = await server.sql<{ period: string; settled: string; reserved: string; cap: string }>(
      `select b.period, w.settled, w.reserved, b.cap from budget_windows w
       join budgets b on b.project_id = w.project_id and b.id = w.budget_id
       where b.created_at = (select max(created_at) from budgets) order by b.period`,
    );
    return rows.map((row) => ({
      period: row.period,
      settled: BigInt(row.settled),
      reserved: BigInt(row.reserved),
      cap: BigInt(row.cap),
    }));
  };
  const ledgerSum = async (): Promise<bigint> => {
    const [row] = await server.sql<{ sum: string }>('select coalesce(sum(amount), 0)::text as sum from ledger');
    return BigInt(row?.sum ?? '0');
  };

  it('settle what was used, in every window of the key, and give the rest back', async () => {
    const key = await server.createKey({
      budgets: (['total', 'day', 'month'] as const).map((period) => ({ period, cap: 1_000_000n })),
    });
    expect((await ask(key)).status).toBe(200);
    expect((await ask(key, { stream: true })).status).toBe(200);
    const settled = { settled: 2n * COST, reserved: 0n, cap: 1_000_000n };
    expect(await booksOf()).toEqual(['day', 'month', 'total'].map((period) => ({ period, ...settled })));
    expect(await ledgerSum()).toBe(2n * COST);
  });

  it('tell the upstream how long the answer may be, since that much was held', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 1_000_000n }] });
    const before = upstream.requests.length;
    await ask(key);
    expect(upstream.requests[before]?.body).toMatchObject({ max_tokens: MAX_OUTPUT });
  });

  it('refuse what they cannot cover before the model is called, in words a client understands', async () => {
    const key = await server.createKey({ budgets: [{ period: 'day', cap: 50n }] });
    const before = upstream.requests.length;
    const { status, headers, body } = await ask(key);
    expect(status).toBe(429);
    expect(headers.get('x-should-retry')).toBe('false');
    expect(body.error).toMatchObject({ code: 'insufficient_quota', type: 'insufficient_quota', remaining: '50' });
    expect(BigInt(body.error.needed)).toBeGreaterThan(50n);
    expect(body.error.reset_at * 1000).toBeGreaterThan(Date.now());
    expect(headers.get('x-budget-needed')).toBe(body.error.needed);
    expect(headers.get('x-budget-remaining')).toBe('50');
    expect(headers.get('x-budget-reset')).toBe(String(body.error.reset_at));
    expect(upstream.requests.length).toBe(before);
    expect(await booksOf()).toEqual([{ period: 'day', settled: 0n, reserved: 0n, cap: 50n }]);
  });

  it('make the official client send exactly one request', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 1n }] });
    let sent = 0;
    const client = new OpenAI({
      apiKey: key,
      baseURL: `${server.url}/api/v1`,
      fetch: (url, init) => {
        sent += 1;
        return fetch(url, init);
      },
    });
    await expect(client.responses.create({ model: 'priced', input: 'Hello' })).rejects.toBeInstanceOf(
      OpenAI.RateLimitError,
    );
    expect(sent).toBe(1);
  });

  it('cut an answer down to what is left before they refuse it', async () => {
    const asked = 5000;
    const poor = await server.createKey({ budgets: [{ period: 'total', cap: 0n }] });
    const needed = BigInt((await ask(poor, { max_output_tokens: asked })).body.error.needed);
    const enough = await server.createKey({ budgets: [{ period: 'total', cap: needed - BigInt(asked) + 256n }] });
    const before = upstream.requests.length;
    expect((await ask(enough, { max_output_tokens: asked })).status).toBe(200);
    expect(upstream.requests[before]?.body).toMatchObject({ max_tokens: 256 });
    const short = await server.createKey({ budgets: [{ period: 'total', cap: needed - BigInt(asked) + 255n }] });
    expect((await ask(short, { max_output_tokens: asked })).status).toBe(429);
    expect(upstream.requests.length).toBe(before + 1);
  });

  it.each<[string, string, (tokens: number) => object, number]>([
    [
      'a background run',
      '/responses',
      (max_output_tokens) => ({ input: 'Hello', background: true, max_output_tokens }),
      1,
    ],
    [
      'a chat completion',
      '/chat/completions',
      (max_tokens) => ({ messages: [{ role: 'user', content: 'x' }], max_tokens }),
      1,
    ],
    [
      'each answer of a chat completion',
      '/chat/completions',
      (max_completion_tokens) => ({ messages: [{ role: 'user', content: 'x' }], n: 2, max_completion_tokens }),
      2,
    ],
  ])('cut %s down too', async (_what, at, bodyOf, answers) => {
    const asked = 5000;
    const body = { model: 'priced', ...bodyOf(asked) };
    const poor = await server.createKey({ budgets: [{ period: 'total', cap: 0n }] });
    const refusal = await server.rest('POST', at, body, poor);
    expect(refusal.status).toBe(429);
    const input = BigInt(refusal.body.error.needed) - BigInt(asked * answers);
    const enough = await server.createKey({ budgets: [{ period: 'total', cap: input + BigInt(300 * answers) }] });
    const before = upstream.requests.length;
    expect((await server.rest('POST', at, body, enough)).status).toBe(200);
    const sent = (await upstream.waitForRequest(before + 1)).body;
    expect(sent?.max_tokens ?? sent?.max_completion_tokens).toBe(300);
    const short = await server.createKey({ budgets: [{ period: 'total', cap: input + BigInt(256 * answers) - 1n }] });
    expect((await server.rest('POST', at, body, short)).status).toBe(429);
    const settled = async () => (await server.sql('select 1 from reservations')).length === 0;
    while (!(await settled())) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('cut the summary of a compaction down too', async () => {
    const body = { model: 'wide', input: 'tell me of it '.repeat(600) };
    const poor = await server.createKey({ budgets: [{ period: 'total', cap: 0n }] });
    const { needed } = (await server.rest('POST', '/responses/compact', body, poor)).body.error;
    const cap = BigInt(needed) - 1000n;
    const enough = await server.createKey({ budgets: [{ period: 'total', cap }] });
    const before = upstream.requests.length;
    expect((await server.rest('POST', '/responses/compact', body, enough)).status).toBe(200);
    expect(upstream.requests[before]?.body).toMatchObject({ max_tokens: 1048 });
  });

  it('let an unpriced model through for nothing', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 0n }] });
    expect((await ask(key, { model: 'free' })).status).toBe(200);
    expect(await ledgerSum()).toBe(0n);
  });

  it('cover runs that are not stored', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 1_000_000n }] });
    expect((await ask(key, { store: false })).status).toBe(200);
    expect(await booksOf()).toEqual([{ period: 'total', settled: COST, reserved: 0n, cap: 1_000_000n }]);
    expect(await server.sql('select 1 from runs')).toEqual([]);
  });

  it('release everything when the upstream refuses', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 1_000_000n }] });
    queued.push({ status: 400, body: JSON.stringify({ error: { message: 'no', code: 'invalid_prompt' } }) });
    expect((await ask(key)).status).toBe(400);
    expect(await booksOf()).toEqual([{ period: 'total', settled: 0n, reserved: 0n, cap: 1_000_000n }]);
  });

  it('settle what was generated when the client leaves', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 1_000_000n }] });
    queued.push({ chunks: ['one ', 'two '].map((content) => sse(chatChunk({ content }))), hang: 2 });
    const leaving = new AbortController();
    const answer = await fetch(`${server.url}/api/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'priced', input: 'Hello', stream: true }),
      signal: leaving.signal,
    });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    for (let text = ''; !text.includes('output_text.delta'); )
      text += new TextDecoder().decode((await reader.read()).value);
    leaving.abort();
    await reader.read().catch(() => undefined);
    await upstream.waitForAbort(1);
    let [books] = await booksOf();
    while (books?.reserved !== 0n) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      [books] = await booksOf();
    }
    expect(books.settled).toBeGreaterThan(0n);
    expect(books.settled).toBeLessThan(200n);
    expect(await ledgerSum()).toBe(books.settled);
    const [row] = await server.sql<{ estimated: boolean }>('select estimated from ledger');
    expect(row?.estimated).toBe(true);
  });

  it('are never overspent by requests that race, where reading first and writing later is', async () => {
    // What one request holds at most, as the server itself computes it.
    const poor = await server.createKey({ budgets: [{ period: 'total', cap: 0n }] });
    const needed = BigInt((await ask(poor)).body.error.needed);
    const cap = needed * 3n + COST * 5n;
    const key = await server.createKey({ budgets: [{ period: 'total', cap }] });

    let over = 0;
    let watching = true;
    const watch = (async () => {
      while (watching) {
        const [books] = await booksOf();
        if (books !== undefined && books.settled + books.reserved > books.cap) over += 1;
      }
    })();
    const answers = await Promise.all(Array.from({ length: 64 }, () => ask(key)));
    watching = false;
    await watch;

    const admitted = answers.filter(({ status }) => status === 200).length;
    const refused = answers.filter(({ status }) => status === 429).length;
    expect(admitted + refused).toBe(64);
    expect(over).toBe(0);
    // Three fit side by side whatever the order; nobody is refused who could have been paid for.
    expect(admitted).toBeGreaterThanOrEqual(3);
    expect(refused).toBeGreaterThan(0);
    expect(await booksOf()).toEqual([{ period: 'total', settled: BigInt(admitted) * COST, reserved: 0n, cap }]);

    // The same money kept the naive way, by the same number of callers: the race is real.
    await server.sql('create table naive (spent bigint not null)');
    await server.sql('insert into naive values (0)');
    const naive = async (): Promise<void> => {
      const [row] = await server.sql<{ spent: string }>('select spent from naive');
      if (BigInt(row?.spent ?? '0') + needed <= cap)
        await server.sql('update naive set spent = spent + $1', [String(needed)]);
    };
    await Promise.all(Array.from({ length: 64 }, naive));
    const [row] = await server.sql<{ spent: string }>('select spent from naive');
    expect(BigInt(row?.spent ?? '0')).toBeGreaterThan(cap);
  });

  it('admit one after the other until the money is used up, to the unit', async () => {
    const poor = await server.createKey({ budgets: [{ period: 'total', cap: 0n }] });
    const needed = BigInt((await ask(poor)).body.error.needed);
    const key = await server.createKey({ budgets: [{ period: 'total', cap: needed + COST * 2n }] });
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await ask(key)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect(await ledgerSum()).toBe(COST * 3n);
  });
});
