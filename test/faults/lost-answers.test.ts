import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

describe('a statement that is committed but whose answer is lost', () => {
  let upstream: Upstream;
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let server: TestApp;
  let seen = 0;
  beforeAll(async () => {
    upstream = await startUpstream();
    database = await createTestDatabase();
    proxy = await startDatabaseProxy(database.url);
    server = await startTestApp({
      databaseUrl: proxy.url,
      config: {
        providers: [{ id: 'fake', base_url: upstream.url }],
        models: [{ name: 'priced', provider: 'fake', max_output_tokens: 100, price: { input: '1', output: '1' } }],
      },
    });
  });
  beforeEach(() => {
    seen = upstream.requests.length;
  });
  afterEach(async () => {
    expect(await server.sql('select 1 from runs')).toEqual([]);
    expect(await server.sql('select 1 from reservations')).toEqual([]);
  });
  afterAll(async () => {
    await server?.stop();
    await proxy.close();
    await upstream.close();
    await database.drop();
  });

  const ask = (body: object = {}, key?: string) =>
    server.rest('POST', '/responses', { model: 'priced', input: 'Hello', ...body }, key);

  it('is recognised at the beginning of a run', async () => {
    const cut = proxy.cutAfter('begin-runs');
    const answer = await ask();
    await cut;
    expect(answer).toMatchObject({ status: 200, body: { status: 'completed' } });
    expect(upstream.requests).toHaveLength(seen + 1);
    expect((await server.rest('GET', `/responses/${answer.body.id}`)).body).toEqual(answer.body);
  });

  it('does not lock its own conversation', async () => {
    const { body: conversation } = await server.rest('POST', '/conversations', {});
    const cut = proxy.cutAfter('begin-runs');
    const answer = await ask({ conversation: conversation.id });
    await cut;
    expect(answer).toMatchObject({ status: 200, body: { status: 'completed' } });
    const { body: items } = await server.rest('GET', `/conversations/${conversation.id}/items`);
    expect(items.data).toHaveLength(2);
  });

  it('does not use up its own budget', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 2_000_000n }] });
    const cut = proxy.cutAfter('begin-runs');
    const answer = await ask({}, key);
    await cut;
    expect(answer).toMatchObject({ status: 200, body: { status: 'completed' } });
    expect(await server.sql('select settled, reserved from budget_windows')).toEqual([
      { settled: '4000', reserved: '0' },
    ]);
  });

  it('does not lose a run that is not stored', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 200_000n }] });
    const cut = proxy.cutAfter('begin-runs');
    expect(await ask({ store: false }, key)).toMatchObject({ status: 200, body: { status: 'completed' } });
    await cut;
  });

  it('is recognised at the end of a run', async () => {
    const cut = proxy.cutAfter('finish-runs');
    const answer = await ask({ stream: true });
    await cut;
    expect(answer.body).toMatch(/"type":"response.completed".*\n\ndata: \[DONE\]\n\n$/);
    expect(
      await server.sql(`select 1 from ledger where response_id = (select max(id::text)::uuid from responses)`),
    ).toHaveLength(1);
  });

  it('does not repeat events', async () => {
    const cut = proxy.cutAfter('append-events');
    const answer = await ask({ stream: true });
    await cut;
    expect(answer.body).toMatch(/"type":"response.completed".*\n\ndata: \[DONE\]\n\n$/);
    const numbers = [...(answer.body as string).matchAll(/"sequence_number":(\d+)/g)].map((match) => Number(match[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });

  it('is recognised in a batch', async () => {
    const cut = proxy.cutAfter('begin-runs');
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    await cut;
    expect(answers.map(({ body }) => body.status)).toEqual(answers.map(() => 'completed'));
    expect(upstream.requests).toHaveLength(seen + 20);
  });

  it('is recognised in a batch whose runs need different things', async () => {
    const conversations = await Promise.all(
      Array.from({ length: 5 }, async () => (await server.rest('POST', '/conversations', {})).body.id as string),
    );
    const cut = proxy.cutAfter('begin-runs');
    const answers = await Promise.all(conversations.flatMap((conversation) => [ask(), ask({ conversation })]));
    await cut;
    expect(answers.map(({ body }) => body.status)).toEqual(answers.map(() => 'completed'));
  });
});
