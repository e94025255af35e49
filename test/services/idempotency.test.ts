import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { startTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

describe('a request with an Idempotency-Key', () => {
  let upstream: Upstream;
  let database: TestDatabase;
  let server: TestApp;
  let other: TestApp;
  let seen = 0;
  beforeAll(async () => {
    upstream = await startUpstream();
    database = await createTestDatabase();
    const options = {
      databaseUrl: database.url,
      config: {
        providers: [{ id: 'fake', base_url: upstream.url }],
        models: [
          { name: 'priced', provider: 'fake', max_output_tokens: 100, price: { input: '1', output: '1' } },
          { name: '*', provider: 'fake' },
        ],
      },
    };
    server = await startTestApp(options);
    other = await startTestApp(options);
  });
  beforeEach(() => {
    seen = upstream.requests.length;
  });
  afterEach(async () => {
    expect(await server.sql('select 1 from reservations')).toEqual([]);
  });
  afterAll(async () => {
    await server.stop();
    await other.stop();
    await upstream.close();
    await database.drop();
  });

  const send = async (key: string, body: object, to = server, apiKey?: string) => {
    const answer = await fetch(`${to.url}/api/v1/responses`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey ?? to.key}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({ model: 'any', ...body }),
    });
    const text = await answer.text();
    // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
    const parsed: any = answer.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text;
    return { status: answer.status, headers: answer.headers, body: parsed };
  };
  const calls = (): number => upstream.requests.length - seen;

  it('gives the same response when it is sent again, in this process or another', async () => {
    const first = await send('again', { input: 'Hello', metadata: { a: '1', b: '2' } });
    expect(first).toMatchObject({ status: 200, body: { status: 'completed' } });
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    for (const process of [server, other]) {
      const second = await send('again', { metadata: { b: '2', a: '1' }, input: 'Hello' }, process);
      expect(second).toMatchObject({ status: 200, body: first.body });
      expect(second.headers.get('idempotency-replayed')).toBe('true');
    }
    expect(calls()).toBe(1);
  });

  it('streams the same events again', async () => {
    const first = await send('stream', { input: 'Hello', stream: true });
    expect(first.body).toContain('response.completed');
    expect((await send('stream', { input: 'Hello', stream: true }, other)).body).toBe(first.body);
    expect(calls()).toBe(1);
  });

  it('is followed while the first is still running', async () => {
    upstream.enqueue({ text: 'a b c d', betweenMs: 40 }, { text: 'e f', delayMs: 150 });
    const streams = [send('slow stream', { input: 'x', stream: true })];
    await upstream.waitForRequest(seen + 1);
    streams.push(
      send('slow stream', { input: 'x', stream: true }),
      send('slow stream', { input: 'x', stream: true }, other),
    );
    const [first, ...rest] = await Promise.all(streams);
    for (const answer of rest) expect(answer.body).toBe(first?.body);
    const whole = [send('slow', { input: 'x' })];
    await upstream.waitForRequest(seen + 2);
    whole.push(send('slow', { input: 'x' }), send('slow', { input: 'x' }, other));
    for (const { body } of await Promise.all(whole)) expect(body).toEqual((await whole[0])?.body);
    expect(calls()).toBe(2);
  });

  it('runs once when it is sent 500 times at once', async () => {
    upstream.enqueue({ text: 'Once', delayMs: 50 });
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, n) => send('500', { input: 'x' }, n % 2 === 0 ? server : other)),
    );
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id} ${body.status}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 200, body: { status: 'completed' } });
    expect(calls()).toBe(1);
    expect(
      await server.sql(
        'select 1 from responses where id in (select response_id from idempotency_keys where key = $1)',
        ['500'],
      ),
    ).toHaveLength(1);
  });

  it('is paid once, however often it comes, and needs its budget once', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 400_000n }] });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send('paid', { model: 'priced', input: 'x' }, server, key)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(calls()).toBe(1);
    expect(await server.sql('select settled from budget_windows')).toEqual([{ settled: '4000' }]);
  });

  it('runs once in a conversation, whose lock the repeated ones do not meet', async () => {
    const { body: conversation } = await server.rest('POST', '/conversations', {});
    upstream.enqueue({ text: 'Once', delayMs: 50 });
    const body = { input: 'x', conversation: conversation.id };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => send('talk', body, n % 2 === 0 ? server : other)),
    );
    expect(new Set(answers.map(({ status, body: { id } }) => `${status} ${id}`)).size).toBe(1);
    const { body: items } = await server.rest('GET', `/conversations/${conversation.id}/items`);
    expect(items.data).toHaveLength(2);
  });

  it('with another body is refused, and the SDK does not send that again', async () => {
    await send('other', { input: 'One' });
    const sent: number[] = [];
    const client = new OpenAI({
      apiKey: server.key,
      baseURL: `${server.url}/v1`,
      fetch: async (...args) => {
        const answer = await fetch(...args);
        sent.push(answer.status);
        return answer;
      },
    });
    const refused = client.responses.create(
      { model: 'any', input: 'Two' },
      { headers: { 'Idempotency-Key': 'other' } },
    );
    await expect(refused).rejects.toMatchObject({ status: 409, code: 'idempotency_key_reused' });
    expect(sent).toEqual([409]);
  });

  it('that could not begin is not remembered', async () => {
    expect((await send('bad', { input: 7 })).status).toBe(400);
    expect((await send('bad', { input: 'x' })).status).toBe(200);
    const { body: conversation } = await server.rest('POST', '/conversations', {});
    upstream.enqueue({ text: 'Slow', delayMs: 100 });
    const holding = server.rest('POST', '/responses', { model: 'any', input: 'x', conversation: conversation.id });
    await upstream.waitForRequest(upstream.requests.length + 1);
    const body = { input: 'x', conversation: conversation.id };
    expect((await send('locked', body)).body.error.code).toBe('conversation_locked');
    await holding;
    expect((await send('locked', body)).status).toBe(200);
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 1n }] });
    expect((await send('poor', { model: 'priced', input: 'x' }, server, key)).status).toBe(429);
    expect((await send('poor', { model: 'priced', input: 'x' })).status).toBe(200);
  });

  it('that the upstream refused before any output may be tried again', async () => {
    upstream.enqueue({ status: 400, body: { error: { message: 'No.' } } });
    expect((await send('refused', { input: 'x' })).status).toBe(400);
    expect(await send('refused', { input: 'x' })).toMatchObject({ status: 200, body: { status: 'completed' } });
  });

  it('stays good for a background run', async () => {
    const first = await send('later', { input: 'x', background: true });
    expect(first.body).toMatchObject({ status: 'queued' });
    const again = await send('later', { input: 'x', background: true }, other);
    expect(again.body.id).toBe(first.body.id);
    while ((await send('later', { input: 'x', background: true })).body.status !== 'completed');
    expect(calls()).toBe(1);
  });

  it('is answered from memory if nothing is stored, and refused once that is gone', async () => {
    const first = await send('unstored', { input: 'x', store: false });
    expect(await send('unstored', { input: 'x', store: false })).toMatchObject({ status: 200, body: first.body });
    expect(await send('unstored', { input: 'x', store: false }, other)).toMatchObject({
      status: 409,
      body: { error: { code: 'idempotent_response_gone' } },
    });
    expect(calls()).toBe(1);
    expect(await server.sql('select 1 from runs')).toEqual([]);
  });

  it('belongs to its project, and is free again after a day', async () => {
    const first = await send('mine', { input: 'x' });
    const foreign = await send('mine', { input: 'y' }, server, await server.createForeignKey());
    expect(foreign.status).toBe(200);
    await server.sql(`update idempotency_keys set expires_at = now() - interval '1 second'`);
    const renewed = await send('mine', { input: 'z' });
    expect(renewed.status).toBe(200);
    expect(renewed.body.id).not.toBe(first.body.id);
    expect((await send('mine', { input: 'z' })).body.id).toBe(renewed.body.id);
  });

  it.each([
    ['an empty one', ''],
    ['one of 256 characters', 'x'.repeat(256)],
  ])('takes no key like %s', async (_name, key) => {
    const answer = await send(key, { input: 'x' });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_value', param: 'Idempotency-Key' } } });
  });

  it('works over GraphQL', async () => {
    const ask = async (text: string) => {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          variables: { text },
          query: `mutation ($text: String!) {
            createResponse(input: { model: "any", input: { text: $text }, idempotencyKey: "graph" }) {
              response { id status } userErrors { code }
            }
          }`,
        }),
      });
      return ((await answer.json()) as { data: { createResponse: { response: { id: string }; userErrors: object[] } } })
        .data.createResponse;
    };
    const first = await ask('One');
    expect(first).toMatchObject({ response: { status: 'COMPLETED' }, userErrors: [] });
    expect(await ask('One')).toEqual(first);
    expect(await ask('Two')).toMatchObject({ response: null, userErrors: [{ code: 'idempotency_key_reused' }] });
    expect(calls()).toBe(1);
  });
});
