import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { ResponsesWebSocketSession } from 'openai/lib/responses/responses-websocket-session';
import { ResponsesWS } from 'openai/resources/responses/ws';
import WebSocket from 'ws';
import { toPublicId } from '../../src/domain/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({
    upstream: { baseUrl: upstream.url, apiKey: null },
    limits: { coalesceMs: 0, graceMs: 20 },
  });
  client = new OpenAI({ apiKey: server.key, baseURL: `${server.url}/api/v1` });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

// Messages are looked into freely.
// biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
type Message = any;

interface Raw {
  socket: WebSocket;
  /** Everything received so far, as text. */
  frames: string[];
  send(message: unknown): void;
  /** The messages up to the one that ends a response or reports an error. */
  rest(): Promise<Message[]>;
  closed: Promise<number>;
}

const ENDS = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'error',
  'response.steer.failed',
]);

/** A connection without the SDK in between. */
async function connect(target: TestApp = server, options: { path?: string; protocols?: string[] } = {}): Promise<Raw> {
  const { path = '/api/v1/responses', protocols } = options;
  const socket = new WebSocket(`${target.url.replace('http', 'ws')}${path}`, protocols ?? [], {
    ...(protocols === undefined ? { headers: { authorization: `Bearer ${target.key}` } } : {}),
    autoPong: true,
  });
  const frames: string[] = [];
  let read = 0;
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    frames.push(data.toString());
    for (const look of waiting) look();
  });
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
  await once(socket, 'open');
  return {
    socket,
    frames,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    rest: () =>
      new Promise((resolve) => {
        const look = (): void => {
          const messages = frames.slice(read).map((frame) => JSON.parse(frame) as Message);
          const end = messages.findIndex(({ type }) => ENDS.has(type));
          if (end < 0) return;
          read += end + 1;
          waiting.delete(look);
          resolve(messages.slice(0, end + 1));
        };
        waiting.add(look);
        look();
      }),
  };
}

const create = (fields: object = {}) => ({ type: 'response.create', model: 'test-model', input: 'Go', ...fields });
/** Sends one request and gives back its last message. */
async function ask(raw: Raw, fields: object = {}): Promise<Message> {
  raw.send(create(fields));
  return (await raw.rest()).at(-1);
}
/** What the model saw last. */
const seen = () => upstream.requests.at(-1)?.body?.messages.map(({ content }) => content);

let raw: Raw;
beforeEach(async () => {
  raw = await connect();
});
afterEach(() => raw.socket.terminate());

describe('the SDK’s ResponsesWS', () => {
  it('gets the events of a response as they are stored, and goes on with the next', async () => {
    const ws = new ResponsesWS(client);
    const events: Message[] = [];
    const texts: string[] = [];
    for await (const event of ws.stream()) {
      if (event.type === 'open') ws.send({ type: 'response.create', model: 'test-model', input: 'First' });
      if (event.type !== 'message') continue;
      events.push(event.message);
      if (event.message.type !== 'response.completed') continue;
      const { id } = event.message.response;
      texts.push(event.message.response.output_text ?? '');
      if (texts.length === 2) break;
      ws.send({ type: 'response.create', model: 'test-model', input: 'Second', previous_response_id: id });
    }
    ws.close();
    const first = events.slice(0, events.findIndex(({ type }) => type === 'response.completed') + 1);
    const stored = [];
    for await (const event of await client.responses.retrieve(first[0].response.id, { stream: true }))
      stored.push(event);
    expect(first).toEqual(stored);
    expect(events.slice(first.length).map(({ sequence_number }) => sequence_number)).toEqual(
      events.slice(first.length).map((_event, index) => index),
    );
    expect(seen()).toEqual(expect.arrayContaining(['First', 'Second']));
  });

  it('hears of errors and keeps its connection', async () => {
    const ws = new ResponsesWS(client);
    ws.on('error', () => undefined);
    const types: string[] = [];
    for await (const event of ws.stream()) {
      if (event.type === 'open') ws.send({ type: 'response.create', model: 'test-model', input: [] });
      if (event.type === 'error') {
        expect(event.error.error).toMatchObject({ error: { code: 'empty_array', param: 'input' } });
        ws.send({ type: 'response.create', model: 'test-model', input: 'Better' });
      }
      if (event.type === 'message') types.push(event.message.type);
      if (types.at(-1) === 'response.completed') break;
    }
    ws.close();
    expect(types).toContain('response.created');
  });

  it('keeps lanes apart, and what it gathers on each is what is stored', async () => {
    const ws = new ResponsesWS(client);
    for await (const event of ws.stream()) if (event.type === 'open') break;
    const session = new ResponsesWebSocketSession(ws, {
      maxLanes: 4,
      maxBufferedEvents: 1000,
      maxBufferedBytes: 1_000_000,
    });
    upstream.enqueue({ text: 'slow one', betweenMs: 50 }, { text: 'quick' });
    const lanes = [session.lane('left'), session.lane('right'), session.lane()];
    for (const lane of lanes) lane.create({ model: 'test-model', input: 'Go' });
    const finals = await Promise.all(lanes.map((lane) => lane.finalResponse()));
    for (const final of finals) expect(await client.responses.retrieve(final.id)).toEqual(final);
    const continued = session.lane('third');
    continued.create({ model: 'test-model', input: 'And?', previous_response_id: finals[0]?.id ?? '' });
    expect((await continued.finalResponse()).previous_response_id).toBe(finals[0]?.id);
    session.close();
    ws.close();
  });
});

describe('a connection', () => {
  it('answers under both base paths, with the key as header or as subprotocol', async () => {
    const other = await connect(server, {
      path: '/v1/responses',
      protocols: ['realtime', `openai-insecure-api-key.${server.key}`],
    });
    expect(other.socket.protocol).toBe('realtime');
    expect((await ask(other)).type).toBe('response.completed');
    other.socket.terminate();
  });

  it.each([
    ['no key', {}, '/api/v1/responses', 401],
    ['an unknown key', { authorization: 'Bearer sk-nobody' }, '/api/v1/responses', 401],
    ['an unknown path', { authorization: 'Bearer x' }, '/api/v1/nowhere', 404],
  ])('is refused with the envelope: %s', async (_what, headers, path, status) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, { headers });
    socket.on('error', () => undefined);
    const [, answer] = await once(socket, 'unexpected-response');
    let body = '';
    for await (const chunk of answer) body += chunk;
    expect([answer.statusCode, JSON.parse(body).error.type]).toEqual([status, 'invalid_request_error']);
    expect(answer.headers['x-request-id']).toMatch(/./);
  });

  it('runs what is sent at once one after the other, and lanes side by side', async () => {
    upstream.enqueue({ text: 'slow one', betweenMs: 40 }, { text: 'quick' });
    raw.send(create({ input: 'A' }));
    raw.send(create({ input: 'B' }));
    const a = await raw.rest();
    const b = await raw.rest();
    expect(a.at(-1).response.output[0].content[0].text).toBe('slow one');
    expect(b.at(-1).response.output[0].content[0].text).toBe('quick');
    expect(new Set(a.map(({ response }) => response?.id).filter(Boolean)).size).toBe(1);

    upstream.enqueue({ text: 'slow one', betweenMs: 150 }, { text: 'quick' });
    raw.send(create({ stream_id: 'left' }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    raw.send(create({ stream_id: 'right' }));
    const messages = [...(await raw.rest()), ...(await raw.rest())];
    const ends = messages.filter(({ type }) => type === 'response.completed');
    expect(ends.map(({ stream_id }) => stream_id)).toEqual(['right', 'left']);
    for (const lane of ['left', 'right']) {
      const numbers = messages.filter(({ stream_id }) => stream_id === lane).map((event) => event.sequence_number);
      expect(numbers).toEqual(numbers.map((_number, index) => index));
    }
    expect(messages.every(({ stream_id }) => stream_id !== undefined)).toBe(true);
  });

  it('remembers its newest response although it is not stored, and nothing longer', async () => {
    const first = await ask(raw, { input: 'My name is Ada.', store: false });
    const { id } = first.response;
    expect((await server.rest('GET', `/responses/${id}`)).status).toBe(404);
    const second = await ask(raw, { input: 'Who am I?', store: false, previous_response_id: id });
    expect(second).toMatchObject({ type: 'response.completed', response: { previous_response_id: id, store: false } });
    expect(seen()).toEqual(['My name is Ada.', first.response.output[0].content[0].text, 'Who am I?']);

    const notFound = { status: 400, error: { code: 'previous_response_not_found', param: 'previous_response_id' } };
    expect(await ask(raw, { previous_response_id: id })).toMatchObject(notFound);
    const other = await connect();
    expect(await ask(other, { previous_response_id: second.response.id })).toMatchObject(notFound);
    other.socket.terminate();
    const third = await ask(raw, { input: 'And now?', store: false, previous_response_id: second.response.id });
    expect(third.type).toBe('response.completed');
    expect(seen()).toHaveLength(5);
  });

  it('forgets a parent whose continuation failed, by the request or by the model', async () => {
    const notFound = { type: 'error', error: { code: 'previous_response_not_found' } };
    for (const [fail, answer] of [
      [{ temperature: 9 }, { type: 'error', status: 400 }],
      [{ input: 'Break' }, { type: 'response.failed' }],
    ] as const) {
      const { response } = await ask(raw, { store: false });
      if ('input' in fail) upstream.enqueue({ status: 400, body: { error: { message: 'no' } } });
      expect(await ask(raw, { store: false, previous_response_id: response.id, ...fail })).toMatchObject(answer);
      expect(await ask(raw, { store: false, previous_response_id: response.id })).toMatchObject(notFound);
    }
  });

  it('stores the whole conversation with the first response of it that is stored', async () => {
    const first = await ask(raw, { input: 'My name is Ada.', store: false });
    const second = await ask(raw, { input: 'Who am I?', previous_response_id: first.response.id });
    const items = await client.responses.inputItems.list(second.response.id, { order: 'asc' });
    expect(items.data.map((item) => (item as Message).content[0].text)).toEqual([
      'My name is Ada.',
      first.response.output[0].content[0].text,
      'Who am I?',
    ]);
    await client.responses.create({
      model: 'test-model',
      input: 'Over HTTP',
      previous_response_id: second.response.id,
    });
    expect(seen()).toHaveLength(5);
  });

  it('warms up: a request without sampling is answered empty and can be continued', async () => {
    const before = upstream.requests.length;
    const warm = await ask(raw, { input: 'A long introduction.', generate: false });
    expect(warm).toMatchObject({ type: 'response.completed', response: { output: [], store: false } });
    expect(upstream.requests).toHaveLength(before);
    await ask(raw, { input: 'Go on.', store: false, previous_response_id: warm.response.id });
    expect(seen()).toEqual(['A long introduction.', 'Go on.']);
    expect(await ask(raw, { generate: false, model: 'test-model', temperature: 3 })).toMatchObject({ status: 400 });
  });

  it.each([
    ['text that is no JSON', '{', { code: 'invalid_json' }],
    ['no object', '[]', { code: 'invalid_type' }],
    ['no type', '{}', { code: 'missing_required_parameter', param: 'type' }],
    ['an unknown type', '{"type":"session.update"}', { code: 'invalid_value', param: 'type' }],
    [
      'deep nesting',
      `{"type":"response.create","input":${'['.repeat(5000)}${']'.repeat(5000)}}`,
      { code: 'invalid_json' },
    ],
    ['deeper nesting', '['.repeat(500_000), { code: 'invalid_json' }],
    ['background', create({ background: true }), { code: 'unsupported_parameter', param: 'background' }],
    ['stream', create({ stream: false }), { code: 'unsupported_parameter', param: 'stream' }],
    ['a bad lane', create({ stream_id: '' }), { code: 'invalid_type', param: 'stream_id' }],
    ['a bad body', create({ temperature: 9 }), { code: 'decimal_above_max_value', param: 'temperature' }],
    ['an unknown parent', create({ previous_response_id: 'x' }), { code: 'previous_response_not_found' }],
  ])('answers %s with an error event and stays open', async (_what, message, error) => {
    raw.send(message);
    const answer = (await raw.rest()).at(-1);
    expect(answer).toMatchObject({ type: 'error', status: 400, error, request_id: expect.any(String) });
    expect((await ask(raw)).type).toBe('response.completed');
  });

  it('answers binary frames and steering in the same way; errors name their lane', async () => {
    raw.socket.send(Buffer.from('{}'));
    expect((await raw.rest()).at(-1)).toMatchObject({ error: { code: 'invalid_type' } });
    raw.send({ type: 'response.steer', previous_response_id: 'resp_1', input: 'Stop' });
    expect((await raw.rest()).at(-1)).toMatchObject({ error: { code: 'steering_not_supported' } });
    expect(await ask(raw, { temperature: 9, stream_id: 'left' })).toMatchObject({ stream_id: 'left', status: 400 });
  });

  it('ends its key’s rights when the key ends', async () => {
    const key = await server.createKey();
    const other = await connect({ ...server, key });
    expect((await ask(other)).type).toBe('response.completed');
    const [row] = await server.sql<{ id: string }>(`select id from api_keys where name = 'another'`);
    await server.revokeKey(toPublicId('key', row?.id ?? ''));
    expect(await ask(other)).toMatchObject({ type: 'error', status: 401, error: { code: 'invalid_api_key' } });
    other.socket.terminate();
  });

  it('is one of many: each gets its own events, without gaps, and nobody is left behind', async () => {
    const many = await Promise.all(Array.from({ length: 60 }, () => connect()));
    const runs = await Promise.all(
      many.map(async (one, index) => {
        one.send(create({ input: `first of ${index}` }));
        one.send(create({ input: `second of ${index}`, store: false }));
        return [await one.rest(), await one.rest()];
      }),
    );
    for (const [index, [first, second]] of runs.entries())
      for (const [events, word] of [
        [first, 'first'],
        [second, 'second'],
      ] as const) {
        expect(events?.map(({ sequence_number }) => sequence_number)).toEqual(events?.map((_event, n) => n));
        expect(events?.at(-1).response.output[0].content[0].text).toBe(`You said: ${word} of ${index}`);
      }
    for (const { socket } of many) socket.terminate();
    while (server.app.container.followers() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('that breaks lets the model go after the grace, and what was said is kept', async () => {
    upstream.enqueue({ text: 'one two three', hang: 2 });
    raw.send(create());
    while (raw.frames.length < 5) await once(raw.socket, 'message');
    const { id } = JSON.parse(raw.frames[0] as string).response;
    raw.socket.terminate();
    let status = '';
    while (!['cancelled', 'completed', 'failed'].includes(status))
      status = (await client.responses.retrieve(id)).status ?? '';
    expect(status).toBe('cancelled');
  });
});

describe('limits of connections', () => {
  let strict: TestApp;
  const open: Raw[] = [];
  const start = async (socket: object) => {
    strict = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null }, socket });
    const connection = await connect(strict);
    open.push(connection);
    return connection;
  };
  afterEach(async () => {
    for (const { socket } of open.splice(0)) socket.terminate();
    await strict.stop();
  });

  it('life: it is told, may end what runs, and is closed', async () => {
    const { send, rest, closed } = await start({ lifeMs: 200 });
    upstream.enqueue({ text: 'one two', betweenMs: 400 });
    send(create());
    expect((await rest()).at(-1)).toMatchObject({ error: { code: 'websocket_connection_limit_reached' } });
    expect((await rest()).at(-1)).toMatchObject({ type: 'response.completed' });
    expect(await closed).toBe(1001);
  });

  it('messages: large ones, and many that wait', async () => {
    const connection = await start({ messageBytes: 10_000, waiting: 2, lanes: 2 });
    upstream.enqueue({ text: 'one', delayMs: 300 });
    for (let n = 0; n < 4; n += 1) connection.send(create());
    expect((await connection.rest()).at(-1)).toMatchObject({ status: 429, error: { code: 'rate_limit_exceeded' } });
    for (let n = 0; n < 3; n += 1)
      expect((await connection.rest()).at(-1)).toMatchObject({ type: 'response.completed' });
    connection.send(create({ input: 'x'.repeat(20_000) }));
    expect(await connection.closed).toBe(1009);
  });

  it('number: one more is refused', async () => {
    await start({ sockets: 1 });
    const socket = new WebSocket(`${strict.url.replace('http', 'ws')}/v1/responses`, {
      headers: { authorization: `Bearer ${strict.key}` },
    });
    socket.on('error', () => undefined);
    const [, answer] = await once(socket, 'unexpected-response');
    expect(answer.statusCode).toBe(503);
    answer.resume();
  });

  it('slowness: a client that takes nothing is let go, and its run ends like any other that was left', async () => {
    const { socket, closed, send } = await start({ stallMs: 300 });
    upstream.enqueue({ text: `${'x'.repeat(100_000)} `.repeat(120) });
    (socket as unknown as { _socket: Socket })._socket.pause();
    send(create());
    // Its run ends, whoever listens; then it takes nothing for longer than it may, in turns of the server's own loop.
    for (let status = ''; status !== 'completed' && status !== 'cancelled'; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const [run] = await strict.sql<{ status: string }>('select status from responses');
      status = run?.status ?? '';
    }
    for (let turns = 0; turns < 40; turns += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    (socket as unknown as { _socket: Socket })._socket.resume();
    // With its own code, or cut when the goodbye was not read in time either.
    expect([4508, 1006]).toContain(await closed);
  });

  it('silence: a client that does not answer pings is let go', async () => {
    const { closed: patient } = await start({ pingMs: 50 });
    const dead = new WebSocket(`${strict.url.replace('http', 'ws')}/v1/responses`, {
      headers: { authorization: `Bearer ${strict.key}` },
      autoPong: false,
    });
    const [code] = await once(dead, 'close');
    expect(code).toBe(1006);
    expect(await Promise.race([patient, Promise.resolve('open')])).toBe('open');
  });

  it('the server’s own end: what runs is told to its end, then everything is closed', async () => {
    const busy = await start({});
    const idle = await connect(strict);
    upstream.enqueue({ text: 'one two', betweenMs: 300 });
    busy.send(create());
    while (busy.frames.length < 2) await once(busy.socket, 'message');
    const stopped = strict.app.stop();
    expect(await idle.closed).toBe(1001);
    expect(idle.frames).toEqual([]);
    busy.send(create());
    expect((await busy.rest()).at(-1)).toMatchObject({ type: 'error', status: 503 });
    expect((await busy.rest()).at(-1)).toMatchObject({ type: 'response.completed' });
    expect(await busy.closed).toBe(1001);
    await stopped;
  });
});
