import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-sse';
import pg from 'pg';
import WebSocket from 'ws';
import { startTestApp, type TestApp } from '../../support/app.js';
import { collect, connectWs, createHttpClient, until } from '../support/client.js';
import { FOLLOW_BRIEFLY } from '../support/events.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;
beforeAll(async () => {
  app = await startTestApp({ graphqlLimits: { executionMs: 200, operationsPerKey: 3, operationsPerSocket: 2 } });
  http = createHttpClient(app);
});
afterAll(() => app.stop());

describe('the time of an operation', () => {
  it('ends what takes too long, by the name of the limit, over HTTP, sockets and event streams', async () => {
    const timeout = [
      { extensions: { code: 'execution_timeout', limit: 'executionTime', status: 400, retryable: false } },
    ];
    const query = '{ prompts { nodes { id } } }';
    const ws = connectWs(app.url, { authorization: `Bearer ${app.key}` });
    const sse = createClient({ url: `${app.url}/graphql`, headers: { authorization: `Bearer ${app.key}` } });
    const other = new pg.Client({ connectionString: app.databaseUrl });
    await other.connect();
    try {
      await other.query('begin');
      await other.query('lock table prompts in access exclusive mode');
      const answer = await http.post({ query });
      expect(answer).toMatchObject({ status: 400, body: { errors: timeout } });
      expect((await collect(ws.iterate({ query })))[0]).toMatchObject({ errors: timeout });
      expect((await collect(sse.iterate({ query })))[0]).toMatchObject({ errors: timeout });
    } finally {
      await other.query('rollback');
      await other.end();
    }
    expect((await http.data(query)).prompts.nodes).toEqual([]);
    await ws.dispose();
    sse.dispose();
  });

  it('is not counted while it waits for a model', async () => {
    const { createResponse } = await http.data(
      `mutation Slow($text: String!) { createResponse(input: { model: "local-script", input: { text: $text } }) { response { status outputText } } }`,
      { text: '@tokens-every 120\n@say a b c d' },
    );
    expect(createResponse.response).toEqual({ status: 'COMPLETED', outputText: 'a b c d' });
  });
});

describe('operations at once', () => {
  const START = `mutation { createResponse(input: { model: "local-script", background: true, input: { text: "@stall" } }) { response { id } } }`;

  async function connect(): Promise<WebSocket> {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { authorization: `Bearer ${app.key}` },
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    return socket;
  }
  const send = (socket: WebSocket, operation: string, id: string): void =>
    socket.send(
      JSON.stringify({ id: operation, type: 'subscribe', payload: { query: FOLLOW_BRIEFLY, variables: { id } } }),
    );
  /** The error the socket says of an operation. */
  const refusal = (socket: WebSocket, operation: string): Promise<unknown> =>
    new Promise((resolve) => {
      socket.on('message', (data) => {
        const message = JSON.parse(String(data));
        if (message.id === operation && message.type === 'error') resolve(message.payload[0].extensions);
      });
    });

  it('are so many for a key, on sockets and over HTTP together, and their ends make room', async () => {
    const { createResponse } = await http.data(START);
    const { id } = createResponse.response;
    const [one, two] = await Promise.all([connect(), connect()]);
    send(one, 'a', id);
    send(one, 'b', id);
    send(two, 'a', id);
    await until(() => app.app.container.followers() === 3, 'three followers');
    const full = await http.post({ query: '{ __typename }' });
    expect(full).toMatchObject({
      status: 429,
      body: { errors: [{ extensions: { code: 'rate_limit_exceeded', limit: 'operationsPerKey', retryable: true } }] },
    });
    const refused = refusal(two, 'b');
    send(two, 'b', id);
    expect(await refused).toMatchObject({ limit: 'operationsPerKey', status: 429 });
    expect((await http.post({ query: '{ __typename }' }, { key: await app.createKey() })).status).toBe(200);
    one.send(JSON.stringify({ id: 'a', type: 'complete' }));
    await until(async () => (await http.post({ query: '{ __typename }' })).status === 200, 'room for one');
    one.terminate();
    two.terminate();
    await until(() => app.app.container.followers() === 0, 'the followers to go');
    const answers = await Promise.all([1, 2, 3].map(() => http.post({ query: '{ __typename }' })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await app.rest('POST', `/responses/${id}/cancel`);
  });

  it('are so many for a socket', async () => {
    const { createResponse } = await http.data(START);
    const { id } = createResponse.response;
    const socket = await connect();
    send(socket, 'a', id);
    send(socket, 'b', id);
    await until(() => app.app.container.followers() === 2, 'two followers');
    const refused = refusal(socket, 'c');
    send(socket, 'c', id);
    expect(await refused).toMatchObject({ limit: 'operationsPerSocket', status: 429 });
    socket.terminate();
    await app.rest('POST', `/responses/${id}/cancel`);
  });
});
