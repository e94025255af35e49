import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { careForSockets } from '../../src/http/socket-care.js';
import { SocketGate, SocketTurn } from '../../src/http/socket-gate.js';
import { until } from '../graphql/support/client.js';

/** As much as the kernel takes, several times. */
const MESSAGE = 'x'.repeat(4 << 20);
const CONNECTION_BYTES = 64 << 10;

let server: WebSocketServer;
beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
});
afterAll(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

interface Pair {
  client: WebSocket;
  gate: SocketGate;
  /** First characters of what has come to the client. */
  received: string[];
}

async function connect(): Promise<Pair> {
  const accepted = once(server, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const received: string[] = [];
  client.on('message', (bytes: Buffer) => received.push(bytes.toString('utf8', 0, 3)));
  const [socket] = (await accepted) as [WebSocket];
  await once(client, 'open');
  const gate = new SocketGate(socket);
  socket.on('error', () => undefined);
  socket.once('close', () => gate.end());
  return { client, gate, received };
}

const open = new Promise<void>((resolve) => resolve());
const name = (n: number): string => String(n).padStart(3, '0');

/** Has a reader that takes nothing, with more on its way than a connection buffers. */
async function fallBehind({ client, gate }: Pair): Promise<number> {
  client.pause();
  let sent = 0;
  while (!gate.isBehind) {
    if (sent === 32) throw new Error('The kernel does not take that much: the socket should be behind.');
    gate.send(name(sent) + MESSAGE);
    sent += 1;
    // What the kernel takes it takes within a turn.
    await new Promise(setImmediate);
  }
  return sent;
}

describe('a socket’s gate', () => {
  it('lets everyone pass at once as long as the reader reads', async () => {
    const pair = await connect();
    const [one, other] = [new SocketTurn(pair.gate), new SocketTurn(pair.gate)];
    expect(one.pass()).toBeNull();
    expect(other.pass()).toBeNull();
    // What is large is one at a time all the same.
    expect(one.take()).toBeNull();
    expect(one.take()).toBeNull();
    const waiting = other.take();
    expect(waiting).not.toBeNull();
    one.give();
    expect(await Promise.race([waiting?.then(() => 'in'), open.then(() => 'out')])).toBe('out');
    one.give();
    expect(await waiting).toBeUndefined();
    pair.client.terminate();
  });

  it('lets operations on in turns, first come, first served, as a reader that was behind reads on', async () => {
    const pair = await connect();
    const sent = await fallBehind(pair);
    const { gate, received } = pair;
    const order: number[] = [];
    const all = Array.from({ length: 12 }, async (_, n) => {
      const turn = new SocketTurn(gate);
      await turn.pass();
      order.push(n);
      gate.send(name(sent + n) + MESSAGE);
      turn.give();
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(order).toEqual([]);
    expect(gate.socket.bufferedAmount).toBeLessThan(CONNECTION_BYTES + MESSAGE.length + 100);
    const most: number[] = [];
    const watch = setInterval(() => most.push(gate.socket.bufferedAmount), 1);
    pair.client.resume();
    await Promise.all(all);
    await until(() => received.length === sent + 12, 'everything to come');
    clearInterval(watch);
    expect(order).toEqual(order.map((_, n) => n));
    expect(received).toEqual(received.map((_, n) => name(n)));
    expect(Math.max(...most)).toBeLessThan(CONNECTION_BYTES + MESSAGE.length + 100);
    expect(gate.isBehind).toBe(false);
    pair.client.terminate();
  }, 60_000);

  it('reads nothing from who does not read', async () => {
    const pair = await connect();
    const heard: string[] = [];
    pair.gate.socket.on('message', (bytes) => heard.push(String(bytes)));
    await fallBehind(pair);
    for (let n = 0; n < 100; n += 1) pair.client.send(`${n}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toEqual([]);
    pair.client.resume();
    await until(() => heard.length === 100, 'what was said meanwhile');
    pair.client.terminate();
  });

  it('an operation that ends neither waits nor keeps others waiting', async () => {
    const pair = await connect();
    const [first, second, third] = [1, 2, 3].map(() => new SocketTurn(pair.gate)) as [
      SocketTurn,
      SocketTurn,
      SocketTurn,
    ];
    expect(first.take()).toBeNull();
    const [left, next] = [second.take(), third.take()];
    second.leave();
    await left;
    expect(second.take()).toBeNull();
    first.leave();
    await next;
    pair.client.terminate();
  });

  it('nobody waits for a socket that has closed', async () => {
    const pair = await connect();
    await fallBehind(pair);
    const turns = [1, 2].map(() => new SocketTurn(pair.gate));
    const waiting = turns.map((turn) => turn.take());
    pair.client.terminate();
    await Promise.all(waiting);
    expect(turns.map((turn) => turn.take())).toEqual([null, null]);
  });

  it('a socket to which too much is sent out of turn is closed with its own code', async () => {
    const pair = await connect();
    await fallBehind(pair);
    const closed = once(pair.client, 'close');
    for (let n = 0; n < 3; n += 1) pair.gate.send(MESSAGE);
    expect(pair.gate.socket.readyState).toBe(WebSocket.CLOSING);
    expect(pair.gate.socket.bufferedAmount).toBeLessThan(2 * MESSAGE.length + CONNECTION_BYTES + 1000);
    pair.client.resume();
    expect((await closed)[0]).toBe(4508);
  });

  it('a reader that takes nothing for too long is closed with its own code, though nothing is read from it', async () => {
    const pair = await connect();
    const care = careForSockets(new Set([pair.gate.socket]), { stallMs: 60, pingMs: 60_000 });
    care.add(pair.gate.socket);
    await fallBehind(pair);
    await until(() => pair.gate.socket.readyState === WebSocket.CLOSING, 'the socket to be given up');
    const closed = once(pair.client, 'close');
    pair.client.resume();
    expect((await closed)[0]).toBe(4508);
    care.stop();
  });
});
