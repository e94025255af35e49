import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { WebSocket } from 'ws';
import { startTestApp, type TestApp } from '../support/app.js';
import { createHttpClient, until } from './support/client.js';

/** Operations of one socket whose reader takes nothing. */
const OPERATIONS = 12;
/** More than the kernel takes: what a result is made of is asked for so many times. */
const COPIES = Array.from({ length: 20 }, (_, n) => n);
const TEXT = 'x'.repeat(200_000);
const RESULT_BYTES = COPIES.length * TEXT.length;
const WAITING_BYTES = (64 << 10) + RESULT_BYTES + 10_000;

let app: TestApp;
let responseId: string;
let last: number;
let conversationId: string;
/** Connections to the server. */
const connections = new Set<Socket>();
/** Statements that have read a response, its events or its conversation's items. */
let reads = 0;

const onConnection = (message: unknown): void => {
  const { socket } = message as { socket: Socket };
  connections.add(socket);
  socket.once('close', () => connections.delete(socket));
};

beforeAll(async () => {
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [first] = args as [string | pg.QueryConfig];
    const text = typeof first === 'string' ? first : first.text;
    if (/e\.payload|r\.output|from items/.test(text)) reads += 1;
    return query.apply(this, args);
  } as never);
  diagnostics.subscribe('net.server.socket', onConnection);
  app = await startTestApp();
  const http = createHttpClient(app);
  const message = { message: { content: { text: TEXT } } };
  const ADD = `mutation Add($input: AddConversationItemsInput!) { addConversationItems(input: $input) { userErrors { message } } }`;
  const conversation = await http.data(`mutation { createConversation(input: {}) { conversation { id } } }`);
  conversationId = conversation.createConversation.conversation.id;
  await http.data(ADD, { input: { conversationId, items: [message, message] } });
  const input = {
    model: 'local-script',
    input: { text: `@say ${TEXT}` },
    maxOutputTokens: 100_000,
    background: true,
  };
  const START = `mutation Start($input: CreateResponseInput!) { createResponse(input: $input) { response { id } userErrors { message } } }`;
  responseId = (await http.data(START, { input })).createResponse.response.id;
  await until(async () => {
    const { body } = await app.rest('GET', `/responses/${responseId}`);
    return body.status === 'completed';
  }, 'the response');
  const [row] = await app.sql<{ n: number }>('select last_sequence as n from responses');
  last = row?.n ?? 0;
});
afterAll(async () => {
  await app.stop();
  diagnostics.unsubscribe('net.server.socket', onConnection);
  jest.restoreAllMocks();
});

const copies = (field: string): string => COPIES.map((n) => `c${n}: ${field}`).join(' ');
const ASKED = {
  'catch-ups of a response': () => ({
    query: `subscription ($id: ID!, $after: Int) { responseEvents(id: $id, after: $after) {
      type ... on ResponseCompletedEvent { response { ${copies('outputText')} } } } }`,
    variables: { id: responseId, after: last - 1 },
  }),
  'catch-ups of a response, executed for each': () => ({
    query: `subscription ($id: ID!, $after: Int) { responseEvents(id: $id, after: $after) {
      type ... on ResponseCompletedEvent { response { conversation { id } ${copies('outputText')} } } } }`,
    variables: { id: responseId, after: last - 1 },
  }),
  'catch-ups of a conversation': () => ({
    query: `subscription ($id: ID!) { conversationEvents(id: $id, after: "0") {
      type ... on ConversationItemAddedEvent { item { ... on Message { ${copies('text')} } } } } }`,
    variables: { id: conversationId },
  }),
  queries: () => ({
    query: `query ($id: ID!) { response(id: $id) { ${copies('outputText')} } }`,
    variables: { id: responseId },
  }),
};

interface Reader {
  socket: WebSocket;
  /** What came, by operation: lengths of results, and whether it is over. */
  readonly results: Map<string, number[]>;
  readonly completed: Set<string>;
}

async function connect(): Promise<Reader> {
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${app.key}` } }));
  await once(socket, 'message');
  const results = new Map<string, number[]>();
  const completed = new Set<string>();
  socket.on('message', (bytes: Buffer) => {
    const { id, type, payload } = JSON.parse(String(bytes));
    if (type === 'next') {
      if (payload.errors !== undefined) throw new Error(JSON.stringify(payload.errors));
      results.set(id, [...(results.get(id) ?? []), bytes.length]);
    } else if (type === 'complete') completed.add(id);
  });
  return { socket, results, completed };
}

const askAll = ({ socket }: Reader, payload: object): void => {
  socket.pause();
  for (let n = 0; n < OPERATIONS; n += 1) socket.send(JSON.stringify({ id: `s${n}`, type: 'subscribe', payload }));
};
const waiting = (): number => [...connections].reduce((most, { writableLength }) => Math.max(most, writableLength), 0);

/** Resolves when something waits for the reader and nothing more is made for it. */
async function settled(): Promise<void> {
  await until(() => waiting() > 0, 'something to wait');
  for (let before = -1; before !== reads; ) {
    before = reads;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

describe.each(Object.entries(ASKED))('%s by a reader who takes nothing', (name, asked) => {
  it('wait in bounds, and come whole once it reads', async () => {
    const reader = await connect();
    reads = 0;
    askAll(reader, asked());
    await settled();
    expect(waiting()).toBeLessThan(WAITING_BYTES);
    // What the kernel took, what waits, and what is in somebody's hands; a query was asked before anything waited.
    const made = reads;
    if (name !== 'queries') expect(made).toBeLessThan(OPERATIONS - 2);

    reader.socket.resume();
    const large = () => [...reader.results.values()].flat().filter((length) => length > RESULT_BYTES).length;
    const each = name.includes('conversation') ? 2 : 1;
    await until(() => large() === each * OPERATIONS, 'every result');
    // The others had been dropped, and were asked again.
    if (name === 'queries') expect(reads).toBeGreaterThan(made);
    const all = [...reader.results.values()];
    expect(all.map((lengths) => lengths.length)).toEqual(all.map(() => all[0]?.length));
    if (!name.includes('conversation')) await until(() => reader.completed.size === OPERATIONS, 'every end');
    reader.socket.terminate();
    await until(() => app.app.container.followers() === 0, 'the followers to go');
  }, 60_000);
});

describe('requests that were sent in one go by a reader who takes nothing', () => {
  const requestOf = (body: string): string =>
    `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${app.key}\r\naccept: text/event-stream\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

  it.each([
    ['event streams of GraphQL', () => requestOf(JSON.stringify(ASKED['catch-ups of a response']()))],
    ['queries', () => requestOf(JSON.stringify(ASKED.queries()))],
  ])('are answered one after the other: %s', async (_name, request) => {
    reads = 0;
    const socket = net.connect(Number(new URL(app.url).port), '127.0.0.1').pause();
    socket.write(request().repeat(OPERATIONS));
    await settled();
    const made = reads;
    expect(waiting()).toBeLessThan(2 * WAITING_BYTES);
    let answers = 0;
    let rest = '';
    socket.on('data', (bytes) => {
      const text = rest + bytes.toString('latin1');
      answers += text.split('HTTP/1.1 200 OK').length - 1;
      rest = text.slice(-14);
    });
    socket.resume();
    await until(() => answers === OPERATIONS, 'every answer');
    await until(() => waiting() === 0, 'all of it');
    expect(made).toBeLessThan(reads * 0.75);
    socket.destroy();
  });
});

describe('a reader who takes nothing', () => {
  it('and leaves is not waited for', async () => {
    const reader = await connect();
    askAll(reader, ASKED['catch-ups of a response']());
    await settled();
    reader.socket.terminate();
    await until(() => connections.size === 0 || waiting() === 0, 'the connection to end');
    await until(() => app.app.container.followers() === 0, 'the followers to go');
  });

  it('is closed when mutations have more to tell than may wait', async () => {
    const reader = await connect();
    const closed = once(reader.socket, 'close');
    const query = `mutation ($id: ID!) { cancelResponse(id: $id) { response { ${copies('outputText')} } } }`;
    askAll(reader, { query, variables: { id: responseId } });
    await until(() => waiting() > 0, 'something to wait');
    expect(waiting()).toBeLessThan(2 * WAITING_BYTES + (4 << 20));
    await new Promise((resolve) => setTimeout(resolve, 500));
    reader.socket.resume();
    expect((await closed)[0]).toBe(4508);
  });
});
