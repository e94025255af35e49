import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { findRunningDatabase } from '../../src/persistence/embedded/running-database.js';
import { startTestApp } from '../support/app.js';
import { createTestDatabase, makeTemporaryFolder } from '../support/postgres.js';
import { PATIENT, type ServerProcess, startServerProcess } from '../support/process.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, sse } from '../support/upstream-answers.js';

const KEY = 'crash-test-key';
const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

interface Event {
  type: string;
  sequence_number: number;
  delta?: string;
  response?: { id: string; status: string };
}

const parseEvents = (text: string): Event[] =>
  text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6)) as Event] : []));

const PRICED = `
models:
  - { name: priced, provider: fake, price: { input: "1", output: "1" } }
limits: { drain_seconds: 0, ${PATIENT} }
providers:
  - { id: fake, base_url: "\${FAKE_URL}" }
`;

/** Starts a streamed run and reads until the model has said something; the stream stays open. */
async function startRun(url: string, key = KEY): Promise<{ id: string; seen: Event[] }> {
  const answer = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'priced', input: 'Go on for ever', stream: true }),
  });
  expect(answer.status).toBe(200);
  let text = '';
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  while (!text.includes('"delta":"word ')) text += decoder.decode((await reader.read()).value, { stream: true });
  // The connection breaks when the server dies.
  reader.read().catch(() => undefined);
  const seen = parseEvents(text);
  return { id: seen[0]?.response?.id as string, seen };
}

describe('a process that dies in mid-stream', () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(() => upstream.close());

  let dataDir: string;
  let server: ServerProcess | null = null;
  const start = async (): Promise<ServerProcess> => {
    server = await startServerProcess({
      DATA_DIR: dataDir,
      ANTIPHON_API_KEY: KEY,
      ANTIPHON_CONFIG: path.join(dataDir, 'config.yaml'),
      FAKE_URL: upstream.url,
    });
    return server;
  };
  beforeEach(() => {
    dataDir = makeTemporaryFolder();
    writeFileSync(path.join(dataDir, 'config.yaml'), PRICED);
    upstream.enqueue({ chunks: ['word ', 'and '].map((content) => sse(chatChunk({ content }))), hang: 2 });
  });
  afterEach(async () => {
    await server?.end('SIGTERM');
    server = null;
    rmSync(dataDir, { recursive: true, force: true });
  });

  const database = async <Row extends pg.QueryResultRow>(query: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: (await findRunningDatabase(dataDir)) as string });
    await client.connect();
    try {
      return (await client.query<Row>(query)).rows;
    } finally {
      await client.end();
    }
  };

  const expectClosed = async (url: string, id: string, seen: Event[], message: RegExp): Promise<void> => {
    const answer = await fetch(`${url}/v1/responses/${id}`, { headers });
    const response = (await answer.json()) as { error: { message: string }; output: { content: { text: string }[] }[] };
    expect(response).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
    expect(response.error.message).toMatch(message);
    expect(response.output[0]?.content[0]?.text).toMatch(/^word /);
    const replayed = parseEvents(await (await fetch(`${url}/v1/responses/${id}?stream=true`, { headers })).text());
    expect(replayed.slice(0, seen.length)).toEqual(seen);
    expect(replayed.map((event) => event.sequence_number)).toEqual(replayed.map((_, index) => index));
    expect(replayed.at(-1)).toMatchObject({ type: 'response.failed', response: { id, status: 'failed' } });
    expect(await database(`select 1 from runs`)).toEqual([]);
    expect(await database(`select 1 from reservations`)).toEqual([]);
    expect(await database(`select 1 from budget_windows where reserved <> 0`)).toEqual([]);
  };

  it('by kill -9 leaves nothing in progress and nothing reserved after the next start', async () => {
    const first = await start();
    await database(
      `with b as (
         insert into budgets (project_id, id, key_id, period, cap)
         select project_id, gen_random_uuid(), id, 'total', 1000000000000 from api_keys returning 1
       ) select * from b`,
    );
    // What the server believes of a key is at most a second old.
    let run = await startRun(first.url);
    while ((await database(`select 1 from reservations`)).length === 0) {
      upstream.enqueue({ chunks: ['word ', 'and '].map((content) => sse(chatChunk({ content }))), hang: 2 });
      run = await startRun(first.url);
    }
    expect(await first.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });

    const second = await start();
    await expectClosed(second.url, run.id, run.seen, /stopped before this response was finished/);
    const listed = await database<{ n: string }>(`select count(*) as n from responses where status = 'in_progress'`);
    expect(listed).toEqual([{ n: '0' }]);
  });

  it('by SIGTERM ends its runs as failed and exits cleanly', async () => {
    const first = await start();
    const run = await startRun(first.url);
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const second = await start();
    await expectClosed(second.url, run.id, run.seen, /shutting down/);
  });
});

describe('two processes on one database', () => {
  it('the survivor ends the runs whose owner stopped renewing them', async () => {
    const upstream = await startUpstream();
    const database = await createTestDatabase();
    const options = { databaseUrl: database.url, upstream: { baseUrl: upstream.url, apiKey: null } };
    const dying = await startTestApp({ ...options, limits: { leaseMs: 60_000, drainMs: 0 } });
    const survivor = await startTestApp({ ...options, limits: { leaseMs: 400 } });
    try {
      upstream.enqueue({ chunks: ['word ', 'and '].map((content) => sse(chatChunk({ content }))), hang: 2 });
      const run = await startRun(dying.url, dying.key);
      // Its heartbeat comes only every 15 s: for the other process it is dead from here on.
      await dying.sql(`update runs set lease_until = now() - interval '1 second'`);
      const follow = await fetch(`${survivor.url}/v1/responses/${run.id}?stream=true`, {
        headers: { authorization: `Bearer ${survivor.key}` },
      });
      const events = parseEvents(await follow.text());
      expect(events.slice(0, run.seen.length)).toEqual(run.seen);
      expect(events.at(-1)).toMatchObject({ type: 'response.failed' });
      const { body } = await survivor.rest('GET', `/responses/${run.id}`);
      expect(body).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
      expect(await survivor.sql('select 1 from runs')).toEqual([]);
    } finally {
      await dying.stop();
      await survivor.stop();
      await upstream.close();
      await database.drop();
    }
  });
});
