import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newUuid } from '../../src/domain/ids.js';
import { withTypes } from '../../src/persistence/database.js';
import { createRunRepository } from '../../src/persistence/repositories/run.repository.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, sse } from '../support/upstream-answers.js';

interface Event {
  type: string;
  sequence_number: number;
  response?: { status: string };
}

const parseEvents = (text: string): Event[] =>
  text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6)) as Event] : []));

const config = {
  providers: [{ id: 'fake', base_url: 'http://replaced' }],
  models: [{ name: 'priced', provider: 'fake', max_output_tokens: 100, price: { input: '1', output: '1' } }],
};

describe('background runs', () => {
  let upstream: Upstream;
  let database: TestDatabase;
  const servers: TestApp[] = [];
  beforeAll(async () => {
    upstream = await startUpstream();
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });
  afterAll(async () => {
    await upstream.close();
    await database.drop();
  });

  const start = async (options: TestAppOptions = {}): Promise<TestApp> => {
    const server = await startTestApp({
      databaseUrl: database.url,
      config: { ...config, providers: [{ id: 'fake', base_url: upstream.url }] },
      ...options,
    });
    servers.push(server);
    return server;
  };
  /** A process that takes runs in and runs none. */
  const startDoor = (): Promise<TestApp> => start({ limits: { maxBackgroundRuns: 0 } });
  const create = async (server: TestApp, body: object = {}, key?: string): Promise<string> => {
    const answer = await server.rest(
      'POST',
      '/responses',
      { model: 'priced', input: 'Hello', background: true, ...body },
      key,
    );
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'queued', background: true, output: [], usage: null },
    });
    return answer.body.id;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
  const untilEnded = async (server: TestApp, id: string): Promise<any> => {
    for (;;) {
      const { body } = await server.rest('GET', `/responses/${id}`);
      if (body.status !== 'queued' && body.status !== 'in_progress') return body;
      await sleep(10);
    }
  };
  it('that wait are not taken by the process that has them already, however its lease stands', async () => {
    const door = await startDoor();
    await create(door);
    const [{ owner, id }] = (await door.sql('select owner, response_id as id from runs')) as [
      { owner: string; id: string },
    ];
    const client = new pg.Client({ connectionString: door.databaseUrl });
    await client.connect();
    try {
      const runs = createRunRepository(withTypes(client));
      expect(await runs.claimQueued(owner, 0, 10, [id])).toEqual([]);
      expect(await runs.claimQueued(owner, 0, 10, [])).toMatchObject([{ responseId: id, attempt: 2 }]);
      expect(await runs.claimQueued(newUuid(), 0, 10, [id])).toMatchObject([{ responseId: id, attempt: 3 }]);
    } finally {
      await client.query('delete from runs');
      await client.end();
    }
  });

  const follow = async (server: TestApp, id: string): Promise<Event[]> => {
    const { body } = await server.rest('GET', `/responses/${id}?stream=true`);
    expect(body).toMatch(/data: \[DONE\]\n\n$/);
    return parseEvents(body);
  };

  it('are answered at once, run without a client, and leave nothing behind', async () => {
    const server = await start();
    upstream.enqueue({ text: 'Done', delayMs: 100 });
    const id = await create(server);
    expect(await untilEnded(server, id)).toMatchObject({
      status: 'completed',
      output: [{ content: [{ text: 'Done' }] }],
    });
    expect((await follow(server, id)).map(({ type }) => type).slice(0, 3)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
    ]);
    expect(await server.sql('select 1 from runs')).toEqual([]);
  });

  it('wait in the database where no process has a place, and are taken by the first that has', async () => {
    const door = await startDoor();
    const before = upstream.requests.length;
    const id = await create(door, { input: 'Who runs this?', instructions: 'Be brief.', stream: false });
    const followed = follow(door, id);
    await sleep(50);
    expect((await door.rest('GET', `/responses/${id}`)).body.status).toBe('queued');
    expect(upstream.requests).toHaveLength(before);
    const [row] = await door.sql<{ command: string }>('select command from runs');
    expect(row?.command).not.toContain('brief');

    await start();
    const events = await followed;
    expect(events.map(({ type }) => type).slice(0, 3)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
    expect(upstream.requests.at(-1)?.body?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Who runs this?' },
    ]);
    expect((await untilEnded(door, id)).output[0].content[0].text).toBe('You said: Who runs this?');
  });

  it('that wait keep what they were created with: prompt, chain and conversation', async () => {
    const door = await startDoor();
    const runner = await start({ limits: { maxBackgroundRuns: 0 } });
    const { body: prompt } = await door.rest('POST', '/prompts', {
      name: 'tone',
      instructions: 'Speak {{how}}.',
      variables: { how: 'low' },
    });
    const { body: first } = await door.rest('POST', '/responses', { model: 'priced', input: 'One' });
    const { body: conversation } = await door.rest('POST', '/conversations', {
      items: [{ role: 'user', content: 'Earlier' }],
    });
    const chained = await create(door, { input: 'Two', previous_response_id: first.id, prompt: { id: 'tone' } });
    const inside = await create(door, { input: 'Later', conversation: conversation.id });
    const locked = await runner.rest('POST', '/responses', {
      model: 'priced',
      input: 'x',
      conversation: conversation.id,
    });
    expect(locked.body.error.code).toBe('conversation_locked');
    await door.rest('PUT', `/prompts/${prompt.id}`, { instructions: 'Shout.' });
    await door.rest('DELETE', `/responses/${first.id}`);
    await door.rest('POST', `/conversations/${conversation.id}/items`, {
      items: [{ role: 'user', content: 'Meanwhile' }],
    });
    const seen = upstream.requests.length;
    await start();
    expect((await untilEnded(door, chained)).instructions).toBe('Speak low.');
    await untilEnded(door, inside);
    const sent = upstream.requests.slice(seen).map(({ body }) => body?.messages.map(({ content }) => content));
    expect(sent).toContainEqual(['Speak low.', 'One', 'You said: One', 'Two']);
    expect(sent).toContainEqual(['Earlier', 'Meanwhile', 'Later']);
    const { body: items } = await door.rest('GET', `/conversations/${conversation.id}/items?order=asc`);
    expect(items.data.map((item: { content: { text: string }[] }) => item.content[0]?.text)).toEqual([
      'Earlier',
      'Meanwhile',
      'Later',
      'You said: Later',
    ]);
  });

  it('hold their budget from the moment they are queued, and pay what they use wherever they run', async () => {
    const door = await startDoor();
    const key = await door.createKey({ budgets: [{ period: 'total', cap: 400_000n }] });
    const id = await create(door, {}, key);
    const [held] = await door.sql<{ reserved: string }>('select reserved from budget_windows where reserved > 0');
    expect(Number(held?.reserved)).toBeGreaterThan(100_000);
    const full = await door.rest(
      'POST',
      '/responses',
      { model: 'priced', input: 'x', background: true, max_output_tokens: 400 },
      key,
    );
    expect(full).toMatchObject({ status: 429, body: { error: { code: 'insufficient_quota' } } });
    expect(full.headers.get('x-should-retry')).toBe('false');
    await start();
    expect(await untilEnded(door, id)).toMatchObject({
      status: 'completed',
      usage: { input_tokens: 1, output_tokens: 3 },
    });
    expect(await door.sql('select 1 from reservations')).toEqual([]);
    expect(await door.sql('select settled, reserved from budget_windows where settled > 0')).toEqual([
      { settled: '4000', reserved: '0' },
    ]);
    expect(upstream.requests.at(-1)?.body).toMatchObject({ max_tokens: 100 });
  });

  it('that wait are cancelled and deleted where nobody runs them', async () => {
    const door = await startDoor();
    const before = upstream.requests.length;
    const cancelled = await create(door);
    const deleted = await create(door);
    const followed = follow(door, cancelled);
    const answer = await door.rest('POST', `/responses/${cancelled}/cancel`);
    expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled', output: [], error: null } });
    expect((await door.rest('POST', `/responses/${cancelled}/cancel`)).body).toEqual(answer.body);
    expect((await followed).map(({ type }) => type)).toEqual(['response.created', 'response.queued']);
    expect((await door.rest('DELETE', `/responses/${deleted}`)).status).toBe(200);
    expect((await door.rest('GET', `/responses/${deleted}`)).status).toBe(404);
    expect(await door.sql('select 1 from runs')).toEqual([]);
    expect(await door.sql('select 1 from responses where deleted_at is not null')).toEqual([]);
    await start();
    await sleep(50);
    expect(upstream.requests).toHaveLength(before);
  });

  it('are cancelled and deleted through a process that does not run them', async () => {
    const runner = await start();
    const door = await startDoor();
    const endless = { chunks: ['word ', 'and '].map((content) => sse(chatChunk({ content }))), hang: 2 };
    for (const [method, suffix] of [
      ['POST', '/cancel'],
      ['DELETE', ''],
    ] as const) {
      upstream.enqueue(endless);
      const seen = upstream.requests.length;
      const id = await create(runner);
      await upstream.waitForRequest(seen + 1);
      while ((await door.rest('GET', `/responses/${id}`)).body.status !== 'in_progress') await sleep(10);
      const answer = await door.rest(method, `/responses/${id}${suffix}`);
      expect(answer.status).toBe(200);
      if (method === 'POST') expect(answer.body.status).toBe('cancelled');
      else expect((await door.rest('GET', `/responses/${id}`)).status).toBe(404);
    }
    expect(await upstream.waitForAbort(2)).toHaveLength(2);
    while ((await door.sql('select 1 from runs')).length > 0) await sleep(10);
    while ((await door.sql('select 1 from responses where deleted_at is not null')).length > 0) await sleep(10);
  });

  it('are no more at once than the process may run, and none is lost or run twice', async () => {
    let now = 0;
    let most = 0;
    const counting = await startUpstream(() => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
      }, 15);
      return { text: 'x', delayMs: 20 };
    });
    const counted = await start({
      config: { ...config, providers: [{ id: 'fake', base_url: counting.url }] },
      limits: { maxBackgroundRuns: 3 },
    });
    const ids = await Promise.all(Array.from({ length: 25 }, (_, n) => create(counted, { input: `n${n}` })));
    for (const id of ids) expect(await untilEnded(counted, id)).toMatchObject({ status: 'completed' });
    expect(counting.requests).toHaveLength(25);
    expect(most).toBeLessThanOrEqual(3);
    await counting.close();
  });

  it('that a stopping process has not sent upstream yet are started by another', async () => {
    const door = await startDoor();
    const stopping = await start({ limits: { drainMs: 0 } });
    const seen = upstream.requests.length;
    // Its input takes a while to be counted.
    const id = await create(stopping, { input: 'word '.repeat(100_000) });
    await stopping.stop();
    servers.splice(servers.indexOf(stopping), 1);
    expect((await door.rest('GET', `/responses/${id}`)).body.status).toBe('queued');
    expect(upstream.requests).toHaveLength(seen);
    upstream.enqueue({ text: 'Done' });
    await start();
    expect(await untilEnded(door, id)).toMatchObject({ status: 'completed' });
    const events = await follow(door, id);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.filter(({ type }) => type === 'response.created')).toHaveLength(1);
  });

  it('are refused past what a project may have waiting', async () => {
    const door = await start({ limits: { maxBackgroundRuns: 0, maxQueuedRuns: 2 } });
    const ids = [await create(door), await create(door)];
    const third = await door.rest('POST', '/responses', { model: 'priced', input: 'x', background: true });
    expect(third).toMatchObject({ status: 429, body: { error: { code: 'rate_limit_exceeded' } } });
    expect(third.headers.get('retry-after')).toBe('5');
    for (const id of ids) await door.rest('POST', `/responses/${id}/cancel`);
  });

  it('that cannot be started any more end failed', async () => {
    const door = await startDoor();
    const id = await create(door);
    await start({ config: { ...config, models: [{ name: 'other', provider: 'local' }] } });
    expect(await untilEnded(door, id)).toMatchObject({ status: 'failed', error: { code: 'model_not_found' } });
    expect((await follow(door, id)).map(({ type }) => type)).toEqual([
      'response.created',
      'response.queued',
      'response.failed',
    ]);
  });
});
