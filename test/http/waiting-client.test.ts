import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WaitingClient } from '../../src/http/waiting-client.js';

const server = createServer();
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

/** A request that waits for its answer, and the client's end of its connection. */
async function ask(): Promise<{ response: ServerResponse; leave(): void }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  return { response, leave: () => socket.destroy() };
}

describe('the client of a request', () => {
  it('is told of once, when it leaves before its answer', async () => {
    const { response, leave } = await ask();
    const client = new WaitingClient(response);
    const told: string[] = [];
    client.addEventListener('abort', () => told.push('first'));
    const removed = () => told.push('removed');
    client.addEventListener('abort', removed);
    client.removeEventListener('abort', removed);
    const { signal } = client;
    expect([client.aborted, signal.aborted]).toEqual([false, false]);
    leave();
    await once(response, 'close');
    expect([client.aborted, signal.aborted, told]).toEqual([true, true, ['first']]);
    expect(client.signal).toBe(signal);
  });

  it('has left for those who ask later', async () => {
    const { response, leave } = await ask();
    leave();
    await once(response, 'close');
    const client = new WaitingClient(response);
    expect([client.aborted, client.signal.aborted]).toEqual([true, true]);
  });

  it('has not left when it has got its answer and closes', async () => {
    const { response, leave } = await ask();
    const client = new WaitingClient(response);
    let told = 0;
    client.addEventListener('abort', () => {
      told += 1;
    });
    const { signal } = client;
    const closed = once(response, 'close');
    response.end('done');
    await closed;
    leave();
    expect([client.aborted, signal.aborted, told]).toEqual([false, false, 0]);
    expect(new WaitingClient(response).signal.aborted).toBe(false);
  });
});
