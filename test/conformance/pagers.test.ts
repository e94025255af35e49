import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { ConversationCursorPage, CursorPage } from 'openai/pagination';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/** Every list, walked by the SDK's own pagers in both directions with pages of every size: nothing is missed or shown twice. */
let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
const ids: Record<'response' | 'conversation' | 'store' | 'batch' | 'prompt', string> = {
  response: '',
  conversation: '',
  store: '',
  batch: '',
  prompt: '',
};
const COUNT = 5;
const messages = Array.from({ length: COUNT }, (_, n) => ({
  type: 'message' as const,
  role: 'user' as const,
  content: `message ${n}`,
}));

beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
  ids.response = (await client.responses.create({ model: 'test-model', input: messages })).id;
  ids.conversation = (await client.conversations.create({ items: messages })).id;
  for (let n = 1; n < COUNT; n += 1) {
    await client.conversations.create();
    await client.vectorStores.create({ name: `store ${n}` });
    await client.post('/prompts', { body: { name: `prompt-${n}` } });
    await client.post('/webhook_endpoints', { body: endpoint(n) });
  }
  ids.store = (await client.vectorStores.create({ name: 'store 0' })).id;
  ids.prompt = (await client.post<{ id: string }>('/prompts', { body: { name: 'prompt-0' } })).id;
  for (let n = 1; n < COUNT; n += 1)
    await client.put(`/prompts/${ids.prompt}`, { body: { instructions: `Version ${n}` } });
  await client.post('/webhook_endpoints', { body: endpoint(0) });
  const files = Array.from({ length: COUNT }, (_, n) => toFile(Buffer.from(`text ${n}`), `${n}.txt`));
  const batch = await client.vectorStores.fileBatches.uploadAndPoll(ids.store, { files: await Promise.all(files) });
  ids.batch = batch.id;
}, 180_000);
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

const endpoint = (n: number) => ({
  name: `endpoint ${n}`,
  url: `https://example.com/${n}`,
  event_types: ['response.completed'],
});

interface Query {
  limit?: number;
  order?: 'asc' | 'desc';
  after?: string;
}
interface Entry {
  id: string;
  version?: number;
}
/** Lists of the server's own, walked as the SDK walks its own. */
const listOf = (path: string, query: Query) => client.getAPIList(path, CursorPage<Entry>, { query });

/** The SDK's own types differ per list; here only ids matter. */
type List = (query: Query) => AsyncIterable<unknown> & { asResponse(): Promise<Response> };
const LISTS: [string, List, key?: 'version'][] = [
  ['input items', (query) => client.responses.inputItems.list(ids.response, query)],
  ['conversation items', (query) => client.conversations.items.list(ids.conversation, query)],
  ['files', (query) => client.files.list(query)],
  ['vector stores', (query) => client.vectorStores.list(query)],
  ['files of a store', (query) => client.vectorStores.files.list(ids.store, query)],
  [
    'files of a batch',
    (query) => client.vectorStores.fileBatches.listFiles(ids.batch, { vector_store_id: ids.store, ...query }),
  ],
  ['conversations', (query) => listOf('/conversations', query)],
  ['prompts', (query) => listOf('/prompts', query)],
  [
    'versions of a prompt',
    // They share an id, so the list names its cursors, as the one of conversation items does.
    (query) => client.getAPIList(`/prompts/${ids.prompt}/versions`, ConversationCursorPage<Entry>, { query }),
    'version',
  ],
  ['webhook endpoints', (query) => listOf('/webhook_endpoints', query)],
];

async function walk(list: List, query: Query, key: keyof Entry = 'id'): Promise<string[]> {
  const walked: string[] = [];
  for await (const entry of list(query)) {
    walked.push(String((entry as Entry)[key]));
    if (walked.length > 10 * COUNT) throw new Error('The pages never end.');
  }
  return walked;
}

describe.each(LISTS)('%s', (_name, list, key) => {
  it('are the same whatever the size of a page, in both directions', async () => {
    const all = await walk(list, { order: 'asc' }, key);
    expect(all).toHaveLength(COUNT);
    expect(new Set(all).size).toBe(COUNT);
    for (let limit = 1; limit <= COUNT + 1; limit += 1) {
      expect(await walk(list, { limit, order: 'asc' }, key)).toEqual(all);
      expect(await walk(list, { limit, order: 'desc' }, key)).toEqual([...all].reverse());
    }
    expect(await walk(list, {}, key)).toEqual([...all].reverse());
  });

  it('go on after any entry, and end after the last', async () => {
    const all = await walk(list, { order: 'asc' }, key);
    for (const [index, after] of all.entries())
      expect(await walk(list, { after, limit: 2, order: 'asc' }, key)).toEqual(all.slice(index + 1));
  });

  it('are list objects that name their ends', async () => {
    const all = await walk(list, { order: 'asc' }, key);
    const page = await (await list({ limit: 2, order: 'asc' }).asResponse()).json();
    expect(page).toMatchObject({ object: 'list', first_id: all[0], last_id: all[1], has_more: true });
    const end = await (await list({ after: all.at(-1) as string, order: 'asc' }).asResponse()).json();
    expect(end).toMatchObject({ object: 'list', data: [], first_id: null, last_id: null, has_more: false });
  });

  it.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 10_001 }, 'limit'],
    [{ after: 'nobody' }, 'after'],
    [{ order: 'up' }, 'order'],
  ])('refuse %j', async (query, param) => {
    const refused = walk(list, query as Query);
    await expect(refused).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(refused).rejects.toMatchObject({ param });
  });
});
