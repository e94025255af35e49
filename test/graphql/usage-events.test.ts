import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { connectWs, createHttpClient, until } from './support/client.js';

const FOLLOW = `subscription Spending($input: UsageReportInput!) {
  usageEvents(input: $input) { at rows { projectId keyId model requests inputTokens outputTokens amount } }
}`;

interface Row {
  projectId: string | null;
}

let app: TestApp;
/** A second process on the same database. */
let other: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  other = await startTestApp({ databaseUrl: app.databaseUrl });
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const startTime = new Date(Date.now() - 3_600_000).toISOString();

/** Follows usage until the test is over. */
function follow(target: TestApp, input: object, key = app.key) {
  const client = connectWs(target.url, { authorization: `Bearer ${key}` });
  // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
  const followed = { events: [] as any[], isOver: false, client };
  client.subscribe(
    { query: FOLLOW, variables: { input: { startTime, ...input } } },
    {
      next: ({ data, errors }) => followed.events.push(data?.usageEvents ?? errors?.[0]),
      error: (thrown) => followed.events.push((thrown as unknown[])[0]),
      complete: () => {
        followed.isOver = true;
      },
    },
  );
  return followed;
}

const ask = (target: TestApp, key = app.key, model = 'local-script') =>
  target.rest('POST', '/responses', { model, input: '@say one two' }, key);

const report = async (): Promise<string> => {
  const query = `query ($input: UsageReportInput!) {
    usage(input: $input) { nodes { projectId keyId model requests inputTokens outputTokens amount } }
  }`;
  const { usage } = await createHttpClient(app).data(query, { input: { startTime } });
  return JSON.stringify(usage.nodes);
};

describe('usageEvents', () => {
  it.each([
    ['here', () => app],
    ['in another process', () => other],
  ])('tells what is spent %s, at most once a second, and the same as `usage`', async (_where, spender) => {
    const tab = follow(app, {});
    await until(() => tab.events.length === 1, 'the present state');
    // Whoever follows has told the other process by then.
    await until(async () => {
      await ask(spender());
      return tab.events.length > 1;
    }, 'the first booking');
    const told = tab.events.length;
    const beganMs = Date.now();
    for (let count = 0; count < 20; count += 1) await ask(spender());
    await until(async () => JSON.stringify(tab.events.at(-1).rows) === (await report()), 'every booking');
    expect(tab.events.length - told).toBeLessThanOrEqual(Math.ceil((Date.now() - beganMs) / 1000) + 1);
    await tab.client.dispose();
    await until(() => app.app.container.followers() === 0, 'nobody follows any more');
  });

  it('of one key, by model; others are not told of', async () => {
    const key = await app.createKey();
    const { viewer } = await createHttpClient({ url: app.url, key }).data('{ viewer { key { id } } }');
    const tab = follow(app, { keyId: viewer.key.id, groupBy: ['MODEL'] });
    await until(() => tab.events.length === 1, 'the present state');
    expect(tab.events[0].rows).toEqual([]);
    await ask(app);
    await ask(app, key);
    await until(() => tab.events.length === 2, 'the booking');
    expect(tab.events[1].rows).toMatchObject([{ requests: '1', keyId: null, model: expect.any(String) }]);
    await ask(app);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(tab.events).toHaveLength(2);
    await tab.client.dispose();
  });

  it('of every project, for operators who ask by project; of their own for others', async () => {
    const stranger = await app.createForeignKey();
    const all = follow(app, { groupBy: ['PROJECT'] }, await app.createKey({ scopes: ['operator', 'read'] }));
    const own = follow(app, { groupBy: ['PROJECT'] }, await app.createKey({ scopes: ['read'] }));
    await until(() => all.events.length === 1 && own.events.length === 1, 'the present state');
    const strangers = () =>
      all.events.at(-1).rows.find(({ projectId }: Row) => projectId !== own.events[0].rows[0].projectId);
    const before = Number(strangers()?.requests ?? 0);
    // Booked in the other process, which has been told who follows all by then.
    await until(async () => {
      await ask(other, stranger);
      return Number(strangers()?.requests ?? 0) > before;
    }, 'the booking of another project');
    expect(own.events.flatMap(({ rows }) => rows.map(({ projectId }: Row) => projectId))).not.toContain(
      strangers().projectId,
    );
    await Promise.all([all.client.dispose(), own.client.dispose()]);
  });

  it('completes when its time is over; refuses what `usage` refuses; needs its scope', async () => {
    const over = follow(app, { endTime: new Date(Date.now() + 1_500).toISOString() });
    await until(() => over.isOver, 'the end');
    expect(over.events[0]).toMatchObject({ rows: expect.any(Array) });
    await over.client.dispose();
    const wrong = follow(app, { keyId: 'key_x' });
    await until(() => wrong.events.length === 1, 'a refusal');
    expect(wrong.events[0].extensions).toMatchObject({ status: 400, code: 'invalid_value', param: 'keyId' });
    await wrong.client.dispose();
    const { errors } = await createHttpClient(app).run(
      `query ($input: UsageReportInput!) { usage(input: $input) { nodes { requests } } }`,
      { input: { startTime, endTime: '2020-01-01T00:00:00Z' } },
    );
    expect(errors).toMatchObject([
      { message: "Invalid 'endTime': it has to be after 'startTime'.", extensions: { param: 'endTime' } },
    ]);
    const denied = follow(app, {}, await app.createKey({ scopes: ['responses:read'] }));
    await until(() => denied.events.length === 1, 'a refusal');
    expect(denied.events[0].extensions.code).toBe('permission_denied');
    await denied.client.dispose();
    const foreign = follow(app, {}, await app.createForeignKey());
    await until(() => foreign.events.length === 1, 'the present state');
    expect(foreign.events[0].rows).toEqual([]);
    await foreign.client.dispose();
  });
});
