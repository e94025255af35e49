import { rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { startTestApp } from '../support/app.js';
import { makeTemporaryFolder } from '../support/postgres.js';
import { startServerProcess } from '../support/process.js';
import { startUpstream } from '../support/upstream.js';
import { chatChunk, sse } from '../support/upstream-answers.js';

describe('what a newcomer meets', () => {
  it('a first start that fails does not use up the one time a key is shown', async () => {
    const blocker = http.createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const dataDir = makeTemporaryFolder();
    try {
      await expect(startServerProcess({ DATA_DIR: dataDir, PORT: String(port) })).rejects.toThrow(
        `Port ${port} is taken by another program`,
      );
      const server = await startServerProcess({ DATA_DIR: dataDir });
      while (!server.output().includes('curl')) await new Promise((resolve) => setTimeout(resolve, 10));
      const key = /key +(\S+) +\(shown this once\)/.exec(server.output())?.[1];
      const answer = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
      expect(answer.status).toBe(200);
      await server.end('SIGTERM');
    } finally {
      blocker.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('a subscription without the right Accept header is told where subscriptions go', async () => {
    const server = await startTestApp();
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'subscription { responseEvents(id: "resp_x") { type } }' }),
    });
    const { errors } = (await answer.json()) as { errors: { message: string; extensions: { code: string } }[] };
    expect(answer.status).toBeLessThan(500);
    expect(errors[0]?.message).toContain('graphql-ws');
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    await server.stop();
  });

  it('a browser of an allowed origin may do everything the API can, another nothing', async () => {
    const server = await startTestApp({ corsOrigins: ['https://app.example'] });
    const preflight = (origin: string) =>
      fetch(`${server.url}/api/v1/responses/x`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'DELETE' },
      });
    const allowed = await preflight('https://app.example');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(allowed.headers.get('access-control-allow-methods')).toMatch(/PUT.*DELETE/);
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    await server.stop();
  });

  it('the OpenAPI document refers only to what it holds, and names every operation once', async () => {
    const server = await startTestApp();
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    const text = JSON.stringify(document);
    for (const [, path] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = (path as string)
        .split('/')
        .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document);
      expect([path, typeof target]).toEqual([path, 'object']);
    }
    const ids = Array.from(text.matchAll(/"operationId":"([^"]+)"/g), (match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    await server.stop();
  });

  it('a stopping server sends its followers the last event before it closes', async () => {
    const upstream = await startUpstream();
    const server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null }, limits: { drainMs: 0 } });
    upstream.enqueue({ chunks: ['one ', 'two '].map((content) => sse(chatChunk({ content }))), hang: 2 });
    const answer = await fetch(`${server.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'any', input: 'x', stream: true }),
    });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    while (!text.includes('output_text.delta')) text += decoder.decode((await reader.read()).value, { stream: true });
    const stopped = server.stop();
    for (let next = await reader.read(); !next.done; next = await reader.read())
      text += decoder.decode(next.value, { stream: true });
    await stopped;
    expect(text).toContain('event: response.failed');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    await upstream.close();
  });
});
