import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, sse } from '../support/upstream-answers.js';

/** Long enough that a busy machine finds somebody there in time. */
const GRACE_MS = 1200;
const WORDS = ['word ', 'and '].map((content) => sse(chatChunk({ content })));

describe('the grace of a foreground run', () => {
  let upstream: Upstream;
  let database: TestDatabase;
  let runner: TestApp;
  let other: TestApp;
  beforeAll(async () => {
    upstream = await startUpstream();
    database = await createTestDatabase();
    const options = {
      databaseUrl: database.url,
      config: {
        providers: [{ id: 'fake', base_url: upstream.url }],
        models: [{ name: 'priced', provider: 'fake', price: { input: '1', output: '1' } }],
      },
      limits: { graceMs: GRACE_MS },
    };
    runner = await startTestApp(options);
    other = await startTestApp(options);
  });
  afterAll(async () => {
    await runner.stop();
    await other.stop();
    await upstream.close();
    await database.drop();
  });

  /** Opens a stream and reads until the model has spoken; `leave` closes the connection. */
  const open = async (server: TestApp, path: string, body?: object) => {
    const left = new AbortController();
    const answer = await fetch(`${server.url}/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: left.signal,
    });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    while (!text.includes('"delta":"word ')) text += decoder.decode((await reader.read()).value, { stream: true });
    return { id: /"id":"(resp_[0-9a-f]+)"/.exec(text)?.[1] as string, leave: () => left.abort() };
  };
  const statusOf = async (id: string): Promise<string> => (await other.rest('GET', `/responses/${id}`)).body.status;
  const untilEnded = async (id: string): Promise<string> => {
    for (;;) {
      const status = await statusOf(id);
      if (status !== 'in_progress') return status;
      await sleep(20);
    }
  };
  const startStream = async () => {
    upstream.enqueue({ chunks: WORDS, hang: 2 });
    return open(runner, '/responses', { model: 'priced', input: 'Go on', stream: true });
  };

  it('ends it after its client has left; what was said is kept and paid', async () => {
    const stream = await startStream();
    stream.leave();
    expect(await statusOf(stream.id)).toBe('in_progress');
    expect(await untilEnded(stream.id)).toBe('cancelled');
    const { body } = await runner.rest('GET', `/responses/${stream.id}`);
    expect(body.output[0]).toMatchObject({ status: 'incomplete', content: [{ text: 'word and ' }] });
    expect(body.usage.output_tokens).toBeGreaterThan(0);
    const [bill] = await runner.sql<{ amount: string }>('select amount from ledger order by id desc limit 1');
    expect(Number(bill?.amount)).toBe(1000 * body.usage.total_tokens);
    const { body: events } = await other.rest('GET', `/responses/${stream.id}?stream=true`);
    expect(events).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('does not begin while somebody follows through another process, and begins when they leave', async () => {
    const stream = await startStream();
    const follower = await open(other, `/responses/${stream.id}?stream=true`);
    const second = await open(other, `/responses/${stream.id}?stream=true`);
    stream.leave();
    await sleep(1.5 * GRACE_MS);
    expect(await statusOf(stream.id)).toBe('in_progress');
    second.leave();
    await sleep(1.5 * GRACE_MS);
    expect(await statusOf(stream.id)).toBe('in_progress');
    follower.leave();
    expect(await untilEnded(stream.id)).toBe('cancelled');
  });

  it('counts for a caller who waits for the whole answer', async () => {
    upstream.enqueue({ hang: 'headers' });
    const seen = upstream.requests.length;
    const left = new AbortController();
    const waiting = fetch(`${runner.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${runner.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'priced', input: 'A long one' }),
      signal: left.signal,
    }).catch(() => null);
    await upstream.waitForRequest(seen + 1);
    await sleep(1.5 * GRACE_MS);
    const [row] = await runner.sql<{ id: string }>(`select id from responses where status = 'in_progress'`);
    expect(row).toBeDefined();
    left.abort();
    await waiting;
    expect(await untilEnded(`resp_${row?.id.replaceAll('-', '')}`)).toBe('cancelled');
  });

  it('runs out on a GraphQL stream that nobody follows', async () => {
    upstream.enqueue({ chunks: WORDS, hang: 2 });
    const answer = await fetch(`${runner.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${runner.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query:
          'mutation { createResponse(input: { model: "priced", input: { text: "x" }, stream: true }) { response { id } } }',
      }),
    });
    const { data } = (await answer.json()) as { data: { createResponse: { response: { id: string } } } };
    expect(await untilEnded(data.createResponse.response.id)).toBe('cancelled');
  });
});
