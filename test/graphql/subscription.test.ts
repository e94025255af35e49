import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'graphql-ws';
import WebSocket from 'ws';
import { startTestApp, type TestApp } from '../support/app.js';
import { hostileDocuments } from './limits/hostile-documents.js';
import { collect, connectWs, createHttpClient, until } from './support/client.js';
import { FOLLOW, FOLLOW_BRIEFLY } from './support/events.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;
let ws: Client;

beforeAll(async () => {
  app = await startTestApp();
  http = createHttpClient(app);
  // Kept open: a socket that closes ends everything on it, and would hide what unsubscribing alone leaves behind.
  ws = connectWs(app.url, { authorization: `Bearer ${app.key}` }, false);
});
afterAll(async () => {
  await ws.dispose();
  await app.stop();
});

const START = `mutation Start($input: CreateResponseInput!) {
  createResponse(input: $input) { response { id status } userErrors { message } }
}`;

const start = async (text: string, more: object = {}): Promise<string> => {
  const input = { model: 'local-script', input: { text }, stream: true, ...more };
  return (await http.data(START, { input })).createResponse.response.id;
};

const follow = async (id: string, after?: number, client = ws) => {
  const results = await collect(client.iterate({ query: FOLLOW, variables: { id, after } }));
  expect(results.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  return results.map(({ data }) => data.responseEvents);
};

describe('responseEvents', () => {
  it('yields every event in order, without gaps, as a type of its own, and completes', async () => {
    const id = await start('@say one two three four');
    const events = await follow(id);
    expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(events.map((_event, index) => index));
    const types = events.map(({ type }) => type);
    expect([...new Set(types)]).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events[0]).toMatchObject({
      __typename: 'ResponseCreatedEvent',
      response: { id, status: 'IN_PROGRESS', usage: null },
    });
    const [added] = events.filter(({ type }) => type === 'response.output_item.added');
    expect(added).toMatchObject({
      outputIndex: 0,
      item: { __typename: 'Message', role: 'ASSISTANT', status: 'in_progress', text: '' },
    });
    const deltas = events.filter(({ __typename }) => __typename === 'OutputTextDeltaEvent');
    expect(deltas.map(({ delta }) => delta).join('')).toBe('one two three four');
    expect(deltas.every(({ itemId, contentIndex }) => itemId === added.item.id && contentIndex === 0)).toBe(true);
    expect(events.at(-1)).toMatchObject({
      __typename: 'ResponseCompletedEvent',
      response: {
        id,
        status: 'COMPLETED',
        outputText: 'one two three four',
        usage: { totalTokens: expect.any(Number) },
      },
    });
  });

  it('shows calls, searches, reasoning and refusals as they happen', async () => {
    const tools = [{ function: { name: 'f' } }, { fileSearch: {} }, { webSearch: {} }];
    const named = async (text: string, more: object = {}) =>
      (await follow(await start(text, more))).map(({ __typename }) => __typename);
    expect(await named('@call f {"a":1}', { tools })).toEqual(
      expect.arrayContaining(['FunctionCallArgumentsDeltaEvent', 'FunctionCallArgumentsDoneEvent']),
    );
    expect(await named('@call file_search {"queries":["x"]}', { tools })).toEqual(
      expect.arrayContaining([
        'FileSearchCallInProgressEvent',
        'FileSearchCallSearchingEvent',
        'FileSearchCallCompletedEvent',
      ]),
    );
    expect(await named('@call web_search {"query":"x"}', { tools })).toEqual(
      expect.arrayContaining(['WebSearchCallInProgressEvent', 'WebSearchCallSearchingEvent']),
    );
    expect(await named('@reason Hm.\n@refuse No.')).toEqual(
      expect.arrayContaining([
        'ReasoningTextDeltaEvent',
        'ReasoningTextDoneEvent',
        'RefusalDeltaEvent',
        'RefusalDoneEvent',
      ]),
    );
    expect(await named('@say cut\n@finish length')).toContain('ResponseIncompleteEvent');
    expect(await named('@say cut\n@delay 50\n@drop')).toContain('ResponseFailedEvent');
    expect(await named('@say later', { background: true })).toContain('ResponseQueuedEvent');
  });

  it('resumes after any event without loss or repetition', async () => {
    const id = await start('@say one two three four five');
    const whole = await follow(id);
    for (const after of whole.keys()) expect(await follow(id, after)).toEqual(whole.slice(after + 1));
    expect(await follow(id, -1)).toEqual(whole);
    expect(await follow(id, 1_000_000)).toEqual([]);
  });

  it('can be followed while it runs, by many, from anywhere, and all see the same', async () => {
    const id = await start('@tokens-every 5\n@long 40');
    const followers = await Promise.all([follow(id), follow(id), follow(id, 3), follow(id, 6)]);
    const [whole = []] = followers;
    expect(whole.length).toBeGreaterThan(7);
    expect(followers).toEqual([whole, whole, whole.slice(4), whole.slice(7)]);
  });

  it('has the numbers and words of the REST stream', async () => {
    const id = await start('@say the same everywhere');
    const events = await follow(id);
    const { body } = await app.rest('GET', `/responses/${id}?stream=true`);
    const sent = (body as string)
      .split('\n')
      .filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)));
    expect(sent.map(({ type, sequence_number, delta }) => [type, sequence_number, delta])).toEqual(
      events.map(({ type, sequenceNumber, delta }) => [type, sequenceNumber, delta]),
    );
  });

  it('follows what is not stored, and replays what was not streamed', async () => {
    expect((await follow(await start('@say unstored', { store: false }))).at(-1)).toMatchObject({
      response: { outputText: 'unstored' },
    });
    const quiet = await start('@say quietly', { stream: false });
    const events = await follow(quiet);
    expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(events.map((_event, index) => index));
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { outputText: 'quietly' } });
  });

  it('ends without an invented event when the run is cancelled', async () => {
    const id = await start('@say begun\n@stall', { background: true });
    const following = follow(id);
    await until(() => app.app.container.followers() > 0, 'a follower');
    await http.data(`mutation Cancel($id: ID!) { cancelResponse(id: $id) { response { status } } }`, { id });
    const events = await following;
    expect(events.at(-1)?.type).not.toMatch(/completed|failed|incomplete|cancelled/);
  });

  it.each([
    ['an unknown response', `resp_${'0'.repeat(32)}`, undefined, 'not_found'],
    ['no id at all', 'nonsense', undefined, 'not_found'],
    ['a number before the beginning', `resp_${'0'.repeat(32)}`, -2, 'integer_below_min_value'],
  ])('refuses %s', async (_name, id, after, code) => {
    const [refused] = await collect(ws.iterate({ query: FOLLOW, variables: { id, after } }));
    expect(refused?.errors).toMatchObject([
      { path: ['responseEvents'], extensions: { code, retryable: false, requestId: expect.stringMatching(/^req_/) } },
    ]);
  });

  it('another project’s response is not found', async () => {
    const id = await start('@say secret');
    const foreign = connectWs(app.url, { authorization: `Bearer ${await app.createForeignKey()}` });
    const [refused] = await collect(foreign.iterate({ query: FOLLOW, variables: { id } }));
    expect(refused?.errors).toMatchObject([{ extensions: { code: 'not_found' } }]);
    await foreign.dispose();
  });
});

/** Reads until a run that stalls at once falls silent: its follower wakes for nothing but its end then. */
async function readUntilSilent(events: AsyncIterableIterator<unknown>): Promise<void> {
  for (;;) {
    const { value } = await events.next();
    if ((value as { data: { responseEvents: { type: string } } }).data.responseEvents.type === 'response.in_progress')
      return;
  }
}

describe('leaving', () => {
  it('unsubscribing leaves no follower behind, though the run goes on', async () => {
    const id = await start('@stall', { background: true });
    const events = ws.iterate({ query: FOLLOW_BRIEFLY, variables: { id } });
    await readUntilSilent(events);
    await until(() => app.app.container.followers() === 1, 'the follower to wait');
    await events.return?.();
    await until(() => app.app.container.followers() === 0, 'the follower to go');
    expect((await app.rest('GET', `/responses/${id}`)).body.status).toBe('in_progress');
    await app.rest('POST', `/responses/${id}/cancel`);
  });

  it('so does closing the socket', async () => {
    const id = await start('@stall', { background: true });
    const client = connectWs(app.url, { authorization: `Bearer ${app.key}` });
    const events = client.iterate({ query: FOLLOW_BRIEFLY, variables: { id } });
    await readUntilSilent(events);
    await until(() => app.app.container.followers() === 1, 'the follower to wait');
    client.terminate();
    await until(() => app.app.container.followers() === 0, 'the follower to go');
    await app.rest('POST', `/responses/${id}/cancel`);
    await expect(collect(events)).rejects.toBeDefined();
  });

  it('a foreground run that everyone has left is cancelled after the grace, a followed one is not', async () => {
    const brief = await startTestApp({ limits: { graceMs: 1500 } });
    const client = connectWs(brief.url, { authorization: `Bearer ${brief.key}` });
    const { data } = createHttpClient(brief);
    const input = { model: 'local-script', stream: true, input: { text: '@say begun\n@stall' } };
    const [left, kept] = await Promise.all(
      [1, 2].map(async () => (await data(START, { input })).createResponse.response.id as string),
    );
    const followed = client.iterate({ query: FOLLOW_BRIEFLY, variables: { id: kept } });
    await followed.next();
    // Leaves before the first event was asked for.
    const hasty = client.iterate({ query: FOLLOW_BRIEFLY, variables: { id: left } });
    hasty.next().catch(() => undefined);
    await hasty.return?.();
    const ask = (who: string) => ({
      query: START,
      variables: { input: { ...input, stream: false, metadata: { who } } },
    });
    const socket = connectWs(brief.url, { authorization: `Bearer ${brief.key}` });
    const overSocket = socket
      .iterate(ask('socket'))
      .next()
      .catch(() => undefined);
    const leave = new AbortController();
    const overHttp = fetch(`${brief.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${brief.key}` },
      body: JSON.stringify(ask('http')),
      signal: leave.signal,
    }).catch(() => undefined);
    const waiters = async (): Promise<{ status: string }[]> => {
      const { responses } = await data(`{ responses { nodes { status metadata } } }`);
      return responses.nodes.filter((node: { metadata: object }) => 'who' in node.metadata);
    };
    await until(async () => (await waiters()).length === 2, 'the mutations that wait to begin');
    socket.terminate();
    leave.abort();
    await Promise.all([overSocket, overHttp]);
    const status = async (id: string | undefined) => (await brief.rest('GET', `/responses/${id}`)).body.status;
    await until(async () => (await status(left)) === 'cancelled', 'the run nobody follows to end');
    await until(
      async () => (await waiters()).every((node) => node.status === 'CANCELLED'),
      'the runs nobody waits for to end',
    );
    expect(await status(kept)).toBe('in_progress');
    await followed.return?.();
    await until(async () => (await status(kept)) === 'cancelled', 'the run to end once it is left');
    await client.dispose();
    await brief.stop();
  });
});

describe('sockets', () => {
  const closeCode = async (
    connectionParams?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<number> => {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: connectionParams }));
    const code = await Promise.race([
      once(socket, 'close').then(([n]) => n as number),
      once(socket, 'message').then(() => 0),
    ]);
    socket.terminate();
    return code;
  };

  it('need a key: 4401 without one, 4403 with a wrong one', async () => {
    expect(await closeCode()).toBe(4401);
    expect(await closeCode({})).toBe(4401);
    expect(await closeCode({ authorization: 'Bearer sk-antiphon-wrong' })).toBe(4403);
    expect(await closeCode({ authorization: app.key })).toBe(4403);
    expect(await closeCode({ authorization: `Bearer ${app.key}` })).toBe(0);
    expect(await closeCode({ Authorization: `Bearer ${app.key}` })).toBe(0);
    expect(await closeCode(undefined, { authorization: `Bearer ${app.key}` })).toBe(0);
  });

  it('run queries and mutations too', async () => {
    const [viewer] = await collect(ws.iterate({ query: '{ viewer { project { name } } }' }));
    expect(viewer).toMatchObject({ data: { viewer: { project: { name: 'default' } } } });
    const input = { model: 'local-script', input: { text: '@say over the socket' } };
    const query = `mutation Ask($input: CreateResponseInput!) { createResponse(input: $input) { response { status outputText } } }`;
    const [answer] = await collect(ws.iterate({ query, variables: { input } }));
    expect(answer?.data.createResponse.response).toEqual({ status: 'COMPLETED', outputText: 'over the socket' });
  });

  it.each(hostileDocuments)('hostile: $name', async ({ text, limit }) => {
    const refused = collect(ws.iterate({ query: text }));
    await expect(refused).rejects.toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          extensions: expect.objectContaining({ limit, retryable: false, requestId: expect.stringMatching(/^req_/) }),
        }),
      ]),
    );
  });

  it('say what is wrong with a document, with its code', async () => {
    await expect(collect(ws.iterate({ query: '{ nothing }' }))).rejects.toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
    await expect(collect(ws.iterate({ query: '{' }))).rejects.toMatchObject([
      { extensions: { code: 'GRAPHQL_PARSE_FAILED' } },
    ]);
    const [refused] = await collect(ws.iterate({ query: FOLLOW, variables: { after: 'soon' } }));
    expect(refused?.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
  });

  it('refuse a message of more than a mebibyte, and the server goes on', async () => {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.on('error', () => undefined);
    await once(socket, 'open');
    socket.send('x'.repeat((1 << 20) + 1));
    const [code] = await once(socket, 'close');
    expect(code).toBe(1009);
    expect((await http.data('{ viewer { project { name } } }')).viewer.project.name).toBe('default');
  });

  it('refuse variables that are nested too deeply, and go on', async () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const query = 'mutation ($m: JSON) { createConversation(input: { metadata: $m }) { userErrors { code } } }';
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { authorization: `Bearer ${app.key}` },
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    const ask = async (levels: number) => {
      socket.send(
        `{"id":"${levels}","type":"subscribe","payload":{"query":${JSON.stringify(query)},"variables":{"m":${nested(levels)}}}}`,
      );
      const [data] = await once(socket, 'message');
      return JSON.parse(data.toString());
    };
    expect(await ask(1000)).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'invalid_json' } }] });
    expect(await ask(5)).toMatchObject({ type: 'next' });
    socket.send(
      `{"id":"x","type":"subscribe","payload":{"query":"{ __typename }","variables":{"m":${nested(200_000)}}}}`,
    );
    await once(socket, 'close');
    expect((await http.data('{ __typename }')).__typename).toBe('Query');
  });

  it('other paths have none', async () => {
    const { port } = new URL(app.url);
    const upgrade = request({ port, path: '/elsewhere', headers: { connection: 'Upgrade', upgrade: 'websocket' } });
    upgrade.end();
    const [answer] = await once(upgrade, 'response');
    expect(answer.statusCode).toBe(404);
  });

  it('are told with 1001 when the server stops', async () => {
    const other = await startTestApp();
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${other.key}` } }));
    await once(socket, 'message');
    const closed = once(socket, 'close');
    await other.stop();
    expect((await closed)[0]).toBe(1001);
  });
});
