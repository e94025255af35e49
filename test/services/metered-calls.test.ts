import { afterEach, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, sse } from '../support/upstream-answers.js';

/** One nano-unit a token: costs are token counts. */
const PRICE = { input: '0.001', output: '0.001' };
const USAGE = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };

describe('a metered call', () => {
  let upstream: Upstream;
  let server: TestApp;
  let config: object;
  const start = async (behaviour: Behaviour, limits: object) => {
    upstream = await startUpstream({ handler: () => behaviour });
    config = {
      providers: [{ id: 'fake', base_url: upstream.url }],
      models: [{ name: 'priced', provider: 'fake', max_output_tokens: 64, price: PRICE }],
    };
    server = await startTestApp({ config, limits: { drainMs: 100, ...limits } });
    return server.createKey({ budgets: [{ period: 'total', cap: 1_000_000n }] });
  };
  afterEach(async () => {
    await server.stop();
    await upstream.close();
  });
  const ask = (key: string, more: object = {}) =>
    server.rest(
      'POST',
      '/chat/completions',
      { model: 'priced', messages: [{ role: 'user', content: 'x' }], ...more },
      key,
    );
  const books = () => server.sql<{ settled: string; reserved: string }>('select settled, reserved from budget_windows');

  /** A key, an upstream that answers when it is told to, and a call that waits for it. */
  const hold = async (limits: object) => {
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const key = await start({ usage: USAGE, beforePiece: () => answered }, limits);
    const asked = ask(key);
    await upstream.waitForRequest(1);
    return { key, asked, answer };
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('keeps its lease however long it takes, so that nobody else settles it', async () => {
    const { asked, answer } = await hold({ leaseMs: 2000 });
    const lease = async () => (await server.sql<{ until: string }>('select lease_until::text as until from runs'))[0];
    const first = await lease();
    expect(first).toBeDefined();
    while ((await lease())?.until === first?.until) await pause(50);
    answer();
    expect((await asked).status).toBe(200);
    expect(await books()).toEqual([{ settled: '30', reserved: '0' }]);
    expect(await server.sql('select estimated from ledger')).toEqual([{ estimated: false }]);
  });

  it('whose lease ran out while its process stood still is not ended by that process', async () => {
    const { asked, answer } = await hold({ leaseMs: 40 });
    const until = Date.now() + 1000;
    while (Date.now() < until) await server.sql(`update runs set lease_until = now() - interval '1 second'`);
    answer();
    expect((await asked).status).toBe(200);
    expect(await books()).toEqual([{ settled: '30', reserved: '0' }]);
    expect(await server.sql('select estimated from ledger')).toEqual([{ estimated: false }]);
  });

  it('that a stopping server cuts off tells its client, and is paid', async () => {
    const key = await start({ chunks: [sse(chatChunk({ content: 'half ' }))], hang: 1 }, { drainMs: 100 });
    const asked = ask(key, { stream: true });
    await upstream.waitForRequest(1);
    while ((await server.sql('select 1 from reservations')).length === 0);
    await server.app.container.drain();
    const { body } = await asked;
    expect(body).toContain('"content":"half "');
    expect(body).toContain('The server is shutting down.');
    const [row] = await books();
    expect(row?.reserved).toBe('0');
    expect(Number(row?.settled)).toBeGreaterThan(1);
    expect((await ask(key)).status).toBe(503);
  });

  it('whose process dies is closed by another, and its prompt is paid', async () => {
    const key = await start({ hang: 'headers' }, { leaseMs: 600_000 });
    const asked = ask(key);
    await upstream.waitForRequest(1);
    // The way it looks to others when nobody renews the lease any more.
    await server.sql(`update runs set lease_until = now() - interval '1 second'`);
    const other = await startTestApp({ databaseUrl: server.databaseUrl, config, limits: { leaseMs: 400 } });
    while ((await server.sql('select 1 from runs')).length > 0) await pause(20);
    await other.stop();
    const [row] = await server.sql<{ input_tokens: number; estimated: boolean; amount: string }>(
      'select * from ledger',
    );
    expect(row?.input_tokens).toBeGreaterThan(0);
    expect(row).toMatchObject({ estimated: true, amount: String(row?.input_tokens) });
    expect(await books()).toEqual([{ settled: row?.amount, reserved: '0' }]);
    await server.app.container.drain();
    await asked;
    // What the first process books too late is refused by the fence.
    expect(await server.sql('select 1 from ledger')).toHaveLength(1);
  });

  it('is refused while as many run as may', async () => {
    const { key, asked, answer } = await hold({ maxRuns: 1 });
    expect((await ask(key)).status).toBe(503);
    answer();
    expect((await asked).status).toBe(200);
    expect((await ask(key)).status).toBe(200);
  });
});
