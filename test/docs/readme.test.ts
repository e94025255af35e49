import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { parseConfig } from '../../src/config/read-config.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { SEALING_SECRET } from '../support/leaks.js';
import { makeTemporaryFolder } from '../support/postgres.js';
import { startUpstream } from '../support/upstream.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const execute = promisify(execFile);

/** The snippets that the README marks as runnable, by kind, in order. */
function snippets(kind: string): string[] {
  return Array.from(
    readme.matchAll(new RegExp(`<!-- run: ${kind} -->\\n\`\`\`\\w+\\n(.*?)\`\`\``, 'gs')),
    (m) => m[1] as string,
  );
}

describe('every snippet of the README works as it stands', () => {
  let server: TestApp;
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    server = await startTestApp();
    environment = { ...process.env, ANTIPHON_URL: server.url, ANTIPHON_KEY: server.key, NODE_OPTIONS: '' };
  });
  afterAll(() => server.stop());

  it('curl: an answer, a stream, a conversation', async () => {
    const [script] = snippets('shell');
    const { stdout } = await execute('bash', ['-euo', 'pipefail', '-c', script as string], { env: environment });
    expect(stdout).toContain('"status":"completed"');
    expect(stdout).toContain('event: response.output_text.delta');
    expect(stdout).toContain('data: [DONE]');
    expect(stdout).toContain('You said: \\"My dog is called Rex.\\"');
  });

  it('curl: an answer from an uploaded file', async () => {
    const [, script] = snippets('shell');
    const cwd = makeTemporaryFolder();
    const { stdout } = await execute('bash', ['-euo', 'pipefail', '-c', script as string], { env: environment, cwd });
    rmSync(cwd, { recursive: true });
    expect(stdout).toContain('Rye bread costs four crowns.');
    expect(stdout).toContain('"type":"file_citation"');
  });

  it('GraphQL: an answer, and a stream that is followed to its end', async () => {
    const [answer, start] = snippets('graphql');
    const run = async (query: string | undefined) => {
      const result = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
      return (await result.json()) as any;
    };
    const first = await run(answer);
    expect(first.errors).toBeUndefined();
    expect(first.data.createResponse).toMatchObject({ response: { status: 'COMPLETED' }, userErrors: [] });
    const started = await run(start);
    expect(started.data.createResponse.response.status).toBe('IN_PROGRESS');

    const [query] = snippets('graphql-subscription');
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${server.key}` },
    });
    const events: Record<string, unknown>[] = [];
    const { id } = started.data.createResponse.response;
    for await (const { data } of client.iterate({ query: query as string, variables: { id } }))
      events.push((data as { responseEvents: Record<string, unknown> }).responseEvents);
    await client.dispose();
    expect(events.map((event) => event.sequenceNumber)).toEqual(events.map((_, index) => index));
    expect(events.map((event) => event.delta ?? '').join('')).toMatch(/^1, 2, .*, 20$/);
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
  });

  it('the OpenAI SDK: a chain and a stream', async () => {
    const folder = path.join(root, 'node_modules', '.cache');
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `readme-${process.pid}.mjs`);
    writeFileSync(file, snippets('javascript')[0] as string);
    try {
      const { stdout } = await execute(process.execPath, [file], { env: environment });
      expect(stdout).toBe(`You said: "My name is Alice."\n${Array.from({ length: 20 }, (_, n) => n + 1).join(', ')}`);
    } finally {
      rmSync(file);
    }
  });

  it('a config file', () => {
    const config = parseConfig(snippets('config')[0] as string, 'README.md', {
      VLLM_API_KEY: 'secret',
      BRAVE_API_KEY: 'secret',
    });
    expect(config.providers[0]?.api_key).toBe('secret');
    expect(config.models[0]?.price).toMatchObject({
      input: 150_000_000n,
      cachedInput: 75_000_000n,
      output: 600_000_000n,
    });
  });

  it('the config file of docs/upstreams.md', () => {
    const page = readFileSync(path.join(root, 'docs/upstreams.md'), 'utf8');
    const blocks = [...page.matchAll(/<!-- config -->\n```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
    const [first, spread] = blocks.map((text) => parseConfig(text, 'docs/upstreams.md', { VLLM_API_KEY: 'secret' }));
    expect(first?.providers.map(({ id, dialect }) => [id, dialect])).toEqual([
      ['hosted', 'responses'],
      ['small', 'chat_completions'],
    ]);
    expect(spread?.models.map(({ targets, fallbacks }) => [targets?.length, fallbacks.length])).toEqual([
      [2, 1],
      [undefined, 1],
    ]);
  });

  it('the config file of docs/web-search.md', () => {
    const page = readFileSync(path.join(root, 'docs/web-search.md'), 'utf8');
    const [, text = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    const { web_search } = parseConfig(text, 'docs/web-search.md', { BRAVE_API_KEY: 'secret' });
    expect(web_search.engines.map(({ type }) => type)).toEqual(['searxng', 'brave', 'local-corpus']);
    expect(web_search).toMatchObject({ timeout_seconds: 8, pages: { timeout_seconds: 10, max_bytes: 2 << 20 } });
  });

  it('the command line: a key with budgets, and the list of keys', async () => {
    const { stdout } = await execute('bash', ['-euo', 'pipefail', '-c', snippets('keys')[0] as string], {
      cwd: root,
      env: { ...environment, DATABASE_URL: server.databaseUrl, ANTIPHON_SECRET: SEALING_SECRET },
    });
    const [key, ...table] = stdout.trim().split('\n');
    expect(table.join('\n')).toMatch(
      /key_[0-9a-f]{32} +….{4} +live +\S+ +- +alice +admin read write +day 0\S*\/2\.5\S*, month 0\S*\/20/,
    );
    const { status } = await server.rest('GET', '/models', undefined, key);
    expect(status).toBe(200);
    const budgets = await server.sql('select period, cap::text from budgets order by period');
    expect(budgets).toEqual([
      { period: 'day', cap: '2500000000' },
      { period: 'month', cap: '20000000000' },
    ]);
  });

  it('npm start with a real upstream', async () => {
    const upstream = await startUpstream();
    const dataDir = makeTemporaryFolder();
    const command = (snippets('upstream')[0] as string).replace('http://localhost:8000/v1', upstream.url);
    const child: ChildProcess = spawn('bash', ['-c', command], {
      cwd: root,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        DATABASE_URL: '',
        DATA_DIR: dataDir,
        PORT: '0',
        ANTIPHON_API_KEY: 'readme-key',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    try {
      const url = await new Promise<string>((resolve, reject) => {
        let said = '';
        child.stdout?.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          const ready = /ready at (\S+)/.exec(said);
          if (ready !== null) resolve(ready[1] as string);
        });
        child.once('exit', () => reject(new Error(`The server ended: ${said}`)));
      });
      const answer = await fetch(`${url}/api/v1/responses`, {
        method: 'POST',
        headers: { authorization: 'Bearer readme-key', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-oss-120b', input: 'Hello' }),
      });
      expect(answer.status).toBe(200);
      const request = await upstream.waitForRequest(1);
      expect(request.headers.authorization).toBe('Bearer its-key');
    } finally {
      // One that has ended by itself neither takes a signal nor ends again.
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        process.kill(-(child.pid as number), 'SIGTERM');
        await ended;
      }
      await upstream.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
