import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { ModelStreamPart } from '../../../src/providers/provider.js';
import { startUpstream, type Upstream } from '../../support/upstream.js';
import { collect, modelRequest, partsOf, textOfParts, typesOf, useUpstream } from './support.js';

const used = useUpstream();
const { connect } = used;

/** Takes parts until one of this type arrives. */
async function takeUntil(parts: AsyncIterator<ModelStreamPart>, type: string): Promise<void> {
  for (let next = await parts.next(); next.done !== true; next = await parts.next())
    if (next.value.type === type) return;
  throw new Error(`The turn ended without a part of type ${type}.`);
}

describe('a turn', () => {
  it('streams text as it comes and ends with usage and finish', async () => {
    const { parts } = await collect(connect());
    expect(parts).toEqual([
      { type: 'text', text: 'You ' },
      { type: 'text', text: 'said: ' },
      { type: 'text', text: 'hello ' },
      { type: 'text', text: 'there' },
      { type: 'usage', usage: { inputTokens: 2, cachedInputTokens: 0, outputTokens: 4, reasoningTokens: 0 } },
      { type: 'finish', reason: 'stop', model: 'test-model' },
    ]);
    expect(used.upstream.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      body: { stream: true },
    });
  });

  it('hands a part over before the next one is sent', async () => {
    used.upstream.enqueue({ text: 'one two', hang: 2 });
    const abort = new AbortController();
    const parts = partsOf(connect(), modelRequest(), abort.signal);
    expect(await parts.next()).toEqual({ done: false, value: { type: 'text', text: 'one ' } });
    abort.abort();
  });

  it('asks for one piece when nobody watches, with the same result', async () => {
    const { parts } = await collect(connect(), modelRequest({ stream: false }));
    expect(textOfParts(parts)).toBe('You said: hello there');
    expect(typesOf(parts)).toEqual(['text', 'usage', 'finish']);
    expect(used.upstream.requests[0]?.body).not.toHaveProperty('stream');
  });

  it.each([true, false])('brings tool calls (stream: %s)', async (stream) => {
    used.upstream.enqueue({ toolCalls: [{ id: 'call_1', name: 'look', arguments: '{"a":1}' }] });
    const { parts } = await collect(connect(), modelRequest({ stream }));
    expect(parts[0]).toEqual({ type: 'tool-call', index: 0, callId: 'call_1', name: 'look' });
    const args = parts.flatMap((part) => (part.type === 'tool-call-arguments' ? [part.delta] : []));
    expect(args.join('')).toBe('{"a":1}');
    expect(parts.at(-1)).toMatchObject({ type: 'finish', reason: 'tool_calls' });
  });

  it('replaces a call id that the context already has', async () => {
    used.upstream.enqueue({ toolCalls: [{ id: 'call_0', name: 'look', arguments: '{}' }] });
    const items = [
      { type: 'function_call', call_id: 'call_0', name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_0', output: 'x' },
    ];
    const { parts } = await collect(connect(), modelRequest({ items }));
    expect(parts[0]).toMatchObject({ type: 'tool-call', name: 'look' });
    expect(parts[0]).not.toMatchObject({ callId: 'call_0' });
  });

  it('accepts a whole answer to a stream request, and a stream to the other', async () => {
    const { body } = { body: { model: 'm', choices: [{ message: { content: 'whole' }, finish_reason: 'stop' }] } };
    const chunks = [
      'data: {"choices":[{"delta":{"content":"stream"},"finish_reason":"stop"}]}\n\n',
      'data: [DONE]\n\n',
    ];
    used.upstream.enqueue({ body }, { chunks });
    const provider = connect();
    expect(textOfParts((await collect(provider)).parts)).toBe('whole');
    expect(textOfParts((await collect(provider, modelRequest({ stream: false }))).parts)).toBe('stream');
  });

  it('sends the key as a bearer token, and none when there is none', async () => {
    await collect(connect({ apiKey: 'secret' }));
    await collect(connect({ apiKey: null }));
    expect(used.upstream.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer secret',
      undefined,
    ]);
  });

  it('takes a base URL with a trailing slash', async () => {
    await collect(connect({ baseUrl: `${used.upstream.url}/` }));
    expect(used.upstream.requests[0]?.path).toBe('/v1/chat/completions');
  });

  it.each([true, false])('leaves the connection open for the next turn (stream: %s)', async (stream) => {
    const provider = connect();
    for (let turn = 0; turn < 6; turn += 1) await collect(provider, modelRequest({ stream }));
    const connections = new Set(used.upstream.requests.map((request) => request.connection));
    // A turn that begins before the last one's end was read may take a second connection.
    expect(connections.size).toBeLessThanOrEqual(2);
  });

  it('keeps a connection whose stream ends a little after [DONE]', async () => {
    const chunks = ['data: {"choices":[{"finish_reason":"stop"}]}\n\n', 'data: [DONE]\n\n', ': bye\n\n'];
    used.upstream.enqueue(...new Array(6).fill({ chunks, betweenMs: 5 }));
    const provider = connect();
    for (let turn = 0; turn < 6; turn += 1) expect(typesOf((await collect(provider)).parts)).toEqual(['finish']);
    expect(new Set(used.upstream.requests.map((request) => request.connection)).size).toBeLessThanOrEqual(3);
  });
});

describe('leaving', () => {
  it('an abort before the start sends nothing', async () => {
    expect(await collect(connect(), modelRequest(), AbortSignal.abort())).toEqual({ parts: [], thrown: undefined });
    expect(used.upstream.requests).toHaveLength(0);
  });

  it.each([true, false])('an abort while waiting for headers closes the socket (stream: %s)', async (stream) => {
    used.upstream.enqueue({ hang: 'headers' });
    const abort = new AbortController();
    const turn = collect(connect(), modelRequest({ stream }), abort.signal);
    await used.upstream.waitForRequest();
    abort.abort();
    expect(await turn).toEqual({ parts: [], thrown: undefined });
    await used.upstream.waitForAbort();
    expect(used.upstream.requests).toHaveLength(1);
  });

  it('an abort in mid-answer closes the socket and ends without an error part', async () => {
    used.upstream.enqueue({ text: 'one two three', hang: 3 });
    const abort = new AbortController();
    const parts = partsOf(connect(), modelRequest(), abort.signal);
    await takeUntil(parts, 'text');
    const rest = (async () => {
      const seen: ModelStreamPart[] = [];
      for (let next = await parts.next(); next.done !== true; next = await parts.next()) seen.push(next.value);
      return seen;
    })();
    await used.upstream.waitForRequest();
    abort.abort();
    expect((await rest).every((part) => part.type === 'text')).toBe(true);
    await used.upstream.waitForAbort();
  });

  it('an abort closes the socket even while nobody pulls', async () => {
    used.upstream.enqueue({ text: 'one two three', hang: 2 });
    const abort = new AbortController();
    const parts = partsOf(connect(), modelRequest(), abort.signal);
    await takeUntil(parts, 'text');
    abort.abort();
    await used.upstream.waitForAbort();
    expect(await parts.next()).toEqual({ done: true, value: undefined });
  });

  it('an abort ends the wait for a retry', async () => {
    used.upstream.enqueue({ status: 429, body: '{}', headers: { 'retry-after': '9' } });
    const abort = new AbortController();
    const begin = performance.now();
    // The provider logs a failure just before it waits.
    const logger = pino({ level: 'warn' }, { write: () => setImmediate(() => abort.abort()) });
    const turn = collect(connect({ logger }), modelRequest(), abort.signal);
    expect(await turn).toEqual({ parts: [], thrown: undefined });
    expect(performance.now() - begin).toBeLessThan(9_000);
    expect(used.upstream.requests).toHaveLength(1);
  });

  it('an abort ends the wait for a socket path that never comes', async () => {
    const abort = new AbortController();
    const turn = collect(connect({ socketPath: () => new Promise(() => {}) }), modelRequest(), abort.signal);
    setImmediate(() => abort.abort());
    expect(await turn).toEqual({ parts: [], thrown: undefined });
  });

  it('abandoning the iteration closes the socket', async () => {
    used.upstream.enqueue({ text: 'one two three', hang: 3 });
    for await (const part of partsOf(connect(), modelRequest(), new AbortController().signal)) {
      expect(part.type).toBe('text');
      break;
    }
    await used.upstream.waitForAbort();
  });
});

describe('over a unix socket', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'upstream-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('follows an upstream that restarts at another path', async () => {
    const first = await startUpstream({ socketPath: join(folder, 'a.sock') });
    let path = join(folder, 'a.sock');
    const provider = connect({ baseUrl: first.url, socketPath: async () => path });
    expect(textOfParts((await collect(provider)).parts)).toBe('You said: hello there');
    await first.close();

    path = join(folder, 'b.sock');
    const second = await startUpstream({ socketPath: path });
    expect(textOfParts((await collect(provider)).parts)).toBe('You said: hello there');
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
    await provider.close();
    await second.close();
  });

  it('finds an upstream that comes up between two tries', async () => {
    const path = join(folder, 'late.sock');
    let late: Upstream | undefined;
    let asked = 0;
    const provider = connect({
      socketPath: async () => {
        asked += 1;
        if (asked === 2) late = await startUpstream({ socketPath: path });
        return path;
      },
    });
    expect(textOfParts((await collect(provider)).parts)).toBe('You said: hello there');
    expect(asked).toBe(2);
    await provider.close();
    await late?.close();
  });
});

describe('listModels', () => {
  it('lists what the upstream serves', async () => {
    const signal = new AbortController().signal;
    expect(await connect().listModels(signal)).toEqual([{ id: 'test-model', created: 1, ownedBy: 'test' }]);
    expect(used.upstream.requests[0]).toMatchObject({ method: 'GET', path: '/v1/models' });
  });

  it('throws when the list is none, and when the upstream fails', async () => {
    const behaviours = [{ body: '[]' }, { body: '<html>' }, { status: 401, body: '{}' }];
    const odd = await startUpstream(() => behaviours.shift());
    const provider = connect({ baseUrl: odd.url });
    const signal = new AbortController().signal;
    await expect(provider.listModels(signal)).rejects.toMatchObject({ status: 502 });
    await expect(provider.listModels(signal)).rejects.toMatchObject({ status: 502 });
    await expect(provider.listModels(signal)).rejects.toMatchObject({ status: 503 });
    await provider.close();
    await odd.close();
  });
});
