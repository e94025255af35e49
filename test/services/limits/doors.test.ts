import { on, once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import WebSocket from 'ws';
import { connectWs, createHttpClient } from '../../graphql/support/client.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../../support/upstream.js';

/** How a door answered: the status, or what stands for it there, and the error if it is one. */
interface Outcome {
  status: number;
  code: string | null;
  headers?: Headers;
}

const ok: Outcome = { status: 200, code: null };

let upstream: Upstream;
let server: TestApp;
let behaviour: Behaviour = {};
beforeAll(async () => {
  upstream = await startUpstream(({ path }) => {
    if (path.endsWith('/embeddings'))
      return { body: { object: 'list', data: [], usage: { prompt_tokens: 7, total_tokens: 7 } } };
    return { usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }, ...behaviour };
  });
  server = await startTestApp({
    upstream: { baseUrl: upstream.url, apiKey: null },
    config: {
      rate_limits: [
        { scope: 'key', model: 'once', requests_per_minute: 0.5, burst: 1 },
        { scope: 'key', model: 'counted', requests_per_minute: 60, burst: 5, tokens_per_minute: 100_000 },
        { scope: 'key', model: 'few-tokens', tokens_per_minute: 1000 },
        { scope: 'key', model: 'alone', concurrent_runs: 1 },
        { scope: 'key', model: 'watched', concurrent_streams: 1 },
        { scope: 'key', model: 'quick', requests_per_minute: 60, burst: 1 },
      ],
    },
    limits: { graceMs: 0, maxBackgroundRuns: 1 },
  });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

const rest = async (path: string, body: object, key: string): Promise<Outcome> => {
  const { status, headers, body: answer } = await server.rest('POST', path, body, key);
  return { status: status === 201 ? 200 : status, code: answer.error?.code ?? null, headers };
};

const graphql = async (query: string, key: string): Promise<Outcome> => {
  const { body } = await createHttpClient(server).post({ query }, { key });
  const error = body.errors?.[0];
  expect(
    Object.values(body.data ?? {}).flatMap((payload) => (payload as { userErrors: [] } | null)?.userErrors),
  ).toEqual(error === undefined ? [] : [undefined]);
  return { status: error?.extensions.status ?? 200, code: error?.extensions.code ?? null };
};

const socket = async (body: object, key: string): Promise<Outcome> => {
  const opened = new WebSocket(`${server.url.replace('http', 'ws')}/v1/responses`, {
    headers: { authorization: `Bearer ${key}` },
  });
  await once(opened, 'open');
  opened.send(JSON.stringify({ type: 'response.create', ...body }));
  for await (const [data] of on(opened, 'message')) {
    const message = JSON.parse(String(data));
    if (message.type !== 'error' && message.type !== 'response.completed') continue;
    opened.close();
    return message.type === 'error' ? { status: message.status, code: message.error.code } : ok;
  }
  throw new Error('The socket said nothing.');
};

const messages = [{ role: 'user', content: 'Hello' }];

const doors: Record<string, (model: string, key: string) => Promise<Outcome>> = {
  'POST /responses': (model, key) => rest('/responses', { model, input: 'Hello' }, key),
  'POST /responses, streamed': (model, key) => rest('/responses', { model, input: 'Hello', stream: true }, key),
  'POST /responses, unstored': (model, key) => rest('/responses', { model, input: 'Hello', store: false }, key),
  'POST /responses, in the background': (model, key) =>
    rest('/responses', { model, input: 'Hello', background: true }, key),
  'POST /responses/compact': (model, key) =>
    rest('/responses/compact', { model, input: [{ role: 'assistant', content: 'Hello' }] }, key),
  'POST /responses/input_tokens': (model, key) => rest('/responses/input_tokens', { model, input: 'Hello' }, key),
  'POST /chat/completions': (model, key) => rest('/chat/completions', { model, messages }, key),
  'POST /chat/completions, streamed': (model, key) => rest('/chat/completions', { model, messages, stream: true }, key),
  'POST /embeddings': (model, key) => rest('/embeddings', { model, input: 'Hello' }, key),
  'mutation createResponse': (model, key) =>
    graphql(
      `mutation { createResponse(input: { model: "${model}", input: { text: "Hello" } }) { userErrors { code } } }`,
      key,
    ),
  'mutation createResponse, streamed': (model, key) =>
    graphql(
      `mutation { createResponse(input: { model: "${model}", input: { text: "Hello" }, stream: true }) { userErrors { code } } }`,
      key,
    ),
  'mutation compact': (model, key) =>
    graphql(
      `mutation { compact(input: { model: "${model}", input: { text: "Hello" } }) { userErrors { code } } }`,
      key,
    ),
  'query inputTokens': (model, key) =>
    graphql(`{ inputTokens(input: { model: "${model}", input: { text: "Hello" } }) { userErrors { code } } }`, key),
  'a message on the Responses socket': (model, key) => socket({ model, input: 'Hello' }, key),
  'a message that only warms up': (model, key) => socket({ model, input: 'Hello', generate: false }, key),
};

describe('rate limits at every door', () => {
  it.each(Object.keys(doors))('%s counts, and is refused when there have been too many', async (name) => {
    const knock = doors[name] as (typeof doors)[string];
    const key = await server.createKey();
    expect(await knock('once', key)).toMatchObject(ok);
    const refused = await knock('once', key);
    expect(refused).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(await knock('free', key)).toMatchObject(ok);
    if (refused.headers === undefined) return;
    const { headers } = refused;
    expect(Number(headers.get('retry-after-ms'))).toBeGreaterThan(100_000);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(100);
    expect(headers.get('x-ratelimit-limit-requests')).toBe('0.5');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^(2m0s|1m5\ds)$/);
  });

  it.each([
    ['POST /responses', 30],
    ['POST /responses, streamed', 30],
    ['POST /responses/compact', 30],
    ['POST /chat/completions', 30],
    ['POST /chat/completions, streamed', 30],
    ['POST /embeddings', 7],
  ])('%s tells of requests and tokens, and settles for the tokens that were used', async (name, used) => {
    const knock = doors[name] as (typeof doors)[string];
    const key = await server.createKey();
    const { headers } = await knock('counted', key);
    expect(headers?.get('x-ratelimit-limit-requests')).toBe('60');
    expect(headers?.get('x-ratelimit-remaining-requests')).toBe('4');
    expect(headers?.get('x-ratelimit-reset-requests')).toMatch(/^[45]s$/);
    expect(headers?.get('x-ratelimit-limit-tokens')).toBe('100000');
    expect(headers?.get('x-ratelimit-reset-tokens')).toMatch(/^(1m0s|5\ds)$/);
    const held = 100_000 - Number(headers?.get('x-ratelimit-remaining-tokens'));
    expect(held).toBeGreaterThan(0);
    // A second one would show less, did the first not give back what it did not use.
    const second = 100_000 - Number((await knock('counted', key)).headers?.get('x-ratelimit-remaining-tokens'));
    expect(second).toBe(held + used);
  });

  it('say by their type and headers that tokens are used up', async () => {
    const key = await server.createKey();
    const input = 'word '.repeat(200);
    const ask = (max_output_tokens: number) =>
      server.rest('POST', '/responses', { model: 'few-tokens', input, max_output_tokens }, key);
    behaviour = { usage: { prompt_tokens: 300, completion_tokens: 300, total_tokens: 600 } };
    const first = await ask(100);
    behaviour = {};
    expect(first.status).toBe(200);
    const { status, headers, body } = await ask(100);
    expect({ status, error: body.error }).toMatchObject({
      status: 429,
      error: { type: 'tokens', code: 'rate_limit_exceeded', limit: 'tokens' },
    });
    expect(headers.get('x-ratelimit-limit-tokens')).toBe('1000');
    expect(headers.get('x-ratelimit-remaining-tokens')).toBe('400');
    expect(Number(headers.get('retry-after-ms'))).toBeLessThanOrEqual(60_000);
    const tooLong = await server.rest('POST', '/responses', { model: 'few-tokens', input: 'word '.repeat(2000) }, key);
    expect(tooLong).toMatchObject({ status: 429, body: { error: { type: 'tokens', code: 'rate_limit_exceeded' } } });
    expect(tooLong.headers.get('x-should-retry')).toBe('false');
    const chat = await server.rest(
      'POST',
      '/chat/completions',
      { model: 'few-tokens', messages: [{ role: 'user', content: input }], max_tokens: 400 },
      key,
    );
    expect(chat.body.error).toMatchObject({ type: 'tokens' });
  });

  it('are waited for by the official SDK, which is told how long', async () => {
    const client = new OpenAI({ apiKey: await server.createKey(), baseURL: `${server.url}/v1`, maxRetries: 1 });
    await client.responses.create({ model: 'quick', input: 'Hello' });
    const before = upstream.requests.length;
    const startMs = performance.now();
    expect((await client.responses.create({ model: 'quick', input: 'Hello' })).status).toBe('completed');
    // The window of a second had begun with the first.
    expect(performance.now() - startMs).toBeGreaterThan(500);
    expect(upstream.requests.length).toBe(before + 1);
    const impatient = client.withOptions({ maxRetries: 0 });
    await expect(impatient.responses.create({ model: 'quick', input: 'Hello' })).rejects.toBeInstanceOf(
      OpenAI.RateLimitError,
    );
  });
});

describe('limits on what goes on at once', () => {
  /** A run that hangs in its upstream until it is ended. */
  const hanging = async (key: string, body: object = {}) => {
    behaviour = { hang: 'stream' in body || 'background' in body ? 2 : 'headers' };
    const count = upstream.requests.length;
    const client = new AbortController();
    const answer = fetch(`${server.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'alone', input: 'Hello', ...body }),
      signal: client.signal,
    });
    answer.catch(() => undefined);
    await upstream.waitForRequest(count + 1);
    behaviour = {};
    return { client, answer };
  };
  const ask = (key: string, model = 'alone') => server.rest('POST', '/responses', { model, input: 'Hello' }, key);
  /** The place is free again as soon as the end is written, not later. */
  const expectFree = async (key: string) => {
    for (let attempt = 0; ; attempt += 1) {
      const { status } = await ask(key);
      if (status === 200) return;
      expect(attempt).toBeLessThan(50);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('refuse a run beside another, at every door, and let it in when that has ended', async () => {
    const key = await server.createKey();
    const { client } = await hanging(key);
    for (const [name, knock] of Object.entries(doors)) {
      const counts = !/input_?tokens|warms up/i.test(name);
      expect({ name, ...(await knock('alone', key)) }).toMatchObject({ name, status: counts ? 429 : 200 });
    }
    const { status, headers, body } = await ask(key);
    expect({ status, error: body.error }).toMatchObject({
      status: 429,
      error: { type: 'requests', code: 'rate_limit_exceeded', limit: 'concurrent_runs' },
    });
    expect(headers.get('retry-after-ms')).toBe('1000');
    expect((await ask(await server.createKey())).status).toBe(200);
    client.abort();
    await expectFree(key);
  });

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['finishes', (key) => ask(key)],
    [
      'is refused by its upstream',
      async (key) => {
        behaviour = { status: 400, body: { error: { message: 'no' } } };
        expect((await ask(key)).status).toBe(400);
        behaviour = {};
      },
    ],
    [
      'is refused for a bad format',
      async (key) => {
        expect(
          (
            await server.rest(
              'POST',
              '/responses',
              { model: 'alone', input: 'Hello', conversation: 'conv_unknown' },
              key,
            )
          ).status,
        ).toBe(404);
      },
    ],
    [
      'breaks off upstream',
      async (key) => {
        behaviour = { reset: 2 };
        expect(
          (await server.rest('POST', '/responses', { model: 'alone', input: 'Hello', stream: true }, key)).body,
        ).toContain('response.failed');
        behaviour = {};
      },
    ],
    ['loses its client', async (key) => (await hanging(key)).client.abort()],
    [
      'loses the reader of its stream',
      async (key) => {
        const { client, answer } = await hanging(key, { stream: true });
        await answer;
        client.abort();
      },
    ],
    [
      'is cancelled',
      async (key) => {
        const { answer } = await hanging(key, { background: true });
        const { id } = (await (await answer).json()) as { id: string };
        expect((await server.rest('POST', `/responses/${id}/cancel`, undefined, key)).body.status).toBe('cancelled');
      },
    ],
    [
      'is deleted',
      async (key) => {
        const { answer } = await hanging(key, { background: true });
        const { id } = (await (await answer).json()) as { id: string };
        expect((await server.rest('DELETE', `/responses/${id}`, undefined, key)).status).toBe(200);
      },
    ],
    [
      'waits in the queue, runs and finishes',
      async (key) => {
        // The only place for background runs is taken by somebody else's.
        const other = await hanging(await server.createKey(), { background: true });
        const waits = await server.rest(
          'POST',
          '/responses',
          { model: 'alone', input: 'Hello', background: true },
          key,
        );
        expect(waits.body.status).toBe('queued');
        // What only waits does not go on.
        expect((await ask(key)).status).toBe(200);
        const { id } = (await (await other.answer).json()) as { id: string };
        await server.rest('POST', `/responses/${id}/cancel`);
        for (;;) {
          const { body } = await server.rest('GET', `/responses/${waits.body.id}`, undefined, key);
          if (body.status === 'completed') break;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
    ],
    ['is an embedding', (key) => server.rest('POST', '/embeddings', { model: 'alone', input: 'Hello' }, key)],
    [
      'is a chat completion whose client leaves',
      async (key) => {
        behaviour = { hang: 2 };
        const client = new AbortController();
        const answer = await fetch(`${server.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'alone', messages, stream: true }),
          signal: client.signal,
        });
        expect(answer.status).toBe(200);
        behaviour = {};
        expect((await ask(key)).status).toBe(429);
        client.abort();
      },
    ],
  ])('give the place back when a run %s', async (_end, run) => {
    const key = await server.createKey();
    await run(key);
    await expectFree(key);
  });

  it('count the readers of streams: the one a stream was asked for has its place, others have to find one', async () => {
    const key = await server.createKey();
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    behaviour = { hang: 2 };
    const client = new AbortController();
    const answer = await fetch(`${server.url}/v1/responses`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: 'watched', input: 'Hello', stream: true }),
      signal: client.signal,
    });
    behaviour = {};
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const text = new TextDecoder().decode((await reader.read()).value);
    const id = /"id":"(resp_[^"]+)"/.exec(text)?.[1] as string;

    const second = await server.rest('GET', `/responses/${id}?stream=true`, undefined, key);
    expect(second).toMatchObject({
      status: 429,
      body: { error: { code: 'rate_limit_exceeded', limit: 'concurrent_streams' } },
    });
    for (const name of [
      'POST /responses, streamed',
      'POST /chat/completions, streamed',
      'a message on the Responses socket',
    ])
      expect(await doors[name]?.('watched', key)).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    const gql = connectWs(server.url, { authorization: `Bearer ${key}` }, false);
    const follow = gql.iterate({
      query: 'subscription Follow($id: ID!) { responseEvents(id: $id) { type } }',
      variables: { id },
    });
    expect((await follow.next()).value).toMatchObject({ errors: [{ extensions: { code: 'rate_limit_exceeded' } }] });
    // What is not read as it comes needs no place.
    expect((await ask(key, 'watched')).status).toBe(200);

    client.abort();
    await upstream.waitForAbort();
    for (let attempt = 0; ; attempt += 1) {
      const again = await server.rest('GET', `/responses/${id}?stream=true`, undefined, key);
      if (again.status === 200) break;
      expect(attempt).toBeLessThan(50);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await gql.dispose();
  });

  it('count who follows a conversation, once, whatever it is told of', async () => {
    const only = await startTestApp({ config: { rate_limits: [{ scope: 'key', concurrent_streams: 1 }] } });
    const { id } = (await only.rest('POST', '/conversations', {})).body;
    const gql = connectWs(only.url, { authorization: `Bearer ${only.key}` }, false);
    const query = 'subscription Follow($id: ID!) { conversationEvents(id: $id) { type } }';
    const following = gql.iterate({ query, variables: { id } });
    expect((await following.next()).value).toMatchObject({
      data: { conversationEvents: { type: 'conversation.followed' } },
    });
    const second = gql.iterate({ query, variables: { id } });
    expect((await second.next()).value).toMatchObject({ errors: [{ extensions: { code: 'rate_limit_exceeded' } }] });
    await only.rest('POST', '/responses', { model: 'local', input: 'Hello', conversation: id });
    for (let type = ''; type !== 'conversation.response.ended'; ) {
      const { value } = await following.next();
      expect(value).not.toHaveProperty('errors');
      type = value?.data?.conversationEvents.type as string;
    }
    await following.return?.();
    for (let attempt = 0; ; attempt += 1) {
      const third = gql.iterate({ query, variables: { id } });
      const { value } = await third.next();
      await third.return?.();
      if (value?.errors === undefined) break;
      expect(attempt).toBeLessThan(50);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await gql.dispose();
    await only.stop();
  });

  it('keep the place of a stream for whoever subscribes to it', async () => {
    const key = await server.createKey();
    const http = createHttpClient(server);
    const start = `mutation { createResponse(input: { model: "watched", input: { text: "Hello" }, stream: true }) { response { id } } }`;
    behaviour = { hang: 2 };
    const { body } = await http.post({ query: start }, { key });
    const { id } = body.data.createResponse.response;
    expect((await http.post({ query: start }, { key })).body.errors?.[0]?.extensions.code).toBe('rate_limit_exceeded');
    behaviour = {};
    const gql = connectWs(server.url, { authorization: `Bearer ${key}` }, false);
    const follow = gql.iterate({
      query: 'subscription Follow($id: ID!) { responseEvents(id: $id) { type } }',
      variables: { id },
    });
    expect((await follow.next()).value).toMatchObject({ data: { responseEvents: { type: 'response.created' } } });
    await follow.return?.();
    await gql.dispose();
    for (let attempt = 0; ; attempt += 1) {
      const { body: next } = await http.post({ query: start }, { key });
      if (next.errors === undefined) break;
      expect(attempt).toBeLessThan(50);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});
