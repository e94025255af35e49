import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, SSE_DONE, sse } from '../support/upstream-answers.js';

interface WireEvent {
  type: string;
  sequence_number: number;
  delta?: string;
  response?: { id: string; status: string };
}

const parse = (text: string): WireEvent[] =>
  text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6)) as WireEvent] : []));

const spoken = (events: readonly WireEvent[]): string => events.map((event) => event.delta ?? '').join('');

/** An answer of this many words, one chunk each. */
const words = (count: number, more: Partial<Behaviour> = {}): Behaviour => ({
  chunks: [
    ...Array.from({ length: count }, (_, word) => sse(chatChunk({ content: `w${word} ` }))),
    sse(chatChunk({}, 'stop')),
    SSE_DONE,
  ],
  ...more,
});
const allWords = (count: number): string => Array.from({ length: count }, (_, word) => `w${word} `).join('');

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('Waited in vain.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the event log', () => {
  let upstream: Upstream;
  let database: TestDatabase;
  let server: TestApp;
  /** A second process on the same database. */
  let other: TestApp;
  const queued: Behaviour[] = [];
  beforeAll(async () => {
    upstream = await startUpstream({ handler: () => queued.shift() ?? { text: 'noted' } });
    database = await createTestDatabase();
    const options = {
      databaseUrl: database.url,
      upstream: { baseUrl: upstream.url, apiKey: null },
      limits: { coalesceMs: 0, graceMs: 200, unstoredKeepMs: 200, drainMs: 0 },
    };
    server = await startTestApp(options);
    other = await startTestApp(options);
  });
  afterAll(async () => {
    await server.stop();
    await other.stop();
    await database.drop();
    await upstream.close();
  });

  interface Stream {
    id: string;
    /** Reads until the text so far satisfies the condition. */
    readUntil(condition: (text: string) => boolean): Promise<string>;
    readAll(): Promise<WireEvent[]>;
    leave(): void;
  }
  const open = async (path: string, body?: object, app = server): Promise<Stream> => {
    const leaving = new AbortController();
    const answer = await fetch(`${app.url}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${app.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify({ model: 'any', input: 'x', stream: true, ...body }) }),
      signal: leaving.signal,
    });
    expect(answer.status).toBe(200);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    const stream: Stream = {
      id: '',
      async readUntil(condition) {
        while (!condition(text)) {
          const { value, done } = await reader.read();
          if (done) return text;
          text += decoder.decode(value, { stream: true });
        }
        return text;
      },
      readAll: async () => parse(await stream.readUntil(() => false)),
      leave() {
        leaving.abort();
        reader.read().catch(() => undefined);
      },
    };
    if (body !== undefined) {
      await stream.readUntil((seen) => seen.includes('"response.created"') && seen.includes('\n\n'));
      stream.id = parse(text)[0]?.response?.id ?? '';
    }
    return stream;
  };

  it('numbers events from 0 without gaps and ends with [DONE]', async () => {
    queued.push(words(50));
    const stream = await open('/responses', {});
    const text = await stream.readUntil((seen) => seen.includes('[DONE]'));
    const events = parse(text);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(spoken(events)).toBe(allWords(50));
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('has stored an event before anyone sees it', async () => {
    queued.push(words(5, { hang: 5 }));
    const stream = await open('/responses', {});
    const events = parse(await stream.readUntil((seen) => seen.includes('w4 ')));
    const rows = await server.sql<{ n: string }>(
      `select count(*) as n from response_events where replace(response_id::text, '-', '') = $1`,
      [stream.id.slice(5)],
    );
    expect(Number(rows[0]?.n)).toBeGreaterThanOrEqual(events.length);
    stream.leave();
  });

  it('resumes after any event, during the run and after it, with the identical tail', async () => {
    queued.push(words(20, { betweenMs: 5 }));
    const stream = await open('/responses', {});
    const during = open(`/responses/${stream.id}?stream=true&starting_after=3`).then((resumed) => resumed.readAll());
    const events = await stream.readAll();
    expect(await during).toEqual(events.slice(4));
    for (let after = 0; after < events.length; after += 1) {
      const resumed = await open(`/responses/${stream.id}?stream=true&starting_after=${after}`);
      expect(await resumed.readAll()).toEqual(events.slice(after + 1));
    }
    expect(await (await open(`/responses/${stream.id}?stream=true`)).readAll()).toEqual(events);
    expect(await (await open(`/responses/${stream.id}?stream=true&starting_after=9999`)).readAll()).toEqual([]);
  });

  it('is the same in another process, while the run goes on', async () => {
    queued.push(words(30, { betweenMs: 10 }));
    const stream = await open('/responses', {});
    const elsewhere = await open(`/responses/${stream.id}?stream=true`, undefined, other);
    const [here, there] = await Promise.all([stream.readAll(), elsewhere.readAll()]);
    expect(there).toEqual(here);
  });

  it('writes the events of many runs together', async () => {
    const runs = 40;
    for (let run = 0; run < runs; run += 1) queued.push(words(20, { betweenMs: 5 }));
    const [before] = await server.sql<{ n: string }>(
      `select xact_commit as n from pg_stat_database where datname = current_database()`,
    );
    const streams = await Promise.all(Array.from({ length: runs }, () => open('/responses', {})));
    const all = await Promise.all(streams.map((stream) => stream.readAll()));
    for (const events of all) expect(spoken(events)).toBe(allWords(20));
    await server.sql('select pg_stat_force_next_flush()').catch(() => undefined);
    const [after] = await server.sql<{ n: string }>(
      `select xact_commit as n from pg_stat_database where datname = current_database()`,
    );
    const events = all.reduce((sum, list) => sum + list.length, 0);
    expect(Number(after?.n) - Number(before?.n)).toBeLessThan(events / 3);
  });

  it('does not let a reader that stalls hold up the run or another reader', async () => {
    // More than the sockets between here and there can hold.
    const long = Array.from({ length: 500 }, (_, word) => `w${word} ${'x'.repeat(8000)} `);
    queued.push({
      chunks: [...long.map((content) => sse(chatChunk({ content }))), sse(chatChunk({}, 'stop')), SSE_DONE],
    });
    const stream = await open('/responses', {});
    // A socket that takes the head of the answer and then nothing more.
    const stalled = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.get(
        `${server.url}/api/v1/responses/${stream.id}?stream=true`,
        { headers: { authorization: `Bearer ${server.key}` } },
        (answer) => {
          answer.pause();
          resolve(answer);
        },
      );
      request.once('error', reject);
    });
    const events = await stream.readAll();
    expect(spoken(events)).toBe(long.join(''));
    expect(events.at(-1)?.type).toBe('response.completed');
    stalled.destroy();
  });

  it('replays a response that was not streamed, the same every time', async () => {
    queued.push({ text: 'in one piece' });
    const { body } = await server.rest('POST', '/responses', { model: 'any', input: 'x' });
    const first = await (await open(`/responses/${body.id}?stream=true`)).readAll();
    const second = await (await open(`/responses/${body.id}?stream=true`, undefined, other)).readAll();
    expect(second).toEqual(first);
    expect(first.map((event) => event.type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(first.at(-1)?.response).toEqual(body);
  });

  describe('of a run that is not stored', () => {
    it('can be followed while it lives and shortly after, and is never found otherwise', async () => {
      queued.push(words(10, { betweenMs: 5 }));
      const stream = await open('/responses', { store: false });
      const follower = await open(`/responses/${stream.id}?stream=true`);
      const events = await stream.readAll();
      expect(await follower.readAll()).toEqual(events);
      expect((await server.rest('GET', `/responses/${stream.id}`)).status).toBe(404);
      expect((await server.rest('DELETE', `/responses/${stream.id}`)).status).toBe(404);
      const child = await server.rest('POST', '/responses', {
        model: 'any',
        input: 'x',
        previous_response_id: stream.id,
      });
      expect(child.body.error.code).toBe('previous_response_not_found');
      await until(async () => (await server.rest('GET', `/responses/${stream.id}?stream=true`)).status === 404);
      for (const table of ['responses', 'response_events', 'items'])
        expect(
          await server.sql(
            `select 1 from ${table} where replace(${table === 'responses' ? 'id' : 'response_id'}::text, '-', '') = $1`,
            [stream.id.slice(5)],
          ),
        ).toEqual([]);
    });
  });

  describe('of a run whose client leaves', () => {
    it('goes on while anyone follows, and is cancelled when the grace is over, with what was said kept', async () => {
      queued.push(words(3, { hang: 3 }));
      const requests = upstream.requests.length;
      const stream = await open('/responses', {});
      await stream.readUntil((seen) => seen.includes('w2 '));
      const follower = await open(`/responses/${stream.id}?stream=true`);
      await follower.readUntil((seen) => seen.includes('w2 '));
      stream.leave();
      expect((await server.rest('GET', `/responses/${stream.id}`)).body.status).toBe('in_progress');
      follower.leave();
      await until(async () => (await server.rest('GET', `/responses/${stream.id}`)).body.status === 'cancelled');
      await until(() => upstream.requests.slice(requests).some((request) => request.isAborted));
      const { body } = await server.rest('GET', `/responses/${stream.id}`);
      expect(body.output[0]).toMatchObject({ status: 'incomplete', content: [{ text: allWords(3) }] });
      expect(body.usage.output_tokens).toBeGreaterThan(0);
      const replayed = await (await open(`/responses/${stream.id}?stream=true`)).readAll();
      expect(replayed.at(-1)?.type).not.toMatch(/completed|failed|cancelled/);
    });

    it('is cancelled for a caller that waited, too', async () => {
      queued.push({ hang: 'headers' });
      const before = upstream.requests.length;
      const newest = async () => {
        const [row] = await server.sql<{ id: string; status: string }>(
          'select id, status from responses order by id desc limit 1',
        );
        return row;
      };
      const last = await newest();
      const leaving = new AbortController();
      const waiting = fetch(`${server.url}/api/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'any', input: 'x' }),
        signal: leaving.signal,
      }).catch(() => undefined);
      await upstream.waitForRequest(before + 1);
      leaving.abort();
      await waiting;
      await until(async () => {
        const row = await newest();
        return row?.id !== last?.id && row?.status === 'cancelled';
      });
    });
  });

  it('ends for its followers when the response is deleted in the middle', async () => {
    queued.push(words(3, { hang: 3 }));
    const stream = await open('/responses', {});
    await stream.readUntil((seen) => seen.includes('w2 '));
    expect((await server.rest('DELETE', `/responses/${stream.id}`)).body).toMatchObject({ deleted: true });
    expect((await stream.readAll()).at(-1)?.delta).toBe('w2 ');
    expect((await server.rest('GET', `/responses/${stream.id}`)).status).toBe(404);
    expect(
      await server.sql(`select 1 from runs where replace(response_id::text, '-', '') = $1`, [stream.id.slice(5)]),
    ).toEqual([]);
  });

  it('ends for its followers when the run is cancelled, from either process', async () => {
    for (const app of [server, other]) {
      queued.push(words(3, { hang: 3 }));
      const stream = await open('/responses', { background: true });
      await stream.readUntil((seen) => seen.includes('w2 '));
      const { status, body } = await app.rest('POST', `/responses/${stream.id}/cancel`);
      expect([status, body.status]).toEqual([200, 'cancelled']);
      expect((await stream.readAll()).at(-1)?.delta).toBe('w2 ');
      expect((await app.rest('POST', `/responses/${stream.id}/cancel`)).body).toEqual(body);
    }
  });

  it('leaves no follower waiting', async () => {
    await until(() => server.app.container.followers() === 0 && other.app.container.followers() === 0);
  });
});
