import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

describe('the official SDK', () => {
  let upstream: Upstream;
  let server: TestApp;
  let client: OpenAI;
  let answers: Response[] = [];
  beforeAll(async () => {
    upstream = await startUpstream();
    server = await startTestApp({
      config: {
        providers: [{ id: 'fake', base_url: upstream.url }],
        models: [
          { name: 'priced', provider: 'fake', price: { input: '1', output: '1' } },
          { name: '*', provider: 'fake' },
        ],
      },
      limits: { maxRuns: 1 },
    });
    client = clientOf(server.key);
  });
  beforeEach(() => {
    answers = [];
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  const clientOf = (apiKey: string): OpenAI =>
    new OpenAI({
      apiKey,
      baseURL: `${server.url}/v1`,
      fetch: async (...args) => {
        const answer = await fetch(...args);
        answers.push(answer);
        return answer;
      },
    });
  const statuses = (): number[] => answers.map(({ status }) => status);
  const hold = async (body: object): Promise<string> => {
    upstream.enqueue({ hang: 'headers' });
    const before = upstream.requests.length;
    const { body: held } = await server.rest('POST', '/responses', {
      model: 'any',
      input: 'x',
      background: true,
      ...body,
    });
    await upstream.waitForRequest(before + 1);
    return held.id;
  };
  const letGo = (id: string) => server.rest('POST', `/responses/${id}/cancel`);

  it('does not repeat a request that its budget cannot cover', async () => {
    const poor = clientOf(await server.createKey({ budgets: [{ period: 'total', cap: 1n }] }));
    await expect(poor.responses.create({ model: 'priced', input: 'x' })).rejects.toMatchObject({
      status: 429,
      code: 'insufficient_quota',
    });
    expect(statuses()).toEqual([429]);
  });

  it('does not repeat a request whose response has failed upstream: it would make a second one', async () => {
    upstream.enqueue(...Array.from({ length: 3 }, () => ({ status: 503, body: { error: { message: 'Busy.' } } })));
    await expect(client.responses.create({ model: 'any', input: 'x' })).rejects.toMatchObject({ status: 503 });
    expect(statuses()).toEqual([503]);
    expect(answers[0]?.headers.get('x-should-retry')).toBe('false');
    expect(await server.sql(`select 1 from responses where status = 'failed'`)).toHaveLength(1);
  }, 20_000);

  it('does not repeat a request in a locked conversation', async () => {
    const conversation = await client.conversations.create({});
    answers = [];
    const wide = await startTestApp({ databaseUrl: server.databaseUrl });
    try {
      const id = await hold({ conversation: conversation.id });
      const other = new OpenAI({ apiKey: wide.key, baseURL: `${wide.url}/v1`, fetch: countingFetch });
      await expect(
        other.responses.create({ model: 'local', input: 'x', conversation: conversation.id }),
      ).rejects.toMatchObject({ status: 400, code: 'conversation_locked' });
      expect(statuses()).toEqual([400]);
      await letGo(id);
    } finally {
      await wide.stop();
    }
  });
  const countingFetch = async (...args: Parameters<typeof fetch>): Promise<Response> => {
    const answer = await fetch(...args);
    answers.push(answer);
    return answer;
  };

  it('repeats, after the time it was told, what was refused because there was too much to do', async () => {
    const id = await hold({});
    const waiting = client.responses.create({ model: 'any', input: 'x' });
    while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const waitMs = Number(answers[0]?.headers.get('retry-after-ms'));
    expect(waitMs).toBeGreaterThanOrEqual(500);
    expect(answers[0]?.headers.get('retry-after')).toBe(String(Math.ceil(waitMs / 1000)));
    await letGo(id);
    expect((await waiting).status).toBe('completed');
    expect(statuses()).toEqual([503, 200]);
  });
});

describe('headers of every answer', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await startTestApp();
  });
  afterAll(() => server.stop());

  const post = (body: object, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ model: 'local', ...body }),
    });

  it.each([
    ['an answer', { input: 'x' }, 200],
    ['a stream', { input: 'x', stream: true }, 200],
    ['an error', { input: 7 }, 400],
  ])('of %s say how long it took and which request it was', async (_name, body, status) => {
    const answer = await post(body);
    await answer.text();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('openai-processing-ms')).toMatch(/^\d{1,5}$/);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
  });

  it.each([
    ['trace-1234:a.b_c', true],
    ['short', false],
    ['x'.repeat(129), false],
    ['not usable', false],
  ])('carry the request id %j of the caller: %p', async (id, isUsed) => {
    const answer = await post({ input: 7 }, { 'x-request-id': id });
    await answer.text();
    expect(answer.headers.get('x-request-id') === id).toBe(isUsed);
  });
});
