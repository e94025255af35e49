import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { createHttpClient, until } from './support/client.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;

beforeAll(async () => {
  app = await startTestApp();
  http = createHttpClient(app);
});
afterAll(() => app.stop());

const CREATE = `
  mutation Create($input: CreateResponseInput!) {
    createResponse(input: $input) {
      response {
        id status model createdAt completedAt outputText instructions incompleteReason promptVersion metadata background store
        usage { inputTokens cachedInputTokens outputTokens reasoningTokens totalTokens }
        error { code message }
        previousResponse { id }
        output {
          __typename id type status
          ... on Message { role text content { __typename type ... on OutputText { text annotations { type } } ... on Refusal { refusal } } }
          ... on FunctionCall { callId name arguments }
          ... on FileSearchCall { queries results { fileId } }
          ... on WebSearchCall { action { type query } }
          ... on Reasoning { summary { text } content { ... on ReasoningText { text } } }
        }
        inputItems { nodes { __typename ... on Message { role text } ... on FunctionCallOutput { callId output } } }
      }
      userErrors { code field message }
    }
  }
`;

const create = async (input: object) =>
  (await http.data(CREATE, { input: { model: 'local', ...input } })).createResponse;
const script = (text: string, more: object = {}) => create({ model: 'local-script', input: { text }, ...more });

describe('createResponse', () => {
  it('waits for the end and shows the whole response', async () => {
    const { response, userErrors } = await create({
      input: { text: 'What is 12 * (3 + 4)?' },
      metadata: { trace: 'a1' },
    });
    expect(userErrors).toEqual([]);
    expect(response).toMatchObject({
      id: expect.stringMatching(/^resp_[0-9a-f]{32}$/),
      status: 'COMPLETED',
      model: 'local-extractive-1',
      outputText: expect.stringContaining('84'),
      metadata: { trace: 'a1' },
      background: false,
      store: true,
      error: null,
      incompleteReason: null,
      previousResponse: null,
    });
    expect(response.usage.totalTokens).toBe(response.usage.inputTokens + response.usage.outputTokens);
    expect(response.usage.outputTokens).toBeGreaterThan(0);
    expect(response.output).toMatchObject([
      {
        __typename: 'Message',
        type: 'message',
        role: 'ASSISTANT',
        content: [{ __typename: 'OutputText', type: 'output_text' }],
      },
    ]);
    expect(response.inputItems.nodes).toEqual([{ __typename: 'Message', role: 'USER', text: 'What is 12 * (3 + 4)?' }]);
    expect(new Date(response.completedAt).getTime()).toBeGreaterThanOrEqual(new Date(response.createdAt).getTime());
  });

  it('is the same response on the REST door', async () => {
    const { response } = await create({ input: { text: 'Hello.' } });
    const { body } = await app.rest('GET', `/responses/${response.id}`);
    expect(body).toMatchObject({ id: response.id, status: 'completed', model: response.model });
    expect(new Date(response.createdAt).getTime()).toBe(body.created_at * 1000);
    expect(body.output[0].content[0].text).toBe(response.outputText);
  });

  it('continues a chain', async () => {
    const first = await create({ input: { text: 'My name is Alice.' } });
    const second = await create({ input: { text: 'What is my name?' }, previousResponseId: first.response.id });
    expect(second.response.previousResponse).toEqual({ id: first.response.id });
    expect(second.response.outputText).toContain('Alice');
  });

  it('lets the client run functions over two turns', async () => {
    const tools = [{ function: { name: 'get_weather', parameters: { type: 'object', properties: {} } } }];
    const first = await script('@call get_weather {"city":"Lisbon"}', { tools });
    const [call] = first.response.output;
    expect(call).toMatchObject({
      __typename: 'FunctionCall',
      type: 'function_call',
      name: 'get_weather',
      arguments: '{"city":"Lisbon"}',
    });
    const second = await create({
      tools,
      previousResponseId: first.response.id,
      input: { items: [{ functionCallOutput: { callId: call.callId, output: { text: 'Sunny, 31 degrees.' } } }] },
    });
    expect(second.userErrors).toEqual([]);
    expect(second.response.outputText).toContain('31');
    expect(second.response.inputItems.nodes).toEqual([
      { __typename: 'FunctionCallOutput', callId: call.callId, output: 'Sunny, 31 degrees.' },
    ]);
  });

  it('shows reasoning, refusals and searches as types of their own', async () => {
    const thought = await script('@reason Let me see.\n@say Done.');
    expect(thought.response.output).toMatchObject([
      { __typename: 'Reasoning', content: [{ text: expect.stringContaining('Let me see') }] },
      { __typename: 'Message', text: expect.stringContaining('Done') },
    ]);
    const refused = await script('@refuse I would rather not.');
    expect(refused.response.output[0].content).toMatchObject([
      { __typename: 'Refusal', refusal: expect.stringContaining('rather not') },
    ]);
    expect(refused.response.outputText).toBe('');
    const searched = await script('@call file_search {"queries":["cats"]}', { tools: [{ fileSearch: {} }] });
    expect(searched.response.output[0]).toMatchObject({
      __typename: 'FileSearchCall',
      status: 'completed',
      queries: ['cats'],
    });
  });

  it('keeps items of kinds it does not know, as they came', async () => {
    const item = { type: 'hologram', depth: { px: 3 } };
    const { response } = await create({ input: { items: [{ json: item }, { message: { content: { text: 'Hi' } } }] } });
    const { node } = await http.data(
      `query Read($id: ID!) { node(id: $id) { ... on Response { inputItems { nodes { __typename type ... on OtherItem { json } } } } } }`,
      { id: response.id },
    );
    expect(node.inputItems.nodes[0]).toMatchObject({ __typename: 'OtherItem', type: 'hologram', json: item });
  });

  it('shows a run that failed half way as data', async () => {
    const { response, userErrors } = await script('@say partial\n@delay 100\n@drop', { stream: true });
    expect(userErrors).toEqual([]);
    const read = async () =>
      (
        await http.data(`query Read($id: ID!) { response(id: $id) { status outputText error { code } } }`, {
          id: response.id,
        })
      ).response;
    await until(async () => (await read()).status === 'FAILED', 'the run to fail');
    expect(await read()).toEqual({ status: 'FAILED', outputText: 'partial', error: { code: 'server_error' } });
  });

  it('says why an answer is incomplete', async () => {
    const { response } = await script('@say cut\n@finish length');
    expect(response).toMatchObject({ status: 'INCOMPLETE', incompleteReason: 'max_output_tokens' });
  });

  it('keeps nothing of an unstored response but shows it whole', async () => {
    const { response } = await create({ input: { text: 'What is 2 + 3?' }, store: false });
    expect(response).toMatchObject({ status: 'COMPLETED', store: false, outputText: expect.stringContaining('5') });
    expect(response.inputItems.nodes).toEqual([]);
    const { data, errors } = await http.run(`query Read($id: ID!) { response(id: $id) { id } }`, { id: response.id });
    expect(data).toEqual({ response: null });
    expect(errors?.[0]?.extensions.code).toBe('not_found');
  });

  it('returns at once with background, and the run can be cancelled', async () => {
    const { response } = await script('@say a\n@stall', { background: true });
    expect(response).toMatchObject({ status: 'QUEUED', background: true, output: [] });
    const { cancelResponse } = await http.data(
      `mutation Cancel($id: ID!) { cancelResponse(id: $id) { response { id status } userErrors { code } } }`,
      { id: response.id },
    );
    expect(cancelResponse).toEqual({ response: { id: response.id, status: 'CANCELLED' }, userErrors: [] });
  });
});

describe('reading', () => {
  const LIST = `query List($first: Int, $after: String, $last: Int, $before: String, $filter: ResponseFilter) {
    responses(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      edges { cursor node { id } } nodes { id status }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`;

  it('pages through responses, newest first, forwards and backwards', async () => {
    const conversation = (await app.rest('POST', '/conversations', {})).body.id;
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1)
      ids.unshift((await create({ input: { text: `Number ${n}` }, conversationId: conversation })).response.id);
    const filter = { conversationId: conversation };
    const page = async (args: object) => (await http.data(LIST, { filter, ...args })).responses;
    const idsOf = ({ nodes }: { nodes: { id: string }[] }) => nodes.map(({ id }) => id);

    const first = await page({ first: 2 });
    expect(idsOf(first)).toEqual(ids.slice(0, 2));
    expect(first.pageInfo).toMatchObject({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: first.edges[0].cursor,
    });
    const second = await page({ first: 2, after: first.pageInfo.endCursor });
    expect(idsOf(second)).toEqual(ids.slice(2, 4));
    const third = await page({ first: 2, after: second.pageInfo.endCursor });
    expect(idsOf(third)).toEqual(ids.slice(4));
    expect(third.pageInfo.hasNextPage).toBe(false);
    const back = await page({ last: 2, before: third.pageInfo.startCursor });
    expect(idsOf(back)).toEqual(ids.slice(2, 4));
    expect(back.pageInfo.hasPreviousPage).toBe(true);
    expect(idsOf(await page({ last: 1 }))).toEqual(ids.slice(4));
    expect(idsOf(await page({ filter: { ...filter, status: 'FAILED' } }))).toEqual([]);
    expect(idsOf(await page({ filter: { conversationId: 'conv_nothing' } }))).toEqual([]);
  });

  it('lists by prompt, metadata and time, in either order, page by page', async () => {
    const { createPrompt } = await http.data(
      'mutation { createPrompt(input: { name: "filtered", instructions: "Be brief." }) { prompt { id } } }',
    );
    const prompt = createPrompt.prompt.id;
    const made: { id: string; at: string }[] = [];
    for (const [who, more] of [
      ['ann', {}],
      ['bob', { prompt: { id: 'filtered' } }],
      ['ann', { prompt: { id: prompt } }],
    ] as const) {
      const metadata = { who, suite: 'filters' };
      const { id } = (await create({ input: { text: 'Hello.' }, metadata, ...more })).response;
      const [row] = await app.sql<{ at: Date }>(`select created_at as at from responses where id = $1::uuid`, [
        id.replace('resp_', ''),
      ]);
      made.push({ id, at: (row as { at: Date }).at.toISOString() });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const [first, second, third] = made as [(typeof made)[0], (typeof made)[0], (typeof made)[0]];
    const query = `query List($filter: ResponseFilter, $order: CreationOrder, $first: Int, $after: String) {
      responses(filter: $filter, order: $order, first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
    }`;
    const list = async (filter: object, more: object = {}): Promise<string[]> =>
      (await http.data(query, { filter: { metadata: { suite: 'filters' }, ...filter }, ...more })).responses.nodes.map(
        ({ id }: { id: string }) => id,
      );
    expect(await list({})).toEqual([third.id, second.id, first.id]);
    expect(await list({}, { order: 'OLDEST_FIRST' })).toEqual([first.id, second.id, third.id]);
    expect(await list({}, { order: 'OLDEST_FIRST', first: 1, after: first.id })).toEqual([second.id]);
    expect(await list({ promptId: prompt })).toEqual([third.id, second.id]);
    expect(await list({ promptId: prompt, metadata: { who: 'ann' } })).toEqual([third.id]);
    expect(await list({ metadata: { suite: 'filters', who: 'ann' } })).toEqual([third.id, first.id]);
    expect(await list({ metadata: { suite: 'filters', who: 'carl' } })).toEqual([]);
    expect(await list({ createdFrom: second.at })).toEqual([third.id, second.id]);
    expect(await list({ createdBefore: second.at })).toEqual([first.id]);
    expect(await list({ createdFrom: second.at, createdBefore: third.at })).toEqual([second.id]);
    expect(await list({ createdFrom: '9999-01-01T00:00:00Z' })).toEqual([]);
    expect(await list({ createdBefore: '0001-01-01T00:00:00Z' })).toEqual([]);
    expect(await list({ promptId: 'pmpt_nothing' })).toEqual([]);
    const foreign = await app.createForeignKey();
    expect((await http.data(query, { filter: { promptId: prompt } }, foreign)).responses.nodes).toEqual([]);
  });

  it.each([
    [{ metadata: 'text' }, 'invalid_type'],
    [{ metadata: { a: 1 } }, 'invalid_type'],
    [{ createdFrom: 'yesterday' }, 'BAD_USER_INPUT'],
  ])('refuses the filter %j', async (filter, code) => {
    const { errors } = await http.run(LIST, { filter });
    expect(errors).toMatchObject([{ extensions: { code, retryable: false } }]);
  });

  it.each([{ model: 'a\u0000b' }, { metadata: { a: '\u0000' } }, { metadata: { '\u0000': 'a' } }])(
    'finds nothing, or says why, for the odd filter %j',
    async (filter) => {
      const { errors } = await http.run(LIST, { filter });
      for (const { extensions } of errors ?? []) expect(extensions.code).not.toBe('internal_error');
    },
  );

  it.each([
    [{ first: 1, last: 1 }, 'mutually_exclusive_parameters', 'first'],
    [{ first: 0 }, 'integer_below_min_value', 'first'],
    [{ last: 101 }, 'integer_above_max_value', 'last'],
    [{ after: 'conv_1' }, 'invalid_value', 'after'],
  ])('refuses the page %j', async (args, code, param) => {
    const { errors } = await http.run(LIST, args);
    expect(errors).toMatchObject([{ path: ['responses'], extensions: { code, param, retryable: false } }]);
  });

  it('finds anything by its id, in the order asked for', async () => {
    const { response } = await create({ input: { text: 'Hello.' } });
    const conversation = (await app.rest('POST', '/conversations', {})).body.id;
    const { nodes, node } = await http.data(
      `query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename id } node(id: "pmpt_nothing") { id } }`,
      { ids: [conversation, 'resp_00000000000000000000000000000000', response.id, 'msg_1'] },
    );
    expect(nodes).toEqual([
      { __typename: 'Conversation', id: conversation },
      null,
      { __typename: 'Response', id: response.id },
      null,
    ]);
    expect(node).toBeNull();
  });

  it('deletes', async () => {
    const { response } = await create({ input: { text: 'Hello.' } });
    const DELETE = `mutation Delete($id: ID!) { deleteResponse(id: $id) { deletedId userErrors { code } } }`;
    expect((await http.data(DELETE, { id: response.id })).deleteResponse).toEqual({
      deletedId: response.id,
      userErrors: [],
    });
    const again = await http.run(DELETE, { id: response.id });
    expect(again.errors).toMatchObject([{ extensions: { code: 'not_found', status: 404 } }]);
  });

  it('shows the viewer with exact amounts, and the models', async () => {
    const cap = 9_007_199_254_740_993_000n;
    const key = await app.createKey({ budgets: [{ period: 'day', cap }] });
    const { viewer, models } = await http.data(
      `{ viewer { key { id scopes } project { id name } budgets { id period cap settled reserved } } models { id ownedBy createdAt } }`,
      {},
      key,
    );
    expect(viewer).toMatchObject({
      key: { id: expect.stringMatching(/^key_[0-9a-f]{32}$/) },
      project: { id: expect.stringMatching(/^proj_/), name: 'default' },
      budgets: [{ id: expect.stringMatching(/^bdgt_/), period: 'DAY', cap: String(cap), settled: '0', reserved: '0' }],
    });
    expect(models.map(({ id }: { id: string }) => id)).toContain('local-extractive-1');
  });
});
