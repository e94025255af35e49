import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/** What every answer costs, at one nano-unit a token. */
const COST = 30;

describe('thresholds of budgets', () => {
  let upstream: Upstream;
  let server: TestApp;
  let receiver: Receiver;
  let secret: string;
  let endpoint: string;
  beforeAll(async () => {
    upstream = await startUpstream({
      handler: () => ({ text: 'answer', usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 } }),
    });
    server = await startTestApp({
      config: {
        outbound: { allow: ['127.0.0.1'] },
        providers: [{ id: 'fake', base_url: upstream.url }],
        models: [
          { name: 'priced', provider: 'fake', max_output_tokens: 64, price: { input: '0.001', output: '0.001' } },
        ],
      },
    });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });
  beforeEach(async () => {
    receiver = await startReceiver();
    const { body } = await server.rest('POST', '/webhook_endpoints', {
      name: 'finance',
      url: `${receiver.url}/hook`,
      event_types: ['budget.threshold_reached'],
    });
    ({ id: endpoint, signing_secret: secret } = body);
  });
  afterEach(async () => {
    await server.rest('DELETE', `/webhook_endpoints/${endpoint}`);
    for (const { id } of (await server.rest('GET', '/budgets')).body.data)
      await server.rest('DELETE', `/budgets/${id}`);
    await receiver.close();
  });

  /** A budget of so many answers. */
  const create = async (answers: number, body: object): Promise<string> => {
    const limit = (answers * COST).toString().padStart(9, '0');
    const created = await server.rest('POST', '/budgets', { period: 'month', limit: `0.${limit}`, ...body });
    expect([created.status, created.body.error]).toEqual([201, undefined]);
    return created.body.id;
  };
  const ask = (body: object = {}) => server.rest('POST', '/responses', { model: 'priced', input: 'Hello', ...body });
  const askTimes = async (times: number, body: object = {}): Promise<void> => {
    for (let turn = 0; turn < times; turn += 1) expect((await ask(body)).status).toBe(200);
  };
  /** What was told so far: every event once, by budget and percent. Everything due has been told when this resolves. */
  const told = async (): Promise<{ id: string; threshold: number }[]> => {
    await server.app.services.budgets.tellThresholds();
    for (;;) {
      const { body } = await server.rest('GET', `/webhook_endpoints/${endpoint}/deliveries`);
      if (body.data.every(({ status }: { status: string }) => status === 'succeeded')) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return receiver.received.map(({ body, headers }) => {
      const event = new Webhook(secret).verify(body, headers as Record<string, string>) as {
        data: { id: string; threshold: number };
      };
      expect(event).toMatchObject({ object: 'event', type: 'budget.threshold_reached' });
      return event.data;
    });
  };
  const percents = async () => (await told()).map(({ threshold }) => threshold).sort((a, b) => a - b);

  it('tell webhook endpoints, each once in a window, and callers by a header', async () => {
    const id = await create(10, { scope: 'project', thresholds: [100, 50, 80, 50], enforced: false });
    expect((await server.rest('GET', `/budgets/${id}`)).body).toMatchObject({
      thresholds: [50, 80, 100],
      threshold_reached: null,
    });
    await askTimes(4);
    expect(await percents()).toEqual([]);
    const before = await ask();
    expect(before.headers.get('x-budget-threshold')).toBeNull();
    const [first] = await told();
    expect(first).toEqual({
      id,
      scope: 'project',
      subject: null,
      period: 'month',
      threshold: 50,
      limit: '0.0000003',
      spent: '0.00000015',
      window_start: expect.any(Number),
    });
    await askTimes(3);
    expect(await percents()).toEqual([50, 80]);
    // It is soft: nobody is refused, however much is spent.
    await askTimes(6);
    expect(await percents()).toEqual([50, 80, 100]);
    const { headers } = await ask();
    expect([headers.get('x-budget-threshold'), headers.get('x-budget-id')]).toEqual(['100', id]);
    expect((await server.rest('GET', `/budgets/${id}`)).body.threshold_reached).toBe(100);

    const chat = { model: 'priced', messages: [{ role: 'user', content: 'x' }] };
    for (const answer of [
      await server.rest('POST', '/chat/completions', chat),
      await server.rest('POST', '/chat/completions', { ...chat, stream: true }),
      await ask({ stream: true }),
      await ask({ background: true }),
    ])
      expect(answer.headers.get('x-budget-threshold')).toBe('100');
    const { body } = await server.rest('GET', `/webhook_endpoints/${endpoint}/deliveries`);
    expect(body.data[0]).toMatchObject({ budget_id: id, response_id: null, event_type: 'budget.threshold_reached' });
  });

  it('are told once however many race past them, several at once if one run passes several', async () => {
    await create(20, { scope: 'project', thresholds: [1, 2, 3, 50, 90], enforced: false });
    await Promise.all(Array.from({ length: 30 }, () => ask()));
    await Promise.all(Array.from({ length: 5 }, () => server.app.services.budgets.tellThresholds()));
    expect(await percents()).toEqual([1, 2, 3, 50, 90]);
  });

  it('of budgets for each end user are each user’s own', async () => {
    await create(2, { scope: 'end_user', thresholds: [100], enforced: false });
    await askTimes(2, { safety_identifier: 'ann' });
    await askTimes(1, { safety_identifier: 'ben' });
    expect(await told()).toMatchObject([{ scope: 'end_user', subject: 'ann', threshold: 100 }]);
    expect((await ask({ safety_identifier: 'ann' })).headers.get('x-budget-threshold')).toBe('100');
    expect((await ask({ safety_identifier: 'cay' })).headers.get('x-budget-threshold')).toBeNull();
  });

  it('follow a changed limit, without telling what was passed before', async () => {
    const id = await create(10, { scope: 'project', thresholds: [50], enforced: false });
    await askTimes(6);
    expect(await percents()).toEqual([50]);
    await server.rest('POST', `/budgets/${id}`, { limit: '0.0000006' });
    expect((await ask()).headers.get('x-budget-threshold')).toBeNull();
    expect(await percents()).toEqual([50]);
    await askTimes(4);
    expect(await percents()).toEqual([50, 50]);
    await server.rest('POST', `/budgets/${id}`, { thresholds: [] });
    expect((await ask()).headers.get('x-budget-threshold')).toBeNull();
  });

  it('of rolling budgets are told again once what was spent has left the window', async () => {
    const id = await create(2, {
      scope: 'project',
      period: 'rolling',
      rolling_seconds: 60,
      thresholds: [100],
      enforced: false,
    });
    await askTimes(3);
    expect(await percents()).toEqual([100]);
    await server.sql(`update budget_slices set slice_start = slice_start - interval '2 minutes'`);
    // The next step of the window forgets what is old.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await askTimes(1);
    expect((await server.rest('GET', `/budgets/${id}`)).body.threshold_reached).toBeNull();
    await askTimes(1);
    expect(await percents()).toEqual([100, 100]);
  });

  it('that a process died of telling are told by the next look', async () => {
    await create(1, { scope: 'project', thresholds: [100], enforced: false });
    await askTimes(1);
    // As if only the run had been settled: the notice is still due, and nothing was written.
    await percents();
    await server.sql('delete from webhook_deliveries');
    await server.sql(
      'update budget_windows set next_notice = 1 where budget_id = (select id from budgets order by created_at desc limit 1)',
    );
    expect(receiver.received).toHaveLength(1);
    expect(await percents()).toEqual([100, 100]);
  });

  it.each([[[0]], [[101]], [['80']], [80], [[1.5]], [Array.from({ length: 11 }, (_, index) => index + 1)]])(
    'refuse %j',
    async (thresholds) => {
      const { status, body } = await server.rest('POST', '/budgets', {
        scope: 'project',
        period: 'day',
        limit: '1',
        thresholds,
      });
      expect(status).toBe(400);
      expect(body.error.param).toMatch(/^thresholds/);
    },
  );
});
