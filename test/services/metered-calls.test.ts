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

  it('keeps its lease however long it takes, so that nobody else settles it', async () => {
    const key = await start({ usage: USAGE, delayMs: 1500 }, { leaseMs: 400 });
    expect((await ask(key)).status).toBe(200);
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
    while ((await server.sql('select 1 from runs')).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
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
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const key = await start({ usage: USAGE, beforePiece: () => answered }, { maxRuns: 1 });
    const first = ask(key);
    await upstream.waitForRequest(1);
    expect((await ask(key)).status).toBe(503);
    answer();
    expect((await first).status).toBe(200);
    expect((await ask(key)).status).toBe(200);
  });
});
