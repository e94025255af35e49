import { on } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { covers, userScopes } from '../../src/domain/scope.js';
import { operations } from '../../src/services/access/operations.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Call, graphqlCalls, type Ids, type Outcome, restCalls } from './support/every-operation.js';

type Kind =
  | 'response'
  | 'conversation'
  | 'item'
  | 'file'
  | 'store'
  | 'batch'
  | 'prompt'
  | 'endpoint'
  | 'key'
  | 'budget'
  | 'price'
  | 'storagePrice'
  | 'project';

let server: TestApp;
/** Tokens of two users of one key, and a key of another project. */
let ann: string;
let bob: string;
let foreign: string;
let own: Record<Kind, string>;

const tokenFor = async (user: string): Promise<string> => {
  const { body } = await server.rest('POST', '/client_tokens', { user, scopes: userScopes });
  return body.value;
};

const upload = async (key: string, text: string): Promise<string> => {
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `mutation { createFile(input: { filename: "a.txt", purpose: USER_DATA, text: "${text}" }) { file { id } userErrors { message } } }`,
    }),
  });
  return ((await answer.json()) as { data: { createFile: { file: { id: string } } } }).data.createFile.file.id;
};

/** Prices of that time can be taken back still. */
const NEXT_CENTURY = 4_102_444_800;

const message = { type: 'message', role: 'user', content: 'hello' };

beforeAll(async () => {
  server = await startTestApp();
  [ann, bob, foreign] = [await tokenFor('ann'), await tokenFor('bob'), await server.createForeignKey()];
  const as = async (key: string, path: string, body: object) => (await server.rest('POST', path, body, key)).body;
  const conversation = await as(ann, '/conversations', { items: [message] });
  const response = await as(ann, '/responses', { model: 'local-script', input: 'x', conversation: conversation.id });
  const file = await upload(ann, 'The harbour master keeps the keys.');
  const store = await as(ann, '/vector_stores', { name: 'notes' });
  const batch = await as(ann, `/vector_stores/${store.id}/file_batches`, { file_ids: [file] });
  const prompt = await as(server.key, '/prompts', { name: 'p', instructions: 'x' });
  const { body: key } = await server.rest('GET', '/api_keys?limit=1');
  const viewer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ viewer { project { id } } }' }),
  });
  const { data } = (await viewer.json()) as { data: { viewer: { project: { id: string } } } };
  own = {
    response: response.id,
    conversation: conversation.id,
    item: conversation.items[0].id,
    file,
    store: store.id,
    batch: batch.id,
    prompt: prompt.id,
    endpoint: `whe_${'0'.repeat(32)}`,
    key: key.data[0].id,
    budget: (await as(server.key, '/budgets', { scope: 'project', period: 'day', limit: '1000' })).id,
    price: (await as(server.key, '/prices', { model: 'm', input: '1', output: '1', effective_at: NEXT_CENTURY })).id,
    storagePrice: (await as(server.key, '/storage_prices', { gb_day: '1', effective_at: NEXT_CENTURY })).id,
    project: data.viewer.project.id,
  };
  const endpoint = await as(server.key, '/webhook_endpoints', {
    name: 'w',
    url: 'https://example.com/hook',
    event_types: ['response.completed'],
  });
  own.endpoint = endpoint.id ?? own.endpoint;
});
afterAll(() => server.stop());

/** What kind of object is named in a place of a call; null for what is no object of these. */
function kindOf(name: string, parent: string): Kind | null {
  const byName: Record<string, Kind> = {
    itemId: 'item',
    fileId: 'file',
    fileIds: 'file',
    batchId: 'batch',
    vectorStoreId: 'store',
    vectorStoreIds: 'store',
    conversationId: 'conversation',
    endpointId: 'endpoint',
  };
  if (byName[name] !== undefined) return byName[name];
  if (name !== 'id' && name !== 'ids') return null;
  if (/batch/i.test(parent) && !parent.startsWith('/')) return 'batch';
  const kinds: [RegExp, Kind][] = [
    [/vector_?store/i, 'store'],
    [/conversation/i, 'conversation'],
    [/response/i, 'response'],
    [/prompt/i, 'prompt'],
    [/file/i, 'file'],
    [/webhook/i, 'endpoint'],
    [/api_?key/i, 'key'],
    [/project/i, 'project'],
    [/budget/i, 'budget'],
    [/storage_?price/i, 'storagePrice'],
    [/price/i, 'price'],
  ];
  return kinds.find(([pattern]) => pattern.test(parent))?.[1] ?? null;
}

const unknown = (id: string): string => id.replace(/[0-9a-f]{8}$/, 'ffffffff');

const bodies = (file: string): Record<string, object> => ({
  updateConversation: { metadata: {} },
  addConversationItems: { items: [message] },
  updatePrompt: { instructions: 'mine now' },
  addVectorStoreFile: { file_id: file },
  addVectorStoreFiles: { file_ids: [file] },
  updateVectorStoreFile: { attributes: {} },
  updateVectorStore: { name: 'mine now' },
  searchVectorStores: { query: 'keys' },
  testWebhookEndpoint: { event_type: 'response.completed' },
  updateApiKey: { name: 'mine now' },
  updateProject: { name: 'mine now' },
});

/** The calls that name an object, with the ids of one owner's objects, as they are or made up. */
function calls(change: (id: string) => string): Call[] {
  const named = new Set<string>();
  let current = '';
  const ids: Ids = (name, parent) => {
    const kind = kindOf(name, parent);
    if (kind === null) return 'x';
    named.add(current);
    return change(own[kind]);
  };
  const all = [...restCalls(ids, bodies(change(own.file))), ...graphqlCalls(ids)];
  return all.map((call) => ({
    ...call,
    run: (at, key) => {
      current = call.title;
      return call.run(at, key);
    },
  }));
}

const withoutIds = ({ message: text, ...outcome }: Outcome) => ({
  ...outcome,
  message: text?.replaceAll(/\b[a-z]+_[0-9a-f]{32}\b/g, '<id>') ?? null,
});

const takesId = ({ title, operation }: Call): boolean =>
  title.startsWith('query') || title.startsWith('mutation') || title.startsWith('subscription')
    ? kindOf('id', operation) !== null && !/^(create|\w+s$)/.test(title.split(' ')[1] as string)
    : title.includes(':');

const mayCall = (call: Call, scopes: readonly string[]): boolean => {
  const scope = operations[call.operation as keyof typeof operations];
  return scope === null || covers(scopes, scope);
};

describe('what belongs to someone else is not there', () => {
  it.each([
    ['another user of the same key', () => bob, userScopes],
    ['another project', () => foreign, ['admin', 'read', 'write']],
  ] as const)('for %s: every operation says the same of it as of what does not exist', async (_who, keyOf, scopes) => {
    const key = keyOf();
    const theirs = calls((id) => id);
    const nobodys = calls(unknown);
    const wrong: unknown[] = [];
    let compared = 0;
    for (const [index, call] of theirs.entries()) {
      if (!mayCall(call, scopes) || !takesId(call)) continue;
      const [seen, made] = [await call.run(server, key), await (nobodys[index] as Call).run(server, key)];
      if (JSON.stringify(withoutIds(seen)) !== JSON.stringify(withoutIds(made))) wrong.push([call.title, seen, made]);
      compared += 1;
      const isNotFound = seen.status === 404 || seen.isNothing || (seen.status === 400 && seen.code === 'not_found');
      if (!isNotFound) wrong.push([call.title, seen]);
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(scopes === userScopes ? 40 : 60);
  });

  it('while its owner, and the project’s own key, read all of it', async () => {
    for (const key of [ann, server.key]) {
      const wrong: unknown[] = [];
      for (const call of calls((id) => id)) {
        if (call.isWrite || !takesId(call) || !mayCall(call, key === ann ? userScopes : ['admin', 'read'])) continue;
        // Deliveries and price lists have objects of their own; a token knows neither models by id nor items outside.
        const seen = await call.run(server, key);
        if (seen.status >= 300 || seen.isNothing) wrong.push([call.title, seen]);
      }
      expect(wrong).toEqual([]);
    }
  });

  it('node and nodes find nothing of it', async () => {
    for (const id of [own.response, own.conversation, own.file, own.store]) {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bob}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: `{ node(id: "${id}") { id } nodes(ids: ["${id}"]) { id } }` }),
      });
      expect(((await answer.json()) as { data: unknown }).data).toEqual({ node: null, nodes: [null] });
    }
  });

  it('lists of a user hold the user’s own', async () => {
    const cleo = await tokenFor('cleo');
    for (const path of ['/conversations', '/files', '/vector_stores']) {
      expect([path, (await server.rest('GET', path, undefined, cleo)).body.data]).toEqual([path, []]);
      expect((await server.rest('GET', path, undefined, ann)).body.data).toHaveLength(1);
      const seen = (await server.rest('GET', path)).body.data.map(({ id }: { id: string }) => id);
      expect([own.conversation, own.file, own.store].filter((id) => seen.includes(id))).toHaveLength(1);
    }
    const query = '{ responses { nodes { id conversation { id responses { nodes { id } } } } } }';
    const list = async (key: string) => {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
      return ((await answer.json()) as any).data.responses.nodes;
    };
    expect(await list(cleo)).toEqual([]);
    expect(await list(ann)).toEqual([
      { id: own.response, conversation: { id: own.conversation, responses: { nodes: [{ id: own.response }] } } },
    ]);
  });

  it.each([
    ['a response to continue', () => ({ previous_response_id: own.response })],
    ['a conversation', () => ({ conversation: own.conversation })],
    ['an item', () => ({ input: [{ type: 'item_reference', id: own.item }] })],
    ['a file', () => ({ input: [{ ...message, content: [{ type: 'input_file', file_id: own.file }] }] })],
    ['a store', () => ({ tools: [{ type: 'file_search', vector_store_ids: [own.store] }], input: 'call:file_search' })],
  ] as const)('a response cannot name %s of another user', async (_what, more) => {
    const body = JSON.stringify({ model: 'local-script', input: 'x', ...more() });
    const ask = async (text: string, key: string) => {
      const { status, body: answer } = await server.rest('POST', '/responses', JSON.parse(text), key);
      return { status, end: answer.status, ...(answer.error ?? {}) };
    };
    const made = body.replaceAll(/[0-9a-f]{8}"/g, 'ffffffff"');
    for (const key of [bob, foreign]) {
      const [seen, nobodys] = [await ask(body, key), await ask(made, key)];
      expect(JSON.stringify(seen).replaceAll(/[0-9a-f]{32}/g, '')).toBe(
        JSON.stringify(nobodys).replaceAll(/[0-9a-f]{32}/g, ''),
      );
    }
  });

  it('a socket cannot continue the response of another user, and its own rows are its user’s', async () => {
    const ask = async (key: string, body: object) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/responses`, {
        headers: { authorization: `Bearer ${key}` },
      });
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'response.create', model: 'local-script', input: 'x', ...body })),
      );
      for await (const [data] of on(socket, 'message')) {
        const event = JSON.parse(String(data));
        if (event.type !== 'error' && event.type !== 'response.completed') continue;
        socket.close();
        return event;
      }
    };
    const refused = await ask(bob, { previous_response_id: own.response });
    expect(refused).toMatchObject({ type: 'error', status: 400, error: { code: 'previous_response_not_found' } });
    const { response } = await ask(bob, {});
    expect((await server.rest('GET', `/responses/${response.id}`, undefined, bob)).status).toBe(200);
    expect((await server.rest('GET', `/responses/${response.id}`, undefined, ann)).status).toBe(404);
    const reader = await server.createKey({ scopes: ['responses:read'] });
    expect(await ask(reader, {})).toMatchObject({ type: 'error', status: 403, error: { code: 'permission_denied' } });
  });

  it('a user’s store cannot take in another user’s file', async () => {
    const { body: store } = await server.rest('POST', '/vector_stores', {}, bob);
    const into = await server.rest('POST', `/vector_stores/${store.id}/files`, { file_id: own.file }, bob);
    expect([into.status, into.body.error.message]).toEqual([404, `File '${own.file}' was not found.`]);
    expect((await server.rest('POST', '/vector_stores', { file_ids: [own.file] }, bob)).status).toBe(404);
    await server.rest('DELETE', `/vector_stores/${store.id}`, undefined, bob);
  });

  it('one user’s Idempotency-Key is another’s own', async () => {
    const ask = async (key: string) => {
      const answer = await fetch(`${server.url}/api/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'same' },
        body: JSON.stringify({ model: 'local-script', input: 'x' }),
      });
      return ((await answer.json()) as { id: string }).id;
    };
    const first = await ask(ann);
    expect(await ask(ann)).toBe(first);
    expect(new Set([first, await ask(bob), await ask(server.key)]).size).toBe(3);
  });

  it.each([true, false])('streams of a user are the user’s alone (store: %s)', async (store) => {
    const answer = await fetch(`${server.url}/api/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ann}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'local-script', input: 'x', stream: true, store }),
    });
    const text = await answer.text();
    expect(text).toContain('response.completed');
    const id = /"id":"(resp_\w+)"/.exec(text)?.[1] as string;
    const follow = (key: string) => server.rest('GET', `/responses/${id}?stream=true`, undefined, key);
    expect((await follow(bob)).body.error.message).toBe(`'${id}' was not found.`);
    expect((await follow(ann)).body).toContain('response.completed');
  });
});
