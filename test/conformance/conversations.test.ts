import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

type Input = OpenAI.Responses.ResponseInputItem[];

let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
/** What the next requests get instead of the usual answer. */
const queued: Behaviour[] = [];
beforeAll(async () => {
  upstream = await startUpstream({ handler: () => queued.shift() ?? { text: 'noted' } });
  server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});
beforeEach(() => {
  queued.length = 0;
});

const says = (content: string) => ({ type: 'message' as const, role: 'user' as const, content });
const textOf = (item: OpenAI.Conversations.ConversationItem): string =>
  item.type === 'message' ? (item.content[0] as { text: string }).text : item.type;
const read = async (id: string, query: OpenAI.Conversations.ItemListParams = { order: 'asc' }) => {
  const texts: string[] = [];
  for await (const item of client.conversations.items.list(id, query)) texts.push(textOf(item));
  return texts;
};
/** A conversation that holds these texts. */
const holding = async (texts: readonly string[]): Promise<string> => {
  const { id } = await client.conversations.create();
  for (let from = 0; from < texts.length; from += 20)
    await client.conversations.items.create(id, { items: texts.slice(from, from + 20).map(says) });
  return id;
};
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `item ${n}`);
/** What the model was sent last. */
const lastContext = () => (upstream.requests.at(-1)?.body?.messages ?? []).map(({ content }) => content);
const errorOf = async (method: string, path: string, body?: unknown) => {
  const answer = await server.rest(method, path, body);
  return { status: answer.status, ...answer.body.error };
};

describe('the list of items', () => {
  const texts = numbered(45);
  let id: string;
  beforeAll(async () => {
    id = await holding(texts);
  });

  it.each([1, 7, 20, 44, 45, 100])(
    'is read by the SDK’s pager %d at a time, both ways, without loss or repetition',
    async (limit) => {
      expect(await read(id, { limit, order: 'asc' })).toEqual(texts);
      expect(await read(id, { limit, order: 'desc' })).toEqual(texts.toReversed());
    },
  );

  it('is newest first and twenty long by default', async () => {
    const page = await client.conversations.items.list(id);
    expect(page.data.map(textOf)).toEqual(texts.toReversed().slice(0, 20));
    expect(page).toMatchObject({ has_more: true, last_id: page.data[19]?.id });
  });

  it('goes on from a cursor while items are appended, and from one whose item was taken out', async () => {
    const own = await holding(numbered(6));
    const first = await client.conversations.items.list(own, { order: 'asc', limit: 3 });
    await client.conversations.items.create(own, { items: [says('late')] });
    await client.conversations.items.delete(first.last_id, { conversation_id: own });
    expect(await read(own, { order: 'asc', after: first.last_id })).toEqual(['item 3', 'item 4', 'item 5', 'late']);
  });

  it.each<[string, string, object]>([
    ['no limit', 'limit=0', { code: 'integer_below_min_value', param: 'limit' }],
    ['too high a limit', 'limit=101', { code: 'integer_above_max_value', param: 'limit' }],
    ['another order', 'order=sideways', { code: 'invalid_value', param: 'order' }],
    ['a cursor that is no id', 'after=x', { param: 'after' }],
    ['a cursor of another list', `after=msg_${'0'.repeat(32)}`, { param: 'after' }],
    ['something unknown to include', 'include[]=secrets', { code: 'invalid_value' }],
  ])('refuses %s', async (_what, query, error) => {
    expect(await errorOf('GET', `/conversations/${id}/items?${query}`)).toMatchObject({ status: 400, ...error });
  });
});

describe('items', () => {
  it('are answered in the order given, with ids of ours; call ids stay', async () => {
    const { id } = await client.conversations.create();
    const sent = [
      { ...says('a'), id: 'msg_mine' },
      { type: 'function_call', id: 'fc_mine', call_id: 'call_1', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'done' },
      { type: 'something_new', deep: { kept: true } },
    ] as unknown as Input;
    const created = await client.conversations.items.create(id, { items: sent });
    expect(created.data).toMatchObject([
      { type: 'message', status: 'completed', content: [{ type: 'input_text', text: 'a' }] },
      { type: 'function_call', call_id: 'call_1', status: 'completed' },
      { type: 'function_call_output', call_id: 'call_1' },
      { type: 'something_new', deep: { kept: true } },
    ]);
    expect(created.data.map((item) => item.id)).not.toContain('msg_mine');
    expect(created).toMatchObject({ first_id: created.data[0]?.id, last_id: created.data[3]?.id, has_more: false });
    for (const item of created.data)
      expect(await client.conversations.items.retrieve(item.id as string, { conversation_id: id })).toMatchObject(item);
  });

  it('come at most twenty at a time, at the beginning and later', async () => {
    const many = numbered(21).map(says);
    expect(await errorOf('POST', '/conversations', { items: many })).toMatchObject({
      status: 400,
      code: 'array_above_max_length',
      param: 'items',
    });
    const { id } = await client.conversations.create({ items: many.slice(0, 20) });
    expect(await errorOf('POST', `/conversations/${id}/items`, { items: many })).toMatchObject({
      status: 400,
      code: 'array_above_max_length',
    });
    expect(await errorOf('POST', `/conversations/${id}/items`, { items: [] })).toMatchObject({ code: 'empty_array' });
    expect(await errorOf('POST', `/conversations/${id}/items`, {})).toMatchObject({
      code: 'missing_required_parameter',
    });
    expect(await read(id)).toHaveLength(20);
  });

  it('keep their pictures to themselves unless asked, and are complete all the same', async () => {
    const image_url = 'data:image/png;base64,AAAA';
    const picture = { type: 'message', role: 'user', content: [{ type: 'input_image', image_url, detail: 'auto' }] };
    const { id } = await client.conversations.create();
    const include = ['message.input_image.image_url'] as OpenAI.Responses.ResponseIncludable[];
    const shown = await client.conversations.items.create(id, { items: [picture] as Input, include });
    expect(JSON.stringify(shown.data)).toContain(image_url);
    const [item] = (await client.conversations.items.list(id)).data;
    expect(JSON.stringify(item)).not.toContain(image_url);
    const itemId = item?.id as string;
    expect(JSON.stringify((await client.conversations.items.list(id, { include })).data)).toContain(image_url);
    const retrieved = await client.conversations.items.retrieve(itemId, { conversation_id: id, include });
    expect(JSON.stringify(retrieved)).toContain(image_url);
    await client.responses.create({ model: 'any', input: 'What is it?', conversation: id });
    expect(JSON.stringify(lastContext())).toContain(image_url);
  });

  it('are read one by one in GraphQL too', async () => {
    const graphql = createHttpClient(server);
    const id = await holding(['here']);
    const other = await holding(['there']);
    const [item] = (await client.conversations.items.list(id)).data;
    const query = `query ($id: ID!, $item: ID!) {
      conversationItem(conversationId: $id, itemId: $item) { id ... on Message { text } }
    }`;
    expect(await graphql.data(query, { id, item: item?.id })).toEqual({
      conversationItem: { id: item?.id, text: 'here' },
    });
    for (const variables of [
      { id: other, item: item?.id },
      { id, item: 'msg_0' },
    ])
      expect(await graphql.run(query, variables)).toMatchObject({
        data: { conversationItem: null },
        errors: [{ extensions: { status: 404 } }],
      });
  });
});

describe('metadata', () => {
  it('is replaced as a whole, emptied by null, and has to be named', async () => {
    const { id } = await client.conversations.create({ metadata: { a: '1', b: '2' } });
    expect((await client.conversations.update(id, { metadata: { c: '3' } })).metadata).toEqual({ c: '3' });
    expect((await client.conversations.retrieve(id)).metadata).toEqual({ c: '3' });
    expect((await client.conversations.update(id, { metadata: null })).metadata).toEqual({});
    expect(await errorOf('POST', `/conversations/${id}`, {})).toMatchObject({
      status: 400,
      code: 'missing_required_parameter',
      param: 'metadata',
    });
  });
});

describe('a run', () => {
  it.each([
    ['its id', (id: string) => id],
    ['an object', (id: string) => ({ id })],
  ])('names its conversation by %s, and shows it as an object', async (_what, name) => {
    const id = await holding(['before']);
    const response = await client.responses.create({ model: 'any', input: 'now', conversation: name(id) });
    expect(response.conversation).toEqual({ id });
    expect(lastContext()).toEqual(['before', 'now']);
    expect(await read(id)).toEqual(['before', 'now', 'noted']);
  });

  /** A run that is waiting for its model. */
  const begin = async (id: string) => {
    queued.push({ text: 'slow', delayMs: 400 });
    const before = upstream.requests.length;
    const running = client.responses.create({ model: 'any', input: 'now', conversation: id });
    await upstream.waitForRequest(before + 1);
    return { running };
  };

  it('has seen an item that is taken out meanwhile; the next one does not', async () => {
    const id = await holding(['doomed', 'stays']);
    const [stays, doomed] = (await client.conversations.items.list(id)).data;
    const { running } = await begin(id);
    await client.conversations.items.delete(doomed?.id as string, { conversation_id: id });
    await running;
    expect(lastContext()).toEqual(['doomed', 'stays', 'now']);
    expect(await read(id)).toEqual(['stays', 'now', 'slow']);
    await client.responses.create({ model: 'any', input: 'next', conversation: id });
    expect(lastContext()).toEqual(['stays', 'now', 'slow', 'next']);
    expect(stays?.id).toBeDefined();
  });

  it('ends well when its conversation is deleted meanwhile, and can be read and continued', async () => {
    const id = await holding(['before']);
    const { running } = await begin(id);
    await client.conversations.delete(id);
    const response = await running;
    expect(response).toMatchObject({ status: 'completed', output_text: 'slow' });
    expect((await client.responses.retrieve(response.id)).output_text).toBe('slow');
    expect((await client.responses.inputItems.list(response.id)).data).toHaveLength(1);
    expect(await errorOf('GET', `/conversations/${id}`)).toMatchObject({ status: 404 });
    await client.responses.create({ model: 'any', input: 'and?', previous_response_id: response.id });
    expect(lastContext()).toEqual(['now', 'slow', 'and?']);
  });

  it('lets exactly one of many in at a time; the others are told that it is locked', async () => {
    const { id } = await client.conversations.create();
    queued.push({ text: 'slow', delayMs: 400 });
    const answers = await Promise.all(
      numbered(8).map((input) => server.rest('POST', '/responses', { model: 'any', input, conversation: id })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(400)]);
    for (const { status, body } of answers)
      if (status === 400) expect(body.error).toMatchObject({ code: 'conversation_locked', param: 'conversation' });
    expect(await read(id)).toHaveLength(2);
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    [
      'failed',
      async (id) => {
        queued.push({ status: 400, body: { error: { message: 'No.' } } });
        await client.responses.create({ model: 'any', input: 'x', conversation: id }).catch(() => undefined);
      },
    ],
    [
      'was cancelled',
      async (id) => {
        queued.push({ hang: 'headers' });
        const before = upstream.requests.length;
        const run = await client.responses.create({ model: 'any', input: 'x', conversation: id, background: true });
        await upstream.waitForRequest(before + 1);
        await client.responses.cancel(run.id);
      },
    ],
    [
      'was deleted',
      async (id) => {
        queued.push({ hang: 'headers' });
        const before = upstream.requests.length;
        const run = await client.responses.create({ model: 'any', input: 'x', conversation: id, background: true });
        await upstream.waitForRequest(before + 1);
        await client.responses.delete(run.id);
      },
    ],
  ])('that %s leaves the conversation as it was, and free', async (_what, run) => {
    const id = await holding(['before']);
    await run(id);
    expect(await read(id)).toEqual(['before']);
    await client.responses.create({ model: 'any', input: 'after', conversation: id });
    expect(await read(id)).toEqual(['before', 'after', 'noted']);
  });

  it('stays in one piece while fifty append, ten delete and readers page: nothing is lost, doubled or out of order', async () => {
    const old = numbered(20);
    const id = await holding(old);
    const doomed = (await client.conversations.items.list(id, { order: 'asc', limit: 10 })).data.map(
      (item) => item.id as string,
    );
    const { running } = await begin(id);
    const reading = (async () => {
      for (let round = 0; round < 5; round += 1) {
        const seen = await read(id, { order: 'asc', limit: 9 });
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((text) => old.includes(text))).toEqual(old.filter((text) => seen.includes(text)));
      }
    })();
    const writers = numbered(50).map((_, n) =>
      client.conversations.items.create(id, { items: [says(`${n}a`), says(`${n}b`), says(`${n}c`)] }),
    );
    const deleters = doomed.map((item) => client.conversations.items.delete(item, { conversation_id: id }));
    await Promise.all([running, reading, ...writers, ...deleters]);

    const texts = await read(id, { order: 'asc', limit: 100 });
    expect(texts).toHaveLength(10 + 150 + 2);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.slice(0, 10)).toEqual(old.slice(10));
    expect(texts[texts.indexOf('now') + 1]).toBe('slow');
    for (let n = 0; n < 50; n += 1) {
      const at = texts.indexOf(`${n}a`);
      expect(texts.slice(at, at + 3)).toEqual([`${n}a`, `${n}b`, `${n}c`]);
    }
    // Everything that happened has a number of its own, without gaps.
    const rows = await server.sql<{ n: string }>(
      `select sequence as n from items where replace(thread_id::text, '-', '') = $1
       union all select removed_sequence from items where replace(thread_id::text, '-', '') = $1 and removed_sequence is not null
       order by n`,
      [id.slice('conv_'.length)],
    );
    expect(rows.map(({ n }) => Number(n))).toEqual(Array.from({ length: 20 + 10 + 150 + 2 }, (_, n) => n + 1));
  });
});

it('is unknown to everybody outside its project, whatever is asked', async () => {
  const id = await holding(['secret']);
  const [item] = (await client.conversations.items.list(id)).data;
  const foreign = await server.createForeignKey();
  const unknown = `conv_${'0'.repeat(32)}`;
  const asked: [string, (conversation: string) => string, unknown?][] = [
    ['GET', (c) => `/conversations/${c}`],
    ['POST', (c) => `/conversations/${c}`, { metadata: {} }],
    ['DELETE', (c) => `/conversations/${c}`],
    ['GET', (c) => `/conversations/${c}/items`],
    ['POST', (c) => `/conversations/${c}/items`, { items: [says('x')] }],
    ['GET', (c) => `/conversations/${c}/items/${item?.id}`],
    ['DELETE', (c) => `/conversations/${c}/items/${item?.id}`],
  ];
  for (const [method, path, body] of asked) {
    const theirs = await server.rest(method, path(id), body, foreign);
    const nobodys = await server.rest(method, path(unknown), body, foreign);
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    expect(theirs.body.error.message.replace(id, unknown)).toBe(nobodys.body.error.message);
  }
  const run = await server.rest('POST', '/responses', { model: 'any', input: 'x', conversation: id }, foreign);
  expect([run.status, run.body.error.param]).toEqual([404, 'conversation']);
  expect(await read(id)).toEqual(['secret']);
});
