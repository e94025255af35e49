import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, makeTemporaryFolder } from '../support/postgres.js';
import { type ServerProcess, startServerProcess } from '../support/process.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

const KEY = 'reload-test-key';
const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

describe('SIGHUP', () => {
  let old: Upstream;
  let young: Upstream;
  let folder: string;
  let database: { url: string; drop(): Promise<void> };
  let server: ServerProcess;
  const write = (text: string) => writeFileSync(path.join(folder, 'config.yaml'), text);
  const providerAt = (url: string, more = '') => `
providers:
  - { id: fake, base_url: "${url}" }
  - { id: same, base_url: "${old.url}" }
models:
  - { name: moving, provider: fake, price: { input: 1, output: 1 } }
  - { name: staying, provider: same }
${more}`;

  beforeAll(async () => {
    old = await startUpstream((request) =>
      request.body?.stream === true
        ? { text: 'one two three four five six', betweenMs: 150 }
        : { text: 'from the old' },
    );
    young = await startUpstream(() => ({ text: 'from the new' }));
    folder = makeTemporaryFolder();
    database = await createTestDatabase();
    write(providerAt(old.url));
    server = await startServerProcess({
      DATABASE_URL: database.url,
      ANTIPHON_SECRET: 'reload secret',
      ANTIPHON_API_KEY: KEY,
      ANTIPHON_CONFIG: path.join(folder, 'config.yaml'),
      DATA_DIR: folder,
      LOG_LEVEL: 'info',
    });
  });
  afterAll(async () => {
    await server.end('SIGTERM');
    await database.drop();
    await old.close();
    await young.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends the signal and waits for what the log says of it. */
  const reload = async (expected: RegExp): Promise<string> => {
    const before = server.output().length;
    process.kill(server.pid, 'SIGHUP');
    for (let tries = 0; tries < 500; tries += 1) {
      const printed = server.output().slice(before);
      if (expected.test(printed)) return printed;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`The log does not say ${expected}: ${server.output().slice(before)}`);
  };
  const ask = async (model: string): Promise<{ status: number; text: string; code?: string }> => {
    const answer = await fetch(`${server.url}/v1/responses`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model, input: 'hello' }),
    });
    const body = (await answer.json()) as {
      output?: { content: { text: string }[] }[];
      error?: { code: string } | null;
    };
    return {
      status: answer.status,
      text: body.output?.[0]?.content[0]?.text ?? '',
      ...(body.error ? { code: body.error.code } : {}),
    };
  };

  it('moves new requests to the new file, and lets a stream end where it began', async () => {
    expect(await ask('moving')).toMatchObject({ status: 200, text: 'from the old' });
    const stream = await fetch(`${server.url}/v1/responses`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: 'moving', input: 'hello', stream: true }),
    });
    await old.waitForRequest(2);
    write(providerAt(young.url));
    await reload(/was reloaded/);
    expect(await ask('moving')).toMatchObject({ status: 200, text: 'from the new' });
    expect((await ask('staying')).text).toBe('from the old');
    // A provider that has not changed keeps its connections.
    await ask('staying');
    expect(old.requests.at(-1)?.connection).toBe(old.requests.at(-2)?.connection);
    const text = await stream.text();
    expect(text).toContain('"type":"response.completed"');
    expect(text).toContain('one two three four five six');
    expect(old.requests.every(({ isAborted }) => !isAborted)).toBe(true);
  });

  it('refuses a bad file with line and column, and goes on with what it had', async () => {
    write(`${providerAt(young.url)}\nmodles: []\n`);
    const printed = await reload(/was not reloaded/);
    expect(printed).toMatch(/config\.yaml:\d+:1: modles: /);
    expect(await ask('moving')).toMatchObject({ status: 200, text: 'from the new' });
    const metrics = async () => (await fetch(`${server.url}/metrics`, { headers })).text();
    expect(await metrics()).toContain('antiphon_config_reload_refused 1');
    write(providerAt(young.url));
    await reload(/was reloaded/);
    expect(await metrics()).toContain('antiphon_config_reload_refused 0');
  });

  it('changes routes, limits, rates, prices and tools', async () => {
    write(
      providerAt(
        young.url,
        `
  - { name: fresh, provider: fake }
money: { unpriced_models: deny }
web_search: { engines: [{ type: local-corpus, folder: "${folder}" }] }
rate_limits: [{ scope: key, model: moving, requests_per_minute: 1, burst: 1 }]
`,
      ),
    );
    await reload(/was reloaded/);
    expect(await ask('fresh')).toMatchObject({ status: 400, code: 'model_not_priced' });
    expect((await ask('moving')).status).toBe(200);
    expect(await ask('moving')).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    write(providerAt(young.url, '  - { name: fresh, provider: fake }\nlimits: { max_runs: 1 }\n'));
    await reload(/was reloaded/);
    expect((await ask('moving')).status).toBe(200);
    const body = JSON.stringify({ model: 'staying', input: 'hello', stream: true });
    const stream = await fetch(`${server.url}/v1/responses`, { method: 'POST', headers, body });
    expect((await ask('fresh')).status).toBe(503);
    await stream.text();
    expect((await ask('fresh')).status).toBe(200);
  });

  it('takes over what files and vector stores may come to', async () => {
    const send = async (path: string, body: FormData | object): Promise<number> => {
      const isForm = body instanceof FormData;
      const answer = await fetch(`${server.url}/v1${path}`, {
        method: 'POST',
        headers: isForm ? { authorization: headers.authorization } : headers,
        body: isForm ? body : JSON.stringify(body),
      });
      await answer.text();
      return answer.status;
    };
    const upload = (): Promise<number> => {
      const form = new FormData();
      form.append('purpose', 'assistants');
      form.append('file', new Blob(['ten letters']), 'note.txt');
      return send('/files', form);
    };
    const tools = [{ type: 'file_search', vector_store_ids: ['vs_00000000000000000000000000000000'] }];
    const named = { model: 'moving', input: 'hello', tools };
    expect([await upload(), await send('/vector_stores', {}), await send('/responses', named)]).toEqual([
      200, 200, 200,
    ]);
    write(
      providerAt(
        young.url,
        'knowledge: { max_file_bytes: 9, max_project_vector_stores: 1, unknown_vector_stores: not_found }\n',
      ),
    );
    await reload(/was reloaded/);
    expect([await upload(), await send('/vector_stores', {}), await send('/responses', named)]).toEqual([
      413, 429, 404,
    ]);
  });

  it('says what waits for the next start', async () => {
    write(
      providerAt(
        young.url,
        'currency: EUR\ngraphql: { introspection: false }\nknowledge: { embedding_model: other, max_file_bytes: 9 }\n',
      ),
    );
    const printed = await reload(/wait for the next start/);
    expect(printed).toContain('"settings":["currency","knowledge.embedding_model","graphql"]');
    expect((await fetch(`${server.url}/schema.graphql`)).status).toBe(200);
  });
});
