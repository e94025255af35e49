import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Client, createClient } from 'graphql-sse';
import { startTestApp, type TestApp } from '../support/app.js';
import { hostileDocuments } from './limits/hostile-documents.js';
import { collect, createHttpClient, until } from './support/client.js';
import { FOLLOW, FOLLOW_BRIEFLY } from './support/events.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;
let sse: Client;

beforeAll(async () => {
  app = await startTestApp();
  http = createHttpClient(app);
  sse = createClient({ url: `${app.url}/graphql`, headers: { authorization: `Bearer ${app.key}` }, retryAttempts: 0 });
});
afterAll(async () => {
  sse.dispose();
  await app.stop();
});

const start = async (text: string, more: object = {}): Promise<string> => {
  const input = { model: 'local-script', input: { text }, stream: true, ...more };
  const query = `mutation Start($input: CreateResponseInput!) { createResponse(input: $input) { response { id } } }`;
  return (await http.data(query, { input })).createResponse.response.id;
};

const open = (body: object, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${app.key}`,
      ...headers,
    },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });

describe('GraphQL over event streams', () => {
  it('follows a run in order and resumes it anywhere', async () => {
    const id = await start('@tokens-every 5\n@long 30');
    const follow = async (after?: number) =>
      (await collect(sse.iterate({ query: FOLLOW, variables: { id, after } }))).map(({ data }) => data.responseEvents);
    const whole = await follow();
    expect(whole.map(({ sequenceNumber }) => sequenceNumber)).toEqual(whole.map((_event, index) => index));
    expect(whole.at(-1)).toMatchObject({ type: 'response.completed', response: { status: 'COMPLETED' } });
    expect(await follow(7)).toEqual(whole.slice(8));
  });

  it('runs queries and mutations too', async () => {
    const [viewer] = await collect(sse.iterate({ query: '{ viewer { project { name } } }' }));
    expect(viewer).toMatchObject({ data: { viewer: { project: { name: 'default' } } } });
    const id = await start('@say x');
    const [deleted] = await collect(
      sse.iterate({ query: 'mutation D($id: ID!) { deleteResponse(id: $id) { deletedId } }', variables: { id } }),
    );
    expect(deleted?.data.deleteResponse.deletedId).toBe(id);
  });

  it('carries the request id and is not to be cached', async () => {
    const answer = await open({ query: '{ viewer { project { name } } }' });
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    expect(await answer.text()).toBe(
      ':\n\nevent: next\ndata: {"data":{"viewer":{"project":{"name":"default"}}},"extensions":{"cost":{"requested":3,"limit":10000}}}\n\n' +
        'event: complete\ndata:\n\n',
    );
  });

  it('a reader that goes away leaves no follower behind', async () => {
    const id = await start('@stall', { background: true });
    const leave = new AbortController();
    const answer = await open({ query: FOLLOW_BRIEFLY, variables: { id } }, {}, leave.signal);
    // A run that stalls at once is silent from here on: its follower wakes for nothing but the end.
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let said = ''; !said.includes('response.in_progress'); ) said += (await reader.read()).value ?? '';
    await until(() => app.app.container.followers() === 1, 'the follower to wait');
    leave.abort();
    await until(() => app.app.container.followers() === 0, 'the follower to go');
    await app.rest('POST', `/responses/${id}/cancel`);
  });

  it('needs a key', async () => {
    const answer = await open({ query: '{ models { id } }' }, { authorization: 'Bearer sk-antiphon-wrong' });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'invalid_api_key' } }] });
  });

  it('refuses unknown responses as a result', async () => {
    const [refused] = await collect(sse.iterate({ query: FOLLOW, variables: { id: `resp_${'0'.repeat(32)}` } }));
    expect(refused?.errors).toMatchObject([
      { extensions: { code: 'not_found', requestId: expect.stringMatching(/^req_/) } },
    ]);
  });

  it.each(hostileDocuments)('hostile: $name', async ({ text, limit }) => {
    const answer = await open({ query: text });
    expect(await answer.text()).toContain(`"limit":"${limit}"`);
  });

  it.each([
    ['no document', {}],
    ['variables that are no map', { query: '{ models { id } }', variables: [1] }],
    ['an operation name that is no name', { query: '{ models { id } }', operationName: 7 }],
  ])('refuses %s with 400', async (_name, body) => {
    const answer = await open(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { retryable: false } }] });
  });

  it('says so when the document has no such operation', async () => {
    const [refused] = await collect(sse.iterate({ query: 'query A { models { id } }', operationName: 'B' }));
    expect(refused?.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('takes queries by GET, and no mutations', async () => {
    const get = (query: string) =>
      fetch(`${app.url}/graphql?query=${encodeURIComponent(query)}`, {
        headers: { accept: 'text/event-stream', authorization: `Bearer ${app.key}` },
      });
    expect(await (await get('{ viewer { project { name } } }')).text()).toContain('"name":"default"');
    expect((await get('mutation { createConversation(input: {}) { userErrors { code } } }')).status).toBe(405);
  });

  it('clients that also take JSON get JSON', async () => {
    const answer = await open(
      { query: '{ viewer { project { name } } }' },
      { accept: 'application/json, text/event-stream' },
    );
    expect(await answer.json()).toMatchObject({ data: { viewer: { project: { name: 'default' } } } });
  });
});
