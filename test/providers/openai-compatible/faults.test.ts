import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../../src/domain/errors.js';
import type { ModelStreamPart } from '../../../src/providers/provider.js';
import { chatChunk, chatEvents, SSE_DONE, sse } from '../../support/upstream-answers.js';
import { collect, modelRequest, textOfParts, typesOf, useUpstream } from './support.js';

const used = useUpstream();
const { connect } = used;

const complete = chatEvents({ model: 'test-model', messages: [] }, { text: 'one two three four' });
const stop = sse(chatChunk({}, 'stop'));

const unavailable = expect.objectContaining({ status: 503, code: 'server_error', retryable: true });
const lastOf = (parts: readonly ModelStreamPart[]): ModelStreamPart | undefined => parts.at(-1);
const failed = (status = 502, code: string | null = 'server_error') => ({
  type: 'error',
  error: expect.objectContaining({ status, code }),
});

describe('before the first byte of an answer, the provider throws', () => {
  it('a refused connection', async () => {
    const { url } = used.upstream;
    await used.upstream.close();
    const { parts, thrown } = await collect(connect({ baseUrl: url, maxRetries: 1 }));
    expect({ parts, thrown }).toEqual({ parts: [], thrown: unavailable });
    expect((thrown as GatewayError).message).toBe("The upstream 'up' could not be reached.");
  });

  it('an unknown host', async () => {
    const { thrown } = await collect(connect({ baseUrl: 'http://no-such-host.invalid/v1', maxRetries: 0 }));
    expect(thrown).toEqual(unavailable);
  });

  it('a TLS failure', async () => {
    const { thrown } = await collect(connect({ baseUrl: used.upstream.url.replace('http:', 'https:') }));
    expect(thrown).toEqual(unavailable);
  });

  it('a missing unix socket', async () => {
    const { thrown } = await collect(connect({ socketPath: '/nonexistent/antiphon.sock', maxRetries: 0 }));
    expect(thrown).toEqual(unavailable);
  });

  it('a reset before the headers, after its retries', async () => {
    used.upstream.enqueue({ reset: 'headers' }, { reset: 'headers' });
    expect((await collect(connect({ maxRetries: 1 }))).thrown).toEqual(unavailable);
    expect(used.upstream.requests).toHaveLength(2);
  });

  it('a wait for headers that is too long, without asking twice', async () => {
    used.upstream.enqueue({ hang: 'headers' });
    const { thrown } = await collect(connect({ timeouts: { headersMs: 100 } }));
    expect(thrown).toEqual(unavailable);
    expect((thrown as GatewayError).message).toContain('did not answer in time');
    await used.upstream.waitForAbort();
    expect(used.upstream.requests).toHaveLength(1);
  });

  it.each([
    [400, 400],
    [401, 503],
    [404, 503],
    [422, 400],
  ])('status %d, without asking twice', async (status, shown) => {
    used.upstream.enqueue({ status, body: '{}' });
    expect((await collect(connect())).thrown).toEqual(expect.objectContaining({ status: shown }));
    expect(used.upstream.requests).toHaveLength(1);
  });

  it('a failed status whose body never ends', async () => {
    used.upstream.enqueue({ status: 400, chunks: ['{"error":'], hang: 1 });
    const { thrown } = await collect(connect({ timeouts: { idleMs: 100 } }));
    expect(thrown).toEqual(expect.objectContaining({ status: 400 }));
  });

  it('a huge body of a failed status, read only in part', async () => {
    used.upstream.enqueue({ status: 400, body: Buffer.alloc(20 * 1024 * 1024, 'x') });
    expect((await collect(connect())).thrown).toEqual(expect.objectContaining({ status: 400 }));
    await used.upstream.waitForAbort();
  });

  it('nothing of its own key', async () => {
    used.upstream.enqueue({ status: 400, body: { error: { message: 'Your key hunter2 has no access' } } });
    const { thrown } = await collect(connect());
    expect(thrown).toBeInstanceOf(GatewayError);
    expect((thrown as GatewayError).message).toBe('Your key *** has no access');
  });
});

describe('retries', () => {
  it.each([408, 409, 429, 500, 502, 503, 529])(
    'status %d is retried exactly once when the second try succeeds',
    async (status) => {
      used.upstream.enqueue({ status, body: '{}' }, { text: 'fine' });
      const { parts, thrown } = await collect(connect());
      expect(thrown).toBeUndefined();
      expect(textOfParts(parts)).toBe('fine');
      expect(used.upstream.requests).toHaveLength(2);
    },
  );

  it('a reset before the headers is retried', async () => {
    used.upstream.enqueue({ reset: 'headers' }, { text: 'fine' });
    expect(textOfParts((await collect(connect())).parts)).toBe('fine');
    expect(used.upstream.requests).toHaveLength(2);
  });

  it('end after maxRetries', async () => {
    used.upstream.enqueue({ status: 500 }, { status: 500 }, { status: 500 }, { text: 'too late' });
    expect((await collect(connect({ maxRetries: 2 }))).thrown).toEqual(unavailable);
    expect(used.upstream.requests).toHaveLength(3);
  });

  it.each([
    ['retry-after-ms', () => '700'],
    ['retry-after', () => '0.7'],
    ['retry-after', () => new Date(Date.now() + 2_000).toUTCString()],
  ])('wait as long as %s asks', async (header, value) => {
    used.upstream.enqueue({ status: 429, body: '{}', headers: { [header]: value() } }, { text: 'fine' });
    const begin = performance.now();
    expect(textOfParts((await collect(connect())).parts)).toBe('fine');
    // Back-off alone would be 200 ms at most. A date names whole seconds, so up to one of its two may be cut off.
    expect(performance.now() - begin).toBeGreaterThanOrEqual(650);
  });

  it('do not wait longer than 10 s: the client learns how long instead', async () => {
    used.upstream.enqueue({ status: 429, body: '{}', headers: { 'retry-after': '60' } });
    const { thrown } = await collect(connect());
    expect(thrown).toMatchObject({ status: 429, headers: { 'retry-after': '60', 'retry-after-ms': '60000' } });
    expect(used.upstream.requests).toHaveLength(1);
  });

  it('do not happen for an empty account', async () => {
    used.upstream.enqueue({ status: 429, body: { error: { code: 'insufficient_quota', message: 'pay' } } });
    expect((await collect(connect())).thrown).toMatchObject({ status: 503, retryable: false });
    expect(used.upstream.requests).toHaveLength(1);
  });

  it.each([...complete.keys()])('never happen once the answer began: reset after %d pieces', async (pieces) => {
    used.upstream.enqueue({ chunks: complete, reset: pieces });
    const { parts, thrown } = await collect(connect());
    expect(thrown).toBeUndefined();
    expect('one two three four'.startsWith(textOfParts(parts))).toBe(true);
    expect(used.upstream.requests).toHaveLength(1);
    const isComplete = complete.slice(0, pieces).some((piece) => piece.includes('"finish_reason":"stop"'));
    if (isComplete) expect(lastOf(parts)).toMatchObject({ type: 'finish', reason: 'stop' });
    else expect(lastOf(parts)).toEqual(failed());
  });
});

describe('once the answer began, trouble is an error part', () => {
  it.each([0, 1, 3])('silence after %d pieces', async (pieces) => {
    used.upstream.enqueue({ chunks: complete, hang: pieces });
    const { parts, thrown } = await collect(connect({ timeouts: { idleMs: 100 } }));
    expect(thrown).toBeUndefined();
    expect(lastOf(parts)).toMatchObject({ type: 'error', error: { status: 502 } });
    await used.upstream.waitForAbort();
  });

  it('a stream cut off in order', async () => {
    used.upstream.enqueue({ chunks: complete.slice(0, 3) });
    const { parts } = await collect(connect());
    expect(typesOf(parts)).toEqual(['text', 'text', 'error']);
    expect(lastOf(parts)).toEqual(failed());
  });

  it.each([
    ['invalid JSON', ['data: {"choices":[}\n\n', stop, SSE_DONE], failed()],
    ['half a JSON text at the end', [complete[1] ?? '', 'data: {"choices":[{"del'], failed()],
    ['no choice ever', [sse({ ...chatChunk({}), choices: [] }), SSE_DONE], failed()],
    [
      'an error object',
      [complete[1] ?? '', sse({ error: { message: 'x', code: 429 } })],
      failed(429, 'rate_limit_exceeded'),
    ],
    ['an error event', [complete[1] ?? '', 'event: error\ndata: {"message":"x"}\n\n'], failed()],
    ['an error event that is text', ['event: error\ndata: boom\n\n'], failed()],
  ])('%s', async (_, chunks, expected) => {
    used.upstream.enqueue({ chunks });
    const { parts, thrown } = await collect(connect());
    expect(thrown).toBeUndefined();
    expect(lastOf(parts)).toEqual(expected);
    expect(used.upstream.requests).toHaveLength(1);
  });

  it('an event of 10 MB, after what came before it, closing the connection', async () => {
    const big = Buffer.from(sse(chatChunk({ content: 'x'.repeat(10 * 1024 * 1024) })));
    used.upstream.enqueue({ chunks: [complete[1] ?? '', big, stop, SSE_DONE] });
    const { parts } = await collect(connect({ maxEventBytes: 1024 * 1024 }));
    expect(parts).toEqual([{ type: 'text', text: 'one ' }, failed()]);
    await used.upstream.waitForAbort();
  });

  it('an event of 10 MB by the default limit', async () => {
    used.upstream.enqueue({ chunks: [sse(chatChunk({ content: 'x'.repeat(10 * 1024 * 1024) })), stop, SSE_DONE] });
    expect((await collect(connect())).parts).toEqual([failed()]);
  });

  it('an event of 10 MB is taken when the limit allows it', async () => {
    const text = 'x'.repeat(10 * 1024 * 1024);
    used.upstream.enqueue({ chunks: [sse(chatChunk({ content: text })), stop, SSE_DONE] });
    const { parts } = await collect(connect({ maxEventBytes: 16 * 1024 * 1024 }));
    expect(textOfParts(parts)).toHaveLength(text.length);
    expect(lastOf(parts)?.type).toBe('finish');
  });

  it('a whole answer over its limit', async () => {
    used.upstream.enqueue({ body: 'x'.repeat(2048) });
    const { parts } = await collect(connect({ maxAnswerBytes: 1024 }), modelRequest({ stream: false }));
    expect(parts).toEqual([failed()]);
  });

  it.each(['text/html', 'text/plain; charset=utf-8', 'application/octet-stream'])('content type %s', async (type) => {
    used.upstream.enqueue({ body: '<h1>Sign in</h1>', headers: { 'content-type': type } });
    const { parts } = await collect(connect());
    expect(parts).toEqual([failed()]);
  });
});

describe('streams that are odd but right', () => {
  const expected = [
    { type: 'text', text: 'größe ' },
    { type: 'text', text: '🎈' },
    { type: 'finish', reason: 'stop', model: 'test-model' },
  ];
  const pieces = [chatChunk({ content: 'größe ' }), chatChunk({ content: '🎈' }), chatChunk({}, 'stop')].map(sse);
  const bytes = Buffer.from([': hello\n\n', ...pieces, SSE_DONE].join('').replaceAll('\n', '\r\n'));

  it('byte by byte', async () => {
    used.upstream.enqueue({ chunks: [...bytes].map((byte) => Buffer.from([byte])) });
    expect((await collect(connect())).parts).toEqual(expected);
  });

  it('cut inside UTF-8 sequences and between CR and LF', async () => {
    const cuts = [...bytes.keys()].filter((i) => (bytes[i] ?? 0) >= 0x80 || bytes[i] === 10);
    used.upstream.enqueue({ chunks: [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length)) });
    expect((await collect(connect())).parts).toEqual(expected);
  });

  it('slower than the idle limit in sum, but never silent for so long', async () => {
    const chunks = [...pieces.slice(0, 1), ...new Array(9).fill(': wait\n\n'), ...pieces.slice(1), SSE_DONE];
    used.upstream.enqueue({ chunks, betweenMs: 100 });
    const begin = performance.now();
    expect((await collect(connect({ timeouts: { idleMs: 1000 } }))).parts).toEqual(expected);
    expect(performance.now() - begin).toBeGreaterThan(1000);
  });

  it('without [DONE], and without a last blank line', async () => {
    used.upstream.enqueue({ chunks: pieces }, { chunks: [...pieces, 'data: [DONE]'] });
    const provider = connect();
    expect((await collect(provider)).parts).toEqual(expected);
    expect((await collect(provider)).parts).toEqual(expected);
  });

  it('left open after [DONE]: the turn ends at once', async () => {
    used.upstream.enqueue({ chunks: [...pieces, SSE_DONE], hang: pieces.length + 1 });
    const { parts } = await collect(connect());
    expect(parts).toEqual(expected);
    await used.upstream.waitForAbort();
  });
});
