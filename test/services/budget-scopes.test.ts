import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { parsePublicId } from '../../src/domain/ids.js';
import { withTypes } from '../../src/persistence/database.js';
import { createBudgetRepository } from '../../src/persistence/repositories/budget.repository.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

const COST = 30n;
const PRICE = '0.001'; // one nano-unit a token

describe('budgets on projects, end users and labels', () => {
  let upstream: Upstream;
  let server: TestApp;
  let other: TestApp;
  let pool: pg.Pool;
  beforeAll(async () => {
    upstream = await startUpstream({
      handler: () => ({ text: 'answer', usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 } }),
    });
    const config = {
      currency: 'EUR',
      providers: [{ id: 'fake', base_url: upstream.url }],
      models: [{ name: 'priced', provider: 'fake', max_output_tokens: 64, price: { input: PRICE, output: PRICE } }],
    };
    server = await startTestApp({ config });
    other = await startTestApp({ config, databaseUrl: server.databaseUrl });
    pool = new pg.Pool({ connectionString: server.databaseUrl, max: 1 });
  });
  afterAll(async () => {
    await pool.end();
    await other.stop();
    await server.stop();
    await upstream.close();
  });

  const ask = (body: object = {}, app = server) =>
    app.rest('POST', '/responses', { model: 'priced', input: 'Hello', ...body });
  const create = async (body: object): Promise<string> => {
    const answer = await server.rest('POST', '/budgets', body);
    expect([answer.status, answer.body.error]).toEqual([201, undefined]);
    return answer.body.id;
  };
  const remove = (id: string) => server.rest('DELETE', `/budgets/${id}`);
  const read = async (id: string) => (await server.rest('GET', `/budgets/${id}`)).body;
  /** Until the other process has heard of it. */
  const eventually = async (condition: () => Promise<boolean>): Promise<void> => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('of the project count every key and every door, and speak the currency', async () => {
    const id = await create({ scope: 'project', period: 'month', limit: '1', time_zone: 'Europe/Berlin' });
    expect((await ask()).status).toBe(200);
    expect((await ask({ stream: true })).status).toBe(200);
    const chat = { model: 'priced', messages: [{ role: 'user', content: 'x' }] };
    expect((await server.rest('POST', '/chat/completions', chat)).status).toBe(200);
    expect(await read(id)).toMatchObject({ spent: '0.00000009', reserved: '0', limit: '1', period: 'month' });
    await server.rest('POST', `/budgets/${id}`, { limit: '0.0000001' });
    const { status, body } = await ask();
    expect(status).toBe(429);
    expect(body.error.message).toMatch(
      /^The monthly budget of the project cannot cover this request: it may cost 0\.0000\d+ EUR, and 0\.00000001 EUR is left\./,
    );
    expect(body.error).toMatchObject({ code: 'insufficient_quota', currency: 'EUR', remaining: '10' });
    await eventually(async () => (await ask({}, other)).status === 429);
    await remove(id);
    expect((await ask()).status).toBe(200);
    await eventually(async () => (await ask({}, other)).status === 200);
  });

  it('for each end user give every one a window of its own', async () => {
    const id = await create({ scope: 'end_user', period: 'day', limit: '0.0000002' });
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1) statuses.push((await ask({ safety_identifier: 'u1' })).status);
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(429);
    expect((await ask({ safety_identifier: 'u2' })).status).toBe(200);
    expect((await ask({ user: 'u1' }, other)).status).toBe(429);
    expect((await ask()).status).toBe(200);
    const rows = await server.sql(`select subject from budgets where template_id is not null order by subject`);
    expect(rows).toEqual([{ subject: 'u1' }, { subject: 'u2' }]);
    expect((await server.rest('GET', '/budgets')).body.data).toHaveLength(1);
    await server.rest('POST', `/budgets/${id}`, { limit: '5' });
    await eventually(async () => (await ask({ safety_identifier: 'u1' })).status === 200);
    await remove(id);
  });

  it('on labels that only count refuse nothing', async () => {
    const id = await create({ scope: 'label', subject: 'batch', period: 'total', limit: '0', enforced: false });
    expect((await ask({ metadata: { label: 'batch' } })).status).toBe(200);
    expect((await ask({ metadata: { label: 'other' } })).status).toBe(200);
    expect(await read(id)).toMatchObject({ spent: '0.00000003', reserved: '0', enforced: false });
    await server.rest('POST', `/budgets/${id}`, { enforced: true });
    expect((await ask({ metadata: { label: 'batch' } })).status).toBe(429);
    await remove(id);
  });

  it('that roll give back what was spent before their time', async () => {
    const id = await create({ scope: 'project', period: 'rolling', rolling_seconds: 3600, limit: '1' });
    expect((await ask()).status).toBe(200);
    expect(await read(id)).toMatchObject({ spent: '0.00000003' });
    const uuid = parsePublicId('budget', id) as string;
    const budgets = createBudgetRepository(withTypes(pool));
    await budgets.forget(server.projectId, uuid, Date.now() - 120_000);
    expect(await read(id)).toMatchObject({ spent: '0.00000003' });
    await budgets.forget(server.projectId, uuid, Date.now() + 120_000);
    await budgets.forget(server.projectId, uuid, Date.now() + 120_000);
    expect(await read(id)).toMatchObject({ spent: '0' });
    await remove(id);
  });

  it('are refused together when one of them is empty, and all of them are charged', async () => {
    const ids = [
      await create({ scope: 'project', period: 'day', limit: '1' }),
      await create({ scope: 'project', period: 'week', limit: '1' }),
      await create({ scope: 'end_user', subject: 'v', period: 'total', limit: '0.000000001' }),
    ];
    expect((await ask({ safety_identifier: 'v' })).status).toBe(429);
    for (const id of ids) expect(await read(id)).toMatchObject({ spent: '0', reserved: '0' });
    expect((await ask({ safety_identifier: 'w' })).status).toBe(200);
    expect((await read(ids[0] as string)).spent).toBe('0.00000003');
    expect((await read(ids[1] as string)).spent).toBe('0.00000003');
    for (const id of ids) await remove(id);
  });

  it('add up: the ledger says what windows have settled, and a forged window is found', async () => {
    expect(await server.app.services.budgets.verify()).toEqual([]);
    const [row] = await server.sql<{ sum: string }>(`select sum(settled)::text as sum from budget_windows`);
    expect(BigInt(row?.sum ?? '0')).toBeGreaterThan(COST);
    await server.sql(`update budget_windows set settled = settled + 1 where settled > 0`);
    const found = await server.app.services.budgets.verify();
    expect(found.length).toBeGreaterThan(0);
    for (const { settled, booked } of found) expect(settled).toBe(booked + 1n);
    await server.sql(`update budget_windows set settled = settled - 1 where settled > 0`);
  });

  it.each([
    [{ scope: 'key', period: 'day', limit: '1' }, 'key_id', 'missing_required_parameter'],
    [{ scope: 'project', key_id: 'key_1', period: 'day', limit: '1' }, 'key_id'],
    [{ scope: 'project', period: 'rolling', limit: '1' }, 'rolling_seconds', 'missing_required_parameter'],
    [{ scope: 'project', period: 'day', rolling_seconds: 60, limit: '1' }, 'rolling_seconds'],
    [{ scope: 'project', subject: 'x', period: 'day', limit: '1' }, 'subject'],
    [{ scope: 'project', period: 'day', limit: 'much' }, 'limit'],
    [{ scope: 'project', period: 'day', limit: '1', time_zone: 'Mars' }, 'time_zone'],
    [{ scope: 'planet', period: 'day', limit: '1' }, 'scope'],
  ])('are refused as %j', async (body, param, code = 'invalid_value') => {
    const answer = await server.rest('POST', '/budgets', body);
    expect([answer.status, answer.body.error.param, answer.body.error.code]).toEqual([400, param, code]);
  });

  it('do not reach into other projects', async () => {
    const id = await create({ scope: 'project', period: 'total', limit: '1' });
    const foreign = await server.createForeignKey();
    for (const [method, path] of [
      ['GET', id],
      ['POST', id],
      ['DELETE', id],
    ] as const) {
      const { status } = await server.rest(method, `/budgets/${path}`, method === 'POST' ? {} : undefined, foreign);
      expect(status).toBe(404);
    }
    await remove(id);
  });
});
