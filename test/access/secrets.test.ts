import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, makeTemporaryFolder, type TestDatabase } from '../support/postgres.js';
import { type ServerProcess, startServerProcess } from '../support/process.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/** What nobody may find, by what it is. Those that the server makes itself join while the test runs. */
const secrets: Record<string, string> = {
  'the first key': 'sk-first-key-4711-tell-nobody',
  'the upstream’s key': 'sk-upstream-4712-tell-nobody',
  'the sealing secret': 'sealing secret 4713 tell nobody',
  'a wrong key': 'sk-wrong-4714-tell-nobody',
  'an MCP server’s authorization': 'mcp-authorization-4715-tell-nobody',
  'an MCP server’s header': 'mcp-header-4716-tell-nobody',
  'the query of a webhook': 'webhook-query-4717-tell-nobody',
  'a prompt': 'prompt 4718 tell nobody',
};

describe('secrets', () => {
  let folder: string;
  let upstream: Upstream;
  let database: TestDatabase;
  let server: ServerProcess;
  /** Everything that clients were answered, but for the answers that show a new secret once. */
  let answers = '';
  beforeAll(async () => {
    folder = makeTemporaryFolder();
    // An upstream that repeats what it was sent, as some do when they refuse.
    upstream = await startUpstream(({ headers, body }) => ({
      status: 401,
      body: {
        error: {
          message: `Incorrect API key provided: ${headers.authorization}. You said ${JSON.stringify(body)}`,
          code: 'invalid_api_key',
        },
      },
    }));
    writeFileSync(
      path.join(folder, 'config.yaml'),
      `providers:
  - { id: refusing, base_url: "${upstream.url}", api_key: "\${UPSTREAM_KEY}" }
models:
  - { name: refused, provider: refusing }
outbound: { allow: ["127.0.0.1"] }
graphql: { playground: false }
`,
    );
    database = await createTestDatabase();
    server = await startServerProcess({
      LOG_LEVEL: 'trace',
      DATABASE_URL: database.url,
      DATA_DIR: folder,
      ANTIPHON_SECRET: secrets['the sealing secret'] as string,
      ANTIPHON_API_KEY: secrets['the first key'] as string,
      ANTIPHON_CONFIG: path.join(folder, 'config.yaml'),
      UPSTREAM_KEY: secrets['the upstream’s key'] as string,
    });
  });
  afterAll(async () => {
    await server.end('SIGKILL');
    await upstream.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const send = async (method: string, at: string, body?: unknown, key = secrets['the first key']): Promise<string> => {
    const answer = await fetch(`${server.url}${at}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return answer.text();
  };
  const call = async (...request: Parameters<typeof send>): Promise<string> => {
    const text = await send(...request);
    answers += `${text}\n`;
    return text;
  };
  /** The same for answers that hold a new secret: it is hidden from then on. */
  const shownOnce = async (what: string, member: string, ...request: Parameters<typeof send>) => {
    const json = JSON.parse(await send(...request));
    expect(json[member]).toEqual(expect.any(String));
    secrets[what] = json[member];
    return json as { id: string };
  };

  const everywhere = (text: string): string[] =>
    Object.entries(secrets).flatMap(([what, secret]) => (text.includes(secret) ? [what] : []));

  it('are nowhere in the log at its most talkative, in no error, in no audit entry, and in no table', async () => {
    const prompt = secrets['a prompt'];
    const { id } = await shownOnce('a made key', 'value', 'POST', '/v1/api_keys', { name: 'made' });
    await shownOnce('a rotated key', 'value', 'POST', `/v1/api_keys/${id}/rotate`, {});
    await shownOnce('a client token', 'value', 'POST', '/v1/client_tokens', { user: 'ann' });
    const hook = { name: 'hook', url: `${upstream.url}/hook?token=${secrets['the query of a webhook']}` };
    const events = ['response.completed', 'response.failed'];
    const endpoint = await shownOnce('a signing secret', 'signing_secret', 'POST', '/v1/webhook_endpoints', {
      ...hook,
      event_types: events,
    });
    await shownOnce(
      'a rotated signing secret',
      'signing_secret',
      'POST',
      `/v1/webhook_endpoints/${endpoint.id}/rotate_secret`,
      {},
    );
    await call('GET', '/v1/models', undefined, secrets['a wrong key']);
    await call('GET', '/v1/models', undefined, secrets['a made key']);
    await call('POST', '/v1/responses', { model: 'refused', input: prompt });
    await call('POST', '/v1/responses', { model: 'refused', input: prompt, stream: true });
    await call('POST', '/v1/chat/completions', { model: 'refused', messages: [{ role: 'user', content: prompt }] });
    await call('POST', '/v1/responses', { model: 'refused', input: prompt, background: true });
    await call('POST', '/v1/responses', `{"model": "refused", "input": "${prompt}`);
    const mcp = {
      type: 'mcp',
      server_label: 'tools',
      server_url: `${upstream.url}/mcp`,
      authorization: secrets['an MCP server’s authorization'],
      headers: { 'x-token': secrets['an MCP server’s header'] },
    };
    await call('POST', '/v1/responses', { model: 'local', input: 'Hello', tools: [mcp] });
    await call('POST', '/v1/prompts', { name: 'with tools', tools: [mcp] });
    await call('GET', '/v1/prompts');
    await call('POST', `/v1/webhook_endpoints/${endpoint.id}/test`, { event_type: 'response.failed' });
    await call('POST', '/graphql', {
      query: 'query ($key: ID!) { apiKey(id: $key) { id } }',
      variables: { key: secrets['a rotated key'] },
    });
    await call('POST', '/graphql', { query: `{ viewer { "${secrets['a rotated key']}" } }` });
    const log = await call('GET', '/v1/audit_log?limit=100');
    expect(JSON.parse(log).data.length).toBeGreaterThan(4);
    // What goes on behind the answers is in the log as well: a refusal for each of the four requests, and the webhook's.
    const refusals = (): number => server.output().split('"upstream failed"').length - 1;
    while (refusals() < 4 || !server.output().includes('The endpoint answered 401.')) await sleep(20);

    // A document that holds a secret is quoted to the client that sent it, and to nobody else.
    const own = ['a rotated key'];
    expect(everywhere(answers).filter((what) => !own.includes(what))).toEqual([]);
    expect(server.output()).toContain('Antiphon is ready');
    // Nor an address at which nothing is.
    expect(server.output()).not.toContain('/playground');
    expect(everywhere(server.output())).toEqual([]);
    expect(everywhere(log)).toEqual([]);

    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    let rows = '';
    for (const { name } of tables.rows) {
      const found = await client.query<{ text: string }>(`select t::text as text from ${name} t`);
      rows += found.rows.map(({ text }) => text).join('\n');
    }
    await client.end();
    // Prompts and the webhook's address are what is stored; the rest is hashed or sealed.
    expect(everywhere(rows).filter((what) => what !== 'a prompt' && what !== 'the query of a webhook')).toEqual([]);
    expect(rows).toContain(prompt);
  });
});
