import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, sse } from '../support/upstream-answers.js';

/** One nano-unit a token, and ten. */
const CHEAP = { input: '0.001', output: '0.001' };
const DEAR = { input: '0.01', output: '0.01' };
const USAGE = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
const VECTOR = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [1, 0] }],
  usage: { prompt_tokens: 3, total_tokens: 3 },
};

/** A port nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

describe('a model in several places', () => {
  let bad: Upstream;
  let good: Upstream;
  let server: TestApp;
  /** What the bad upstream does, by the model it is asked for. */
  const behaviours: Record<string, Behaviour> = {
    slow: { hang: 'headers' },
    limited: { status: 429, headers: { 'retry-after-ms': '60000' }, body: { error: { message: 'slow down' } } },
    broken: { status: 500 },
    penniless: { status: 402, body: { error: { message: 'pay first' } } },
    keyless: { status: 401, body: { error: { message: 'who are you?' } } },
    absent: { status: 404, body: { error: { message: 'no such model', code: 'model_not_found' } } },
    refusing: { status: 400, body: { error: { message: 'bad words', code: 'bad_thing', param: 'messages' } } },
    cut: { chunks: [sse(chatChunk({ content: 'half ' }))], reset: 1 },
    cutatonce: { chunks: [sse(chatChunk({ content: 'half ' }))], reset: 0 },
  };
  const model = (name: string, provider = 'bad') => ({
    name,
    provider,
    price: CHEAP,
    max_output_tokens: 1000,
    fallbacks: [{ provider: 'good', upstream_model: 'spare', price: DEAR }],
  });

  beforeAll(async () => {
    bad = await startUpstream((request) => behaviours[request.body?.model ?? '']);
    good = await startUpstream(({ path, body }) => {
      if (path.endsWith('/embeddings')) return { body: VECTOR };
      return body?.model.startsWith('queued') === false ? { usage: USAGE } : undefined;
    });
    const config = {
      providers: [
        { id: 'dead', base_url: `http://127.0.0.1:${await closedPort()}/v1`, retries: 0 },
        { id: 'bad', base_url: bad.url, retries: 0, timeouts: { headers_seconds: 0.3 } },
        { id: 'good', base_url: good.url, retries: 0 },
      ],
      models: [
        model('gone', 'dead'),
        {
          name: 'dear',
          provider: 'dead',
          price: DEAR,
          fallbacks: [{ provider: 'good', upstream_model: 'spare', price: CHEAP }],
        },
        ...Object.keys(behaviours).map((name) => model(name)),
        {
          name: 'hopeless',
          provider: 'dead',
          fallbacks: [{ provider: 'bad', upstream_model: 'broken' }],
        },
        {
          name: 'mixed',
          targets: [
            { provider: 'good', upstream_model: 'a', weight: 3 },
            { provider: 'good', upstream_model: 'b' },
          ],
          price: CHEAP,
        },
        {
          name: 'tooled',
          targets: [
            { provider: 'good', upstream_model: 'queued-a' },
            { provider: 'good', upstream_model: 'queued-b' },
          ],
        },
      ],
    };
    // A generator with a seed: the same draws in every run.
    let state = 42;
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
    server = await startTestApp({ config, random });
  });
  afterAll(async () => {
    await server.stop();
    await bad.close();
    await good.close();
  });
  let before = { bad: 0, good: 0 };
  beforeEach(() => {
    before = { bad: bad.requests.length, good: good.requests.length };
  });
  const askedSince = () => ({
    bad: bad.requests.slice(before.bad).map(({ body }) => body?.model),
    good: good.requests.slice(before.good).map(({ body }) => body?.model),
  });
  const lastBill = async () => {
    const [row] = await server.sql('select provider, amount from ledger order by created_at desc, id desc limit 1');
    return row;
  };

  const doors: Record<string, (model: string, key?: string) => Promise<{ status: number; body: unknown }>> = {
    'a response': (model, key) => server.rest('POST', '/responses', { model, input: 'hello' }, key),
    'a stream': (model, key) => server.rest('POST', '/responses', { model, input: 'hello', stream: true }, key),
    'an unstored response': (model, key) =>
      server.rest('POST', '/responses', { model, input: 'hello', store: false }, key),
    'a chat completion': (model, key) =>
      server.rest('POST', '/chat/completions', { model, messages: [{ role: 'user', content: 'hello' }] }, key),
    'a streamed chat completion': (model, key) =>
      server.rest(
        'POST',
        '/chat/completions',
        { model, messages: [{ role: 'user', content: 'hello' }], stream: true },
        key,
      ),
    'an embedding': (model, key) => server.rest('POST', '/embeddings', { model, input: 'hello' }, key),
  };

  it.each(Object.keys(doors))(
    'answers %s from the fallback when nobody listens, and says so in the metrics',
    async (door) => {
      const { status, body } = await (doors[door] as (typeof doors)[string])('gone');
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toContain('could not be reached');
      expect(askedSince()).toEqual({ bad: [], good: ['spare'] });
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toMatch(/antiphon_model_fallbacks_total\{model="gone",from="dead",to="good"\} [1-9]/);
    },
  );

  it.each(['slow', 'limited', 'broken', 'penniless', 'keyless', 'absent'])(
    'goes on when the upstream is %s',
    async (name) => {
      const { status, body } = await server.rest('POST', '/responses', { model: name, input: 'hello' });
      expect({ status, state: body.status }).toEqual({ status: 200, state: 'completed' });
      expect(askedSince()).toEqual({ bad: [name], good: ['spare'] });
    },
  );

  it('leaves alone who asked to be left alone', async () => {
    expect((await server.rest('POST', '/responses', { model: 'limited', input: 'hello' })).status).toBe(200);
    expect(askedSince()).toEqual({ bad: [], good: ['spare'] });
  });

  it('passes a refusal of the request itself on', async () => {
    const { status, body } = await server.rest('POST', '/responses', { model: 'refusing', input: 'hello' });
    expect({ status, code: body.error.code }).toEqual({ status: 400, code: 'bad_thing' });
    expect(askedSince()).toEqual({ bad: ['refusing'], good: [] });
  });

  it.each(['cut', 'cutatonce'])('asks nobody else once an answer has begun (%s)', async (name) => {
    const { body } = await server.rest('POST', '/responses', { model: name, input: 'hello', stream: true });
    expect(body).toContain('response.failed');
    expect(askedSince()).toEqual({ bad: [name], good: [] });
  });

  it('tells what the last one said when nobody answers, and leaves out who keeps failing', async () => {
    const asked: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const { status, body } = await server.rest('POST', '/responses', { model: 'hopeless', input: 'hello' });
      expect({ status, code: body.error.code }).toEqual({ status: 503, code: 'server_error' });
      asked.push(askedSince().bad.length);
    }
    // Both rest after the third round; where nobody else is left, they are asked all the same.
    expect(asked).toEqual([1, 2, 3, 4, 5]);
  });

  it('charges the price of the place that served, and holds the highest', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 1_000_000n }] });
    expect((await server.rest('POST', '/responses', { model: 'gone', input: 'hello' }, key)).status).toBe(200);
    expect(await lastBill()).toMatchObject({ provider: 'good', amount: '300' });
    expect(await server.sql('select settled, reserved from budget_windows')).toEqual([
      { settled: '300', reserved: '0' },
    ]);
    expect((await server.rest('POST', '/responses', { model: 'dear', input: 'hello' }, key)).status).toBe(200);
    expect(await lastBill()).toMatchObject({ provider: 'good', amount: '30' });
    // 1000 tokens of output at the fallback's price do not fit, though they would at the first one's.
    const poor = await server.createKey({ budgets: [{ period: 'total', cap: 2_000n }] });
    const { body } = await server.rest(
      'POST',
      '/responses',
      { model: 'gone', input: 'hello', max_output_tokens: 900 },
      poor,
    );
    expect({ code: body.error?.code }).toEqual({ code: 'insufficient_quota' });
  });

  it('charges chat completions and embeddings alike', async () => {
    await doors['a chat completion']?.('gone');
    await doors['an embedding']?.('gone');
    let rows: { amount: string; provider: string }[] = [];
    for (let tries = 0; tries < 1000 && rows.length < 2; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      rows = await server.sql(
        `select amount, provider from ledger where model = 'gone' and amount in (300, 30) order by created_at desc limit 2`,
      );
    }
    expect(rows.map(({ amount }) => amount).sort()).toEqual(['30', '300']);
    expect(rows.every(({ provider }) => provider === 'good')).toBe(true);
  });

  it('shares requests by weight', async () => {
    for (let round = 0; round < 80; round += 1)
      await server.rest('POST', '/chat/completions', { model: 'mixed', messages: [{ role: 'user', content: 'x' }] });
    const { good: names } = askedSince();
    const shareOfA = names.filter((name) => name === 'a').length / 80;
    expect(shareOfA).toBeGreaterThan(0.6);
    expect(shareOfA).toBeLessThan(0.9);
  });

  it('keeps all turns of a response in one place', async () => {
    const tools = [{ type: 'file_search' }];
    for (let round = 0; round < 6; round += 1) {
      const from = good.requests.length;
      good.enqueue({ toolCalls: [{ name: 'file_search', arguments: '{"queries":["x"]}' }] });
      await server.rest('POST', '/responses', { model: 'tooled', input: 'hello', tools });
      const names = good.requests.slice(from).map(({ body }) => body?.model);
      expect(names).toHaveLength(2);
      expect(names[1]).toBe(names[0]);
    }
    expect(new Set(askedSince().good)).toEqual(new Set(['queued-a', 'queued-b']));
  });
});
