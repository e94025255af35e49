import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-sse';
import WebSocket from 'ws';
import { startTestApp, type TestApp } from '../support/app.js';
import { collect, connectWs, createHttpClient, until } from './support/client.js';
import { FOLLOW_BRIEFLY } from './support/events.js';

/** What stays open: sockets and streams whose keys end, whose readers stop reading, and that come and go by the thousand. */
let app: TestApp;
let http: ReturnType<typeof createHttpClient>;
beforeAll(async () => {
  app = await startTestApp({ graphqlLimits: { stallMs: 600 } });
  http = createHttpClient(app);
});
afterAll(() => app.stop());

const start = async (text: string, more: object = {}): Promise<string> => {
  const query = `mutation Start($input: CreateResponseInput!) { createResponse(input: $input) { response { id } } }`;
  const input = { model: 'local-script', input: { text }, stream: true, ...more };
  return (await http.data(query, { input })).createResponse.response.id;
};
const followers = () => app.app.container.followers();
const streams = () => app.app.services.keyWatch.size;

/** A socket that has said who it is. */
async function openSocket(key = app.key): Promise<WebSocket> {
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
  await once(socket, 'message');
  return socket;
}

const subscribe = (socket: WebSocket, operation: string, id: string, query = FOLLOW_BRIEFLY): void =>
  socket.send(JSON.stringify({ id: operation, type: 'subscribe', payload: { query, variables: { id } } }));

async function keyWithId(): Promise<{ key: string; id: string }> {
  const key = await app.createKey();
  return { key, id: (await http.data('{ viewer { key { id } } }', {}, key)).viewer.key.id };
}

describe('a key that is revoked', () => {
  it('ends its sockets with 4403, what they follow included, and no others', async () => {
    const id = await start('@say begun\n@stall', { background: true });
    const revoked = await keyWithId();
    const other = await openSocket();
    const sockets = await Promise.all([openSocket(revoked.key), openSocket(revoked.key)]);
    for (const socket of [...sockets, other]) subscribe(socket, 'a', id);
    await until(() => followers() === 3, 'three followers');
    const closed = sockets.map((socket) => once(socket, 'close'));
    await app.revokeKey(revoked.id);
    expect((await Promise.all(closed)).map(([code]) => code)).toEqual([4403, 4403]);
    await until(() => followers() === 1, 'the followers to go');
    expect(other.readyState).toBe(WebSocket.OPEN);
    other.close();
    await until(() => followers() === 0, 'the other follower to go');
    await app.rest('POST', `/responses/${id}/cancel`);
  });

  it('ends its event streams with the error a new request would get', async () => {
    const id = await start('@say begun\n@stall', { background: true });
    const revoked = await keyWithId();
    const client = createClient({
      url: `${app.url}/graphql`,
      headers: { authorization: `Bearer ${revoked.key}` },
      retryAttempts: 0,
    });
    const all = collect(client.iterate({ query: FOLLOW_BRIEFLY, variables: { id } }));
    await until(() => followers() === 1, 'the follower to wait');
    await app.revokeKey(revoked.id);
    expect((await all).at(-1)?.errors).toMatchObject([{ extensions: { code: 'invalid_api_key', status: 401 } }]);
    await until(() => followers() === 0, 'the follower to go');
    client.dispose();
    await app.rest('POST', `/responses/${id}/cancel`);
  });

  it('breaks off its REST streams, which can be resumed with another key', async () => {
    const id = await start('@say begun\n@stall', { background: true });
    const revoked = await keyWithId();
    const follow = (key: string, after: number) =>
      fetch(`${app.url}/api/v1/responses/${id}?stream=true&starting_after=${after}`, {
        headers: { authorization: `Bearer ${key}` },
      });
    const cut = (await follow(revoked.key, 0)).text();
    await until(() => followers() === 1, 'the follower to wait');
    await app.revokeKey(revoked.id);
    await expect(cut).rejects.toThrow();
    await until(() => followers() === 0, 'the follower to go');
    expect((await follow(revoked.key, 0)).status).toBe(401);
    await app.rest('POST', `/responses/${id}/cancel`);
    expect(await (await follow(app.key, 0)).text()).toContain('data: [DONE]');
  });

  it('opens nothing more', async () => {
    const revoked = await keyWithId();
    await app.revokeKey(revoked.id);
    await expect(
      collect(connectWs(app.url, { authorization: `Bearer ${revoked.key}` }).iterate({ query: '{ __typename }' })),
    ).rejects.toMatchObject({ code: 4403 });
  });
});

describe('readers that take nothing', () => {
  const LONG = '@tokens-every 0\n@long 30000';
  /** Every event whole: much to send. */
  const FOLLOW_ALL = `subscription Follow($id: ID!) { responseEvents(id: $id) { type sequenceNumber
    ... on OutputTextDeltaEvent { delta itemId outputIndex contentIndex }
    ... on OutputTextDoneEvent { text } ... on ResponseCompletedEvent { response { outputText output { json } } } } }`;

  it('are closed with 4508, while one beside them gets every event', async () => {
    const id = await start(LONG, { background: true, maxOutputTokens: 100_000 });
    const stalled = await openSocket();
    const closed = once(stalled, 'close');
    stalled.pause();
    for (let n = 0; n < 90; n += 1) subscribe(stalled, `s${n}`, id, FOLLOW_ALL);
    const healthy = connectWs(app.url, { authorization: `Bearer ${app.key}` });
    const seen = await collect(healthy.iterate({ query: FOLLOW_ALL, variables: { id } }));
    expect(seen.map(({ data }) => data.responseEvents.sequenceNumber)).toEqual(seen.map((_, n) => n));
    expect(seen.at(-1)?.data.responseEvents.type).toBe('response.completed');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await healthy.dispose();
    stalled.resume();
    expect((await closed)[0]).toBe(4508);
    await until(() => followers() === 0 && streams() === 0, 'everyone to go');
  });

  it('of event streams are cut', async () => {
    // More than the network takes by itself.
    const id = await start(`@say ${'x'.repeat(600_000)}`, { maxOutputTokens: 1_000_000 });
    const texts = Array.from({ length: 30 }, (_, n) => `t${n}: outputText`).join(' ');
    const query = `subscription Follow($id: ID!) { responseEvents(id: $id) { ... on ResponseCompletedEvent { response { ${texts} } } } }`;
    const body = JSON.stringify({ query, variables: { id } });
    const socket = createConnection({ port: Number(new URL(app.url).port), host: '127.0.0.1' });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.pause();
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${app.key}\r\naccept: text/event-stream\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => streams() === 1, 'the stream to begin');
    await until(() => streams() === 0, 'the stream to be cut');
    const received: string[] = [];
    socket.on('data', (data) => received.push(String(data)));
    const closed = once(socket, 'close');
    socket.resume();
    await closed;
    expect(received.join('')).toContain('event: next');
    expect(received.join('')).not.toContain('event: complete');
  });
});

describe('coming and going', () => {
  it('a thousand subscriptions that are dropped, on one socket, many and event streams, leave nothing behind', async () => {
    const id = await start('@say begun\n@stall', { background: true });
    const one = await openSocket();
    const seen = new Map<string, number>();
    one.on('message', (data) => {
      const { id: operation } = JSON.parse(String(data));
      seen.set(operation, (seen.get(operation) ?? 0) + 1);
    });
    for (let round = 0; round < 50; round += 1) {
      const names = Array.from({ length: 14 }, (_, n) => `r${round}n${n}`);
      for (const name of names) subscribe(one, name, id);
      // Half of them before anything came, half after the first event.
      for (const name of names.slice(0, 7)) one.send(JSON.stringify({ id: name, type: 'complete' }));
      await until(() => names.slice(7).every((name) => seen.has(name)), 'the first events');
      for (const name of names.slice(7)) one.send(JSON.stringify({ id: name, type: 'complete' }));
    }
    for (let round = 0; round < 15; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket()));
      for (const socket of sockets) subscribe(socket, 'x', id);
      if (round % 2 === 0) await Promise.all(sockets.map((socket) => once(socket, 'message')));
      for (const socket of sockets) socket.terminate();
    }
    const body = JSON.stringify({ query: FOLLOW_BRIEFLY, variables: { id } });
    const headers = {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${app.key}`,
    };
    for (let round = 0; round < 15; round += 1)
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const leave = new AbortController();
          const answer = await fetch(`${app.url}/graphql`, { method: 'POST', headers, body, signal: leave.signal });
          if (round % 2 === 0) await answer.body?.getReader().read();
          leave.abort();
        }),
      );
    await until(() => followers() === 0, 'the followers to go');
    one.close();
    await until(() => streams() === 0, 'the sockets to go');
    await app.rest('POST', `/responses/${id}/cancel`);
  }, 60_000);
});
