import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, makeTemporaryFolder, type TestDatabase } from '../support/postgres.js';
import { PATIENT, type ServerProcess, startServerProcess } from '../support/process.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

const KEY = 'kill-test-key';
const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
const LEASE_SECONDS = 5;
/** A dead process's runs are ended, or started again, within this time: the lease, a beat, and the sweep. */
const SETTLED_MS = LEASE_SECONDS * 1500;

const CONFIG = `
models:
  - { name: priced, provider: fake, max_output_tokens: 100, price: { input: "1", output: "1" } }
limits: { background_runs: 4, lease_seconds: ${LEASE_SECONDS}, ${PATIENT} }
providers:
  - { id: fake, base_url: "\${FAKE_URL}" }
`;

interface Event {
  type: string;
  sequence_number: number;
  response?: { id: string; status: string };
}
interface Ended {
  id: string;
  status: string;
  background: boolean;
  error: { code: string } | null;
  output: { content: { text: string }[] }[];
  usage: { input_tokens: number; output_tokens: number };
}

const parseEvents = (text: string): Event[] =>
  text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6)) as Event] : []));

describe('kill -9 of one of two processes', () => {
  let folder: string;
  let upstream: Upstream;
  let database: TestDatabase;
  let servers: ServerProcess[] = [];
  beforeAll(async () => {
    // Longer than the latest kill is late, so that it always meets runs that were sent.
    upstream = await startUpstream(() => ({
      text: 'one two three four five six seven eight nine ten',
      betweenMs: 120,
    }));
  });
  beforeEach(async () => {
    folder = makeTemporaryFolder();
    writeFileSync(path.join(folder, 'config.yaml'), CONFIG);
    database = await createTestDatabase();
    servers = await Promise.all([start(), start()]);
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.end('SIGKILL')));
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });
  afterAll(() => upstream.close());

  const start = (): Promise<ServerProcess> =>
    startServerProcess({
      DATABASE_URL: database.url,
      DATA_DIR: folder,
      ANTIPHON_SECRET: 'a secret of the test, shared by both',
      ANTIPHON_API_KEY: KEY,
      ANTIPHON_CONFIG: path.join(folder, 'config.yaml'),
      FAKE_URL: upstream.url,
    });

  const sql = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };

  const get = async (server: ServerProcess, id: string): Promise<Ended> =>
    (await (await fetch(`${server.url}/v1/responses/${id}`, { headers })).json()) as Ended;

  /** Starts a run; streams are read until their client's server dies. Resolves with the id. */
  const create = async (server: ServerProcess, input: string, body: object): Promise<string> => {
    const answer = await fetch(`${server.url}/v1/responses`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: 'priced', input, ...body }),
    });
    if (answer.headers.get('content-type')?.startsWith('application/json')) return ((await answer.json()) as Ended).id;
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    while (!text.includes('\n\n')) text += decoder.decode((await reader.read()).value, { stream: true });
    const drain = async (): Promise<void> => {
      while (!(await reader.read()).done);
    };
    drain().catch(() => undefined);
    return parseEvents(text)[0]?.response?.id as string;
  };

  it.each([80, 600])(
    'after about %d ms loses nothing, runs nothing twice, and pays what was used',
    async (aboutMs) => {
      const [dying, survivor] = servers as [ServerProcess, ServerProcess];
      await sql(
        `insert into budgets (project_id, id, key_id, period, cap)
       select project_id, gen_random_uuid(), id, 'total', 1000000000000 from api_keys`,
      );
      // What a server believes of a key is at most a second old.
      await sleep(1100);
      const seen = upstream.requests.length;
      const kinds = [{ background: true }, { background: true, stream: true }, { stream: true }];
      const started = await Promise.all(
        Array.from({ length: 18 }, (_, n) => create(dying, `run ${aboutMs} ${n}`, kinds[n % kinds.length] as object)),
      );
      await sleep(aboutMs * (0.5 + Math.random()));
      await dying.end('SIGKILL');
      const deadline = Date.now() + SETTLED_MS;
      const calledBefore = new Set(
        upstream.requests.slice(seen).map(({ body }) => String(body?.messages.at(-1)?.content)),
      );

      const ended: Ended[] = [];
      for (const id of started) {
        let response = await get(survivor, id);
        while (response.status === 'queued' || response.status === 'in_progress') {
          expect(Date.now()).toBeLessThan(deadline + 20_000); // a run that starts again also has to run
          await sleep(100);
          response = await get(survivor, id);
        }
        ended.push(response);
      }
      const calls = new Map<string, number>();
      for (const { body } of upstream.requests.slice(seen)) {
        const input = String(body?.messages.at(-1)?.content);
        calls.set(input, (calls.get(input) ?? 0) + 1);
      }
      expect([...calls.values()].filter((count) => count > 1)).toEqual([]);
      for (const [n, response] of ended.entries()) {
        const input = `run ${aboutMs} ${n}`;
        // Whoever's upstream had not been called was run by the survivor.
        if (!calledBefore.has(input) && response.background && calls.has(input))
          expect(response.status).toBe('completed');
        if (response.status === 'failed') expect(response.error?.code).toBe('server_error');
        else expect(response.status).toBe('completed');
        expect(response.usage.input_tokens).toBeGreaterThan(0);

        const events = parseEvents(
          await (await fetch(`${survivor.url}/v1/responses/${response.id}?stream=true`, { headers })).text(),
        );
        expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
        expect(events[0]?.type).toBe('response.created');
        expect(events.at(-1)).toMatchObject({ type: `response.${response.status}`, response: { id: response.id } });
        const tail = await (
          await fetch(`${survivor.url}/v1/responses/${response.id}?stream=true&starting_after=1`, { headers })
        ).text();
        expect(parseEvents(tail)).toEqual(events.slice(2));
      }
      expect(ended.some(({ status }) => status === 'completed')).toBe(true);
      expect(ended.some(({ status }) => status === 'failed')).toBe(true);
      expect(await sql('select 1 from runs')).toEqual([]);
      expect(await sql('select 1 from reservations')).toEqual([]);
      expect(await sql('select response_id from ledger group by response_id having count(*) > 1')).toEqual([]);
      const [booked] = await sql<{ amount: string; bills: number }>(
        'select sum(amount) as amount, count(*)::int as bills from ledger',
      );
      expect(booked?.bills).toBe(18);
      expect(await sql('select settled, reserved from budget_windows')).toEqual([
        { settled: booked?.amount, reserved: '0' },
      ]);
      for (const row of await sql<{ input_tokens: number; output_tokens: number; amount: string }>(
        'select * from ledger',
      ))
        expect(Number(row.amount)).toBe((row.input_tokens + row.output_tokens) * 1000);
    },
    90_000,
  );
});
