import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createClient as createSseClient } from 'graphql-sse';
import WebSocket from 'ws';
import { connectWs, createHttpClient, until } from '../graphql/support/client.js';
import { FOLLOW_BRIEFLY } from '../graphql/support/events.js';
import { startTestApp, type TestApp } from '../support/app.js';

/** What the public clients of GraphQL over WebSocket and over SSE rely on, and a crowd of which some read nothing. */
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ graphqlLimits: { stallMs: 600 } });
});
afterAll(() => app.stop());

const followers = () => app.app.container.followers();
const start = async (text: string, more: object = {}): Promise<string> => {
  const query = `mutation Start($input: CreateResponseInput!) { createResponse(input: $input) { response { id } } }`;
  const input = { model: 'local-script', input: { text }, background: true, ...more };
  return (await createHttpClient(app).data(query, { input })).createResponse.response.id;
};

interface AnyClient {
  iterate(request: { query: string; variables: Record<string, unknown> }): AsyncIterableIterator<unknown>;
  dispose(): unknown;
}
const sse = (target: TestApp): AnyClient =>
  createSseClient({
    url: `${target.url}/graphql`,
    headers: { authorization: `Bearer ${target.key}` },
    retryAttempts: 0,
  });
const clients: [string, (target: TestApp) => AnyClient][] = [
  ['graphql-ws, lazy', (target) => connectWs(target.url, { authorization: `Bearer ${target.key}` }, true)],
  ['graphql-ws, not lazy', (target) => connectWs(target.url, { authorization: `Bearer ${target.key}` }, false)],
  ['graphql-sse', sse],
];
// biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
const numberOf = (result: any): number => result.data.responseEvents.sequenceNumber;

describe.each(clients)('%s', (name, connect) => {
  it('is cut off again and again and resumes without loss or repetition', async () => {
    const id = await start('@tokens-every 20\n@long 40');
    const seen: number[] = [];
    let connections = 0;
    for (let isOver = false; !isOver; connections += 1) {
      const client = connect(app);
      const take = 1 + (seen.length % 7);
      let taken = 0;
      for await (const result of client.iterate({ query: FOLLOW_BRIEFLY, variables: { id, after: seen.at(-1) } })) {
        seen.push(numberOf(result));
        taken += 1;
        if (taken === take) break;
      }
      isOver = taken < take;
      await client.dispose();
    }
    expect(connections).toBeGreaterThan(5);
    expect(seen).toEqual(seen.map((_number, index) => index));
    await until(() => followers() === 0, 'nobody follows any more');
  });

  it('unsubscribes, and the server knows', async () => {
    const id = await start('@say begun\n@stall');
    const client = connect(app);
    for await (const _result of client.iterate({ query: FOLLOW_BRIEFLY, variables: { id } })) break;
    await until(() => followers() === 0, 'the follower to go');
    await app.rest('POST', `/responses/${id}/cancel`);
    await client.dispose();
  });

  it('is told when the server stops, and resumes at the next one', async () => {
    const first = await startTestApp({ databaseUrl: app.databaseUrl });
    const { key } = app;
    const id = await start('@tokens-every 20\n@long 40');
    const seen: number[] = [];
    const client = connect({ ...first, key });
    const reading = (async () => {
      for await (const result of client.iterate({ query: FOLLOW_BRIEFLY, variables: { id } }))
        seen.push(numberOf(result));
    })().catch((thrown: { code?: number }) => thrown.code ?? null);
    await until(() => seen.length > 4, 'some events');
    await first.stop();
    const code = await reading;
    // An event stream has no code to end with.
    if (name !== 'graphql-sse') expect(code).toBe(1001);
    else expect([null, undefined]).toContain(code);
    await client.dispose();
    const next = connect(app);
    for await (const result of next.iterate({ query: FOLLOW_BRIEFLY, variables: { id, after: seen.at(-1) } }))
      seen.push(numberOf(result));
    await next.dispose();
    expect(seen).toEqual(seen.map((_number, index) => index));
    const { body } = await app.rest('GET', `/responses/${id}`);
    expect(body.status).toBe('completed');
  });
});

describe('a crowd', () => {
  const HEALTHY = 900;
  const STALLED = 100;
  /** The last event alone, with the whole text several times: much to send. */
  const LARGE = `subscription ($id: ID!, $after: Int) { responseEvents(id: $id, after: $after) {
    ... on ResponseCompletedEvent { response { a: outputText b: outputText c: outputText } } } }`;

  const openSocket = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${app.key}` } }));
    await once(socket, 'message');
    return socket;
  };
  const openMany = async (count: number): Promise<WebSocket[]> => {
    const all: WebSocket[] = [];
    while (all.length < count) all.push(...(await Promise.all(Array.from({ length: 50 }, openSocket))));
    return all;
  };
  const subscribe = (socket: WebSocket, id: string, query: string, variables: object): void =>
    socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }));

  it('of 100 that read nothing among 900 that do: those get every event, the others are closed, the process lives', async () => {
    const printed = jest.spyOn(console, 'error');
    const large = await start('@tokens-every 0\n@long 30000', { maxOutputTokens: 100_000 });
    await until(
      async () => (await app.rest('GET', `/responses/${large}`)).body.status === 'completed',
      'the large response',
    );
    const [last] = await app.sql<{ n: number }>(
      `select last_sequence as n from responses where replace(id::text, '-', '') = $1`,
      [large.replace('resp_', '')],
    );
    const stalled = await openMany(STALLED);
    const healthy = await openMany(HEALTHY);

    const id = await start('@tokens-every 40\n@long 50');
    const whole = healthy.map((socket) => {
      const seen: number[] = [];
      subscribe(socket, 'a', FOLLOW_BRIEFLY, { id });
      return new Promise<number[]>((resolve, reject) => {
        socket.on('close', (code) => reject(new Error(`A healthy reader was closed with ${code}`)));
        socket.on('message', (bytes) => {
          const { type, payload } = JSON.parse(String(bytes));
          if (type === 'next') seen.push(numberOf(payload));
          else if (type === 'complete') resolve(seen);
        });
      });
    });
    const closed = stalled.map((socket) => once(socket, 'close'));
    for (const socket of stalled) {
      socket.pause();
      for (let n = 0; n < 12; n += 1) subscribe(socket, `s${n}`, LARGE, { id: large, after: (last?.n ?? 1) - 1 });
    }

    const all = await Promise.all(whole);
    const [first = []] = all;
    // Deltas among them, however many came together.
    expect(first.length).toBeGreaterThan(10);
    expect(first).toEqual(first.map((_number, index) => index));
    expect(all.every((seen) => seen.join() === first.join())).toBe(true);
    // Longer than a reader may take nothing, in turns of the server's own loop: it shares this process, and has much to send.
    for (let turns = 0; turns < 200; turns += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    for (const socket of stalled) socket.resume();
    // With its own code, or cut when the goodbye was not read in time either.
    for (const [code] of await Promise.all(closed)) expect([4508, 1006]).toContain(code);
    expect(healthy.every((socket) => socket.readyState === WebSocket.OPEN)).toBe(true);
    expect((await app.rest('GET', `/responses/${id}`)).body.status).toBe('completed');
    for (const socket of healthy) socket.removeAllListeners('close').terminate();
    await until(() => followers() === 0 && app.app.services.keyWatch.size === 0, 'everybody to go');
    // What happens to cut sockets is the log's business.
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  }, 300_000);
});
