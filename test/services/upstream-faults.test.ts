import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { asPieces, responseAnswer, responseEvents } from '../support/responses-answers.js';
import { selfSigned } from '../support/tls.js';
import { type Behaviour, type ChatBody, startUpstream, type Upstream } from '../support/upstream.js';
import { chatAnswer, chatEvents } from '../support/upstream-answers.js';

/**
 * What becomes of a response when its upstream fails: the table of docs/upstreams.md, on real connections, for both dialects,
 * whole and streamed. Nothing is said before most of these faults, so a caller that waits gets a plain error.
 */
interface Fault {
  behave(answer: Answer): Behaviour;
  /** `completed`, or the code of the failure and the HTTP status a waiting caller gets; 200 is a `failed` response. */
  ends: 'completed' | readonly [status: number, code: string];
  /** The same where it differs, of an answer in one piece. */
  whole?: 'completed' | readonly [status: number, code: string];
  /** Requests the upstream gets. @default 1 */
  attempts?: number;
}

/** A good answer, as the upstream would send it: the pieces of a stream, or of one JSON text. */
interface Answer {
  pieces: readonly string[];
  isStream: boolean;
  dialect: Dialect;
}
type Dialect = 'chat_completions' | 'responses';

const TEXT = 'größe 🎈 two three';
const contentType = ({ isStream }: Answer) => ({
  headers: { 'content-type': isStream ? 'text/event-stream' : 'application/json' },
});
const sending = (
  answer: Answer,
  more: Partial<Behaviour> = {},
  pieces: readonly (string | Buffer)[] = answer.pieces,
) => ({
  chunks: pieces,
  ...contentType(answer),
  ...more,
});
const bytesOf = ({ pieces }: Answer): Buffer => Buffer.from(pieces.join(''));
const error = (message: string, more: object = {}) => ({ body: { error: { message, ...more } } });
const inAMinute = () => new Date(Date.now() + 60_000).toUTCString();
const broken = [502, 'server_error'] as const;
const away = [503, 'server_error'] as const;

const faults: Record<string, Fault> = {
  none: { behave: (answer) => sending(answer), ends: 'completed' },
  'reset before the headers': { behave: () => ({ reset: 'headers' }), ends: away, attempts: 2 },
  'silence before the headers': { behave: () => ({ hang: 'headers' }), ends: away },
  'reset behind the headers': { behave: (answer) => sending(answer, { reset: 0 }), ends: broken },
  'silence behind the headers': { behave: (answer) => sending(answer, { hang: 0 }), ends: broken },
  'an end without an answer': { behave: (answer) => sending(answer, {}, []), ends: broken },
  drip: { behave: (answer) => sending(answer, { betweenMs: 150 }), ends: 'completed' },
  'split UTF-8': {
    behave: (answer) =>
      sending(
        answer,
        {},
        [...bytesOf(answer)].map((byte) => Buffer.from([byte])),
      ),
    ends: 'completed',
  },
  'an event of 10 MB': {
    behave: (answer) =>
      sending(
        answer,
        {},
        answer.isStream ? [`data: ${'x'.repeat(10_485_760)}`, ...answer.pieces] : ['x'.repeat(40_000_000)],
      ),
    ends: broken,
  },
  'invalid JSON': {
    behave: (answer) => sending(answer, {}, answer.isStream ? ['data: {"a":}\n\n'] : ['{"a":}']),
    ends: broken,
  },
  'JSON that is no object': {
    behave: (answer) => sending(answer, {}, answer.isStream ? ['data: []\n\n'] : ['[]']),
    ends: broken,
  },
  'a wrong content type': {
    behave: (answer) => sending(answer, { headers: { 'content-type': 'text/html' } }),
    ends: broken,
  },
  'no choices, no end': {
    behave: (answer) =>
      sending(answer, {}, answer.isStream ? ['data: {"choices":[]}\n\n', 'data: [DONE]\n\n'] : ['{}']),
    ends: broken,
  },
  'an error in place of events': {
    behave: (answer) =>
      sending(answer, {}, [answer.isStream ? 'event: error\ndata: {"message":"x"}\n\n' : '{"error":"x"}']),
    ends: broken,
  },
  'a rate limit in place of events': {
    behave: (answer) => {
      const text = JSON.stringify({ error: { message: 'slow', code: 'rate_limit_exceeded' } });
      return sending(answer, {}, [answer.isStream ? `data: ${text}\n\n` : text]);
    },
    ends: [429, 'rate_limit_exceeded'],
  },
  'a whole answer to a streaming request, and the other way round': {
    behave: (answer) => {
      const other = goodAnswer(answer.dialect, 'm', !answer.isStream);
      return sending(other);
    },
    ends: 'completed',
  },
  'comments, CRLF, a BOM and no space': {
    behave: (answer) => {
      const odd = answer.pieces.map((piece) =>
        `: wait\n\n${piece.replaceAll('data: ', 'data:')}`.replaceAll('\n', '\r\n'),
      );
      return sending(answer, {}, answer.isStream ? ['\ufeff', ...odd] : answer.pieces);
    },
    ends: 'completed',
  },
  'no [DONE]': {
    behave: (answer) =>
      sending(
        answer,
        {},
        answer.pieces.filter((piece) => !piece.includes('[DONE]')),
      ),
    ends: 'completed',
  },
  'a connection left open at the end': {
    behave: (answer) => sending(answer, { hang: answer.pieces.length }),
    ends: 'completed',
    whole: broken,
  },
  '400': { behave: () => ({ status: 400, ...error('No.', { code: 'bad_thing' }) }), ends: [400, 'bad_thing'] },
  '400, the prompt too long': {
    behave: () => ({ status: 400, ...error('x', { code: 'context_length_exceeded' }) }),
    ends: [400, 'context_length_exceeded'],
  },
  '401': { behave: () => ({ status: 401, ...error('Bad key') }), ends: away },
  '402': { behave: () => ({ status: 402, ...error('Pay') }), ends: away },
  '403': { behave: () => ({ status: 403, ...error('No') }), ends: away },
  '404, the route': { behave: () => ({ status: 404, body: 'nothing here' }), ends: away },
  '404, the model': {
    behave: () => ({ status: 404, ...error('The model does not exist') }),
    ends: [400, 'model_not_found'],
  },
  '408': { behave: () => ({ status: 408, body: {} }), ends: away, attempts: 2 },
  '409': { behave: () => ({ status: 409, body: {} }), ends: away, attempts: 2 },
  '413': { behave: () => ({ status: 413, body: {} }), ends: [413, 'request_too_large'] },
  '422': { behave: () => ({ status: 422, ...error('No.', { code: 'odd' }) }), ends: [400, 'odd'] },
  '429': { behave: () => ({ status: 429, body: {} }), ends: [429, 'rate_limit_exceeded'], attempts: 2 },
  '429, retry-after-ms': limited({ 'retry-after-ms': '60000' }),
  '429, retry-after in seconds': limited({ 'retry-after': '60' }),
  '429, retry-after as a date': limited(() => ({ 'retry-after': inAMinute() })),
  '429, no money left': {
    behave: () => ({ status: 429, ...error('Pay', { code: 'insufficient_quota' }) }),
    ends: away,
  },
  '500': { behave: () => ({ status: 500, body: {} }), ends: away, attempts: 2 },
  '503': { behave: () => ({ status: 503, body: 'busy' }), ends: away, attempts: 2 },
  '529': { behave: () => ({ status: 529, body: {} }), ends: away, attempts: 2 },
  'a redirect': { behave: () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }), ends: away },
};

/** More than the gateway waits for: the caller learns how long. */
function limited(headers: Record<string, string> | (() => Record<string, string>)): Fault {
  const given = typeof headers === 'function' ? headers : () => headers;
  return { behave: () => ({ status: 429, body: {}, headers: given() }), ends: [429, 'rate_limit_exceeded'] };
}

function goodAnswer(dialect: Dialect, model: string, isStream: boolean): Answer {
  const script = { text: TEXT };
  const body: ChatBody = { model, messages: [] };
  const item = {
    type: 'message',
    id: 'msg_1',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', text: TEXT, annotations: [] }],
  };
  if (dialect === 'chat_completions') {
    const pieces = isStream ? chatEvents(body, script) : inHalves(JSON.stringify(chatAnswer(body, script)));
    return { pieces, isStream, dialect };
  }
  const given = { items: [item] };
  const pieces = isStream
    ? asPieces(responseEvents(model, given))
    : inHalves(JSON.stringify(responseAnswer(model, given)));
  return { pieces, isStream, dialect };
}

const inHalves = (text: string): string[] => [text.slice(0, text.length / 2), text.slice(text.length / 2)];

/** The table of docs/upstreams.md, by the fault's name. */
const documented = new Map(
  Array.from(
    readFileSync(fileURLToPath(new URL('../../docs/upstreams.md', import.meta.url)), 'utf8').matchAll(
      /^\| (.+?) \| (yes|no) \| (.+?) \|$/gm,
    ),
    ([, name, retried, end]) => [name as string, { retried, end }],
  ),
);

const documentable = Object.entries(faults).filter(([name]) => name !== 'none');

it.each(documentable)('the documentation knows: %s', (name, { ends, whole, attempts = 1 }) => {
  const say = (end: Fault['ends']) => (end === 'completed' ? end : `${end[0]} \`${end[1]}\``);
  const end = whole === undefined ? say(ends) : `${say(ends)}; in one piece ${say(whole)}`;
  expect(documented.get(name)).toEqual({ retried: attempts > 1 ? 'yes' : 'no', end });
});

const dialects: Dialect[] = ['chat_completions', 'responses'];

describe.each(dialects)('an upstream of %s that fails', (dialect) => {
  let upstream: Upstream;
  let server: TestApp;
  let plans: ((answer: Answer) => Behaviour)[] = [];
  const tls = createTlsServer(selfSigned);

  beforeAll(async () => {
    upstream = await startUpstream(({ body }) =>
      plans[0]?.(goodAnswer(dialect, String(body?.model), body?.stream === true)),
    );
    tls.on('tlsClientError', () => undefined);
    tls.listen(0, '127.0.0.1');
    await once(tls, 'listening');
    const closed = await startUpstream();
    await closed.close();
    const patience = { timeouts: { connect_seconds: 5, headers_seconds: 1, idle_seconds: 1 }, retries: 1, dialect };
    const { port } = tls.address() as AddressInfo;
    server = await startTestApp({
      upstream: null,
      config: {
        providers: [
          { id: 'up', base_url: upstream.url, ...patience },
          { id: 'closed', base_url: closed.url, ...patience },
          { id: 'unknown', base_url: 'http://no-such-host.invalid/v1', ...patience },
          { id: 'untrusted', base_url: `https://127.0.0.1:${port}/v1`, ...patience },
          { id: 'not-tls', base_url: upstream.url.replace('http:', 'https:'), ...patience },
        ],
        models: [
          ...['closed', 'unknown', 'untrusted', 'not-tls'].map((name) => ({ name, provider: name })),
          { name: '*', provider: 'up' },
        ],
      },
    });
  });
  afterAll(async () => {
    tls.close();
    await server.stop();
    await upstream.close();
  });

  /** How a request ends, as its caller and a later reader see it. */
  async function run(model: string, stream: boolean) {
    const before = upstream.requests.length;
    const answer = await server.rest('POST', '/responses', { model, input: 'Go', stream });
    const attempts = upstream.requests.length - before;
    const [row] = await server.sql<{ id: string }>('select id from responses order by id desc limit 1');
    const read = await server.rest('GET', `/responses/resp_${row?.id.replaceAll('-', '')}`);
    expect(await server.sql('select 1 from runs')).toEqual([]);
    return { answer, attempts, response: read.body };
  }

  async function check(model: string, stream: boolean, ends: Fault['ends'], attempts: number) {
    const { answer, attempts: made, response } = await run(model, stream);
    expect(made).toBe(attempts);
    if (ends === 'completed') {
      expect(answer.status).toBe(200);
      expect(response).toMatchObject({ status: 'completed', error: null, output: [{ content: [{ text: TEXT }] }] });
      return answer;
    }
    const [status, code] = ends;
    expect(response).toMatchObject({ status: 'failed', error: { code } });
    if (stream) {
      expect(answer.status).toBe(200);
      expect(answer.body).toMatch(/event: response.failed\ndata: [^\n]+\n\ndata: \[DONE\]\n\n$/);
    } else {
      expect(answer).toMatchObject({ status, body: { error: { code } } });
    }
    return answer;
  }

  describe.each([false, true])('stream %s', (stream) => {
    it.each(Object.entries(faults))('%s', async (name, { behave, ends, whole, attempts = 1 }) => {
      plans = [behave];
      const answer = await check('any', stream, stream ? ends : (whole ?? ends), attempts);
      if (name.startsWith('429, retry-after') && !stream)
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50);
    });

    it.each(['closed', 'unknown', 'untrusted', 'not-tls'])('no connection: %s', async (model) => {
      await check(model, stream, away, 0);
    });

    it('a reset or an end after every piece', async () => {
      const { pieces } = goodAnswer(dialect, 'any', stream);
      for (const cut of pieces.keys()) {
        if (cut === 0) continue;
        for (const isReset of [true, false]) {
          plans = [
            (answer) =>
              sending(answer, isReset ? { reset: cut } : {}, answer.pieces.slice(0, isReset ? undefined : cut)),
          ];
          const { answer, attempts, response } = await run('any', stream);
          expect(attempts).toBe(1);
          const sent = pieces.slice(0, cut).join('');
          const isWhole = /"finish_reason":"stop"|"type":"response.completed"/.test(sent);
          expect(response.status).toBe(isWhole ? 'completed' : 'failed');
          if (isWhole) continue;
          expect(response.error).toMatchObject({ code: 'server_error' });
          const said = response.output[0]?.content[0]?.text ?? '';
          expect(TEXT.startsWith(said)).toBe(true);
          expect(answer.status).toBe(stream ? 200 : 502);
        }
      }
    });

    it('the same call id twice: the second gets its own', async () => {
      const call = {
        id: 'fc',
        type: 'function_call',
        call_id: 'twice',
        name: 'f',
        arguments: '{}',
        status: 'completed',
      };
      const toolCalls = [0, 1].map(() => ({ id: 'twice', name: 'f', arguments: '{}' }));
      plans = [() => ({ toolCalls, items: [call, { ...call, id: 'fc2' }] })];
      const { response } = await run('any', stream);
      const ids = response.output.map((item: { call_id: string }) => item.call_id);
      expect(ids[0]).toBe('twice');
      expect(new Set(ids).size).toBe(2);
    });
  });
});
