import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GraphQLObjectType, isInterfaceType, isObjectType } from 'graphql';
import { userScopes } from '../../src/domain/scope.js';
import { buildGraphQLSchema } from '../../src/graphql/index.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createHttpClient } from './support/client.js';

const schema = buildGraphQLSchema();
const objectTypes = Object.values(schema.getTypeMap()).filter(isObjectType);
const implementing = (name: string): GraphQLObjectType[] => {
  const type = schema.getType(name);
  return isInterfaceType(type) ? [...schema.getPossibleTypes(type)] : [];
};

/** By the name of its type, something of each kind. */
const made: Record<string, string> = {};
let app: TestApp;
let http: ReturnType<typeof createHttpClient>;
let foreign: string;
/** What was posted as the items of a conversation, in their order. */
let conversationId: string;

const NODE = `query Node($id: ID!) { node(id: $id) { __typename id } }`;
const NODES = `query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`;
const find = async (id: string, key?: string) => (await http.data(NODE, { id }, key)).node;
const post = async (path: string, body: object, key?: string) => {
  const answer = await app.rest('POST', path, body, key);
  expect(answer.status).toBeLessThan(300);
  return answer.body;
};

/** An item of each type that can be put into a conversation, by the name of its type in the schema. */
const ITEMS: Record<string, object> = {
  Message: { type: 'message', role: 'user', content: 'Where is the harbour?' },
  FunctionCall: { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
  FunctionCallOutput: { type: 'function_call_output', call_id: 'c1', output: 'there' },
  CustomToolCall: { type: 'custom_tool_call', call_id: 'c2', name: 'note', input: 'x' },
  CustomToolCallOutput: { type: 'custom_tool_call_output', call_id: 'c2', output: 'noted' },
  McpListTools: { type: 'mcp_list_tools', server_label: 's', tools: [] },
  McpCall: { type: 'mcp_call', server_label: 's', name: 'n', arguments: '{}', output: 'o' },
  McpApprovalRequest: { type: 'mcp_approval_request', server_label: 's', name: 'n', arguments: '{}' },
  McpApprovalResponse: { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: true },
  FileSearchCall: { type: 'file_search_call', status: 'completed', queries: ['x'], results: [] },
  WebSearchCall: { type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'x' } },
  Reasoning: { type: 'reasoning', summary: [{ type: 'summary_text', text: 'thought' }] },
  // Whatever a client puts into an item, it stays one.
  OtherItem: { type: 'computer_call', call_id: 'c3', eventTypes: [], purpose: 'none', currentVersion: 1 },
};

beforeAll(async () => {
  app = await startTestApp();
  http = createHttpClient(app);
  foreign = await app.createForeignKey();

  const conversation = await post('/conversations', { items: Object.values(ITEMS) });
  conversationId = conversation.id;
  for (const [index, name] of Object.keys(ITEMS).entries()) made[name] = conversation.items[index].id;
  made.Conversation = conversationId;
  made.Response = (await post('/responses', { model: 'local-script', input: 'hello' })).id;
  const { output } = await post('/responses/compact', { model: 'local', input: 'One long talk.' });
  const { items } = await post(`/conversations/${conversationId}/items`, { items: [output.at(-1)] });
  made.Compaction = items[0].id;

  const prompt = await post('/prompts', { name: 'guide', instructions: 'first' });
  made.Prompt = prompt.id;
  await app.rest('PUT', `/prompts/${prompt.id}`, { instructions: 'second' });
  const { prompt: read } = await http.data(
    `query P($id: ID!) { prompt(by: { id: $id }) { versions { nodes { id version } } } }`,
    { id: prompt.id },
  );
  made.PromptVersion = read.versions.nodes[1].id;

  const { createFile } = await http.data(
    `mutation { createFile(input: { filename: "a.txt", purpose: USER_DATA, text: "The ferry." }) { file { id } } }`,
  );
  made.File = createFile.file.id;
  made.VectorStore = (await post('/vector_stores', { name: 'notes' })).id;
  made.VectorStoreFileBatch = (
    await post(`/vector_stores/${made.VectorStore}/file_batches`, { file_ids: [made.File] })
  ).id;

  made.ApiKey = (await post('/api_keys', { name: 'second' })).id;
  made.Budget = (await post('/budgets', { scope: 'project', period: 'day', limit: '0.001' })).id;
  made.Price = (await post('/prices', { model: 'm', input: '1', output: '1' })).id;
  made.StoragePrice = (await post('/storage_prices', { gb_day: '1' })).id;
  const { viewer, auditLog } = await http.data(`{ viewer { project { id } } auditLog(first: 1) { nodes { id } } }`);
  made.Project = viewer.project.id;
  made.AuditEntry = auditLog.nodes[0].id;
  made.WebhookEndpoint = (
    await post('/webhook_endpoints', { name: 'a', url: 'https://example.com/', event_types: ['response.failed'] })
  ).id;
  await app.sql(
    `insert into webhook_deliveries (project_id, id, endpoint_id, event_id, event_type, status, job_id, queued_at, created_at)
     select project_id, $1, id, $1, 'response.failed', 'failed', $1, now(), now() from webhook_endpoints`,
    ['01900000-0000-7000-8000-000000000001'],
  );
  made.WebhookDelivery = 'whd_01900000000070008000000000000001';
});
afterAll(() => app.stop());

describe('the schema', () => {
  it('has everything with an id of its own as a Node', () => {
    const others = objectTypes
      .filter(({ name }) => !implementing('Node').some((node) => node.name === name))
      .filter((type) => String(type.getFields().id?.type) === 'ID!');
    // A model goes by its name, a file in a store by the id of the file.
    expect(others.map(({ name }) => name).sort()).toEqual(['Model', 'VectorStoreFile']);
  });

  it('has every kind of item as a Node, by way of Item', () => {
    expect(schema.getType('Item')?.toConfig()).toMatchObject({ interfaces: [{ name: 'Node' }] });
    expect(implementing('Node')).toEqual(expect.arrayContaining(implementing('Item')));
  });
});

describe('node', () => {
  // References stand for items and are never kept.
  const kinds = implementing('Node').flatMap(({ name }) => (name === 'ItemReference' ? [] : [name]));

  it.each(kinds)('finds again: %s', async (name) => {
    const id = made[name] as string;
    expect(await find(id)).toEqual({ __typename: name, id });
  });

  it.each(kinds)('finds nothing of another project: %s', async (name) => {
    expect(await find(made[name] as string, foreign)).toBeNull();
  });

  it.each(kinds)('takes the scope of: %s', async (name) => {
    const none = await app.createKey({ scopes: ['client_tokens:write'] });
    const { data, errors } = await http.run(NODE, { id: made[name] }, none);
    expect(data).toEqual({ node: null });
    expect(errors).toMatchObject([{ extensions: { code: 'permission_denied', status: 403 } }]);
  });

  it.each(kinds)('is null for an id that nothing has: %s', async (name) => {
    const prefix = (made[name] as string).split('_')[0];
    for (const rest of ['0'.repeat(32), `${'0'.repeat(32)}_1`, '', '_', 'x', '0'])
      expect(await find(`${prefix}_${rest}`)).toBeNull();
  });

  it.each(['', '_', 'msg', 'req_00000000000000000000000000000000', 'constructor_1'])('is null for %j', async (id) => {
    expect(await find(id)).toBeNull();
  });

  it('finds all of them at once, in the order asked for', async () => {
    const ids = kinds.map((name) => made[name] as string).reverse();
    const { nodes } = await http.data(NODES, { ids: [...ids, 'resp_no', ...ids] });
    const named = [...kinds].reverse().map((name) => ({ __typename: name, id: made[name] }));
    expect(nodes).toEqual([...named, null, ...named]);
  });

  it('shows what the key may read, and says what of the rest it may not', async () => {
    const key = await app.createKey({ scopes: ['prompts:read'] });
    const ids = ['ApiKey', 'Prompt', 'Response', 'PromptVersion'].map((name) => made[name] as string);
    const { data, errors } = await http.run(NODES, { ids }, key);
    expect(data.nodes).toEqual([
      null,
      { __typename: 'Prompt', id: made.Prompt },
      null,
      { __typename: 'PromptVersion', id: made.PromptVersion },
    ]);
    expect(errors).toMatchObject(
      [0, 2].map((index) => ({ path: ['nodes', index], extensions: { code: 'permission_denied', status: 403 } })),
    );
  });
});

describe('items', () => {
  const textOf = async (id: string, key?: string) =>
    (
      await http.data(
        `query T($id: ID!) { node(id: $id) { ... on Item { type } ... on Message { text } } }`,
        { id },
        key,
      )
    ).node;
  const onlyWith = (scope: 'conversations:read' | 'responses:read') => app.createKey({ scopes: [scope] });
  const ask = async (fields: object, key?: string) => post('/responses', { model: 'local-script', ...fields }, key);

  it('show what their types and Item have', async () => {
    expect(await textOf(made.Message as string)).toEqual({ type: 'message', text: 'Where is the harbour?' });
  });

  it('are refetched as Relay does', async () => {
    const { node } = await http.data(
      `query Refetch($id: ID!) { node(id: $id) { __typename ...item id } }
       fragment item on Item { __isItem: __typename id type status }`,
      { id: made.Reasoning },
    );
    expect(node).toEqual({
      __typename: 'Reasoning',
      __isItem: 'Reasoning',
      id: made.Reasoning,
      type: 'reasoning',
      status: null,
    });
  });

  it('are found by their own id alone', async () => {
    expect(await find((made.Message as string).replace('msg_', 'fc_'))).toBeNull();
  });

  it('of a response, input and output, are found with the scope of responses; of a conversation with its own', async () => {
    const response = await ask({ input: 'Say it.' });
    const { data } = (await app.rest('GET', `/responses/${response.id}/input_items`)).body;
    const [byResponses, byConversations] = [await onlyWith('responses:read'), await onlyWith('conversations:read')];
    for (const id of [data[0].id, response.output[0].id]) {
      expect(await textOf(id, byResponses)).toMatchObject({ type: 'message' });
      expect(await textOf(id, byConversations)).toBeNull();
    }
    expect(await textOf(made.Message as string, byConversations)).toMatchObject({ type: 'message' });
    expect(await textOf(made.Message as string, byResponses)).toBeNull();
  });

  it('are gone with what they were on', async () => {
    const { id, items } = await post('/conversations', { items: [ITEMS.Message] });
    const inIt = await ask({ input: 'Say it.', conversation: id });
    await app.rest('DELETE', `/conversations/${id}/items/${items[0].id}`);
    expect(await find(items[0].id)).toBeNull();
    await app.rest('DELETE', `/responses/${inIt.id}`);
    // The conversation holds what was said in it.
    expect(await find(inIt.output[0].id)).toMatchObject({ __typename: 'Message' });
    await app.rest('DELETE', `/conversations/${id}`);
    expect(await find(inIt.output[0].id)).toBeNull();

    const first = await ask({ input: 'Say it.' });
    const second = await ask({ input: 'Again.', previous_response_id: first.id });
    await app.rest('DELETE', `/responses/${first.id}`);
    // What the second answer rests on is kept, and shown nowhere.
    expect(await find(first.output[0].id)).toBeNull();
    expect(await find(second.output[0].id)).toMatchObject({ __typename: 'Message' });
    // Deleted while it runs elsewhere: hidden until it has ended there.
    await app.sql('update responses set deleted_at = now() where deleted_at is null');
    expect(await find(second.output[0].id)).toBeNull();
  });

  it('and all else of an end user are that user’s', async () => {
    const tokenFor = async (user: string): Promise<string> =>
      (await post('/client_tokens', { user, scopes: userScopes })).value;
    const [ann, bob] = [await tokenFor('ann'), await tokenFor('bob')];
    const talk = await post('/conversations', { items: [ITEMS.Message] }, ann);
    const response = await ask({ input: 'Mine.' }, ann);
    const store = await post('/vector_stores', { name: 'mine' }, ann);
    const batch = await post(`/vector_stores/${store.id}/file_batches`, { file_ids: [await upload(ann)] }, ann);
    const ids = [talk.items[0].id, response.output[0].id, talk.id, response.id, store.id, batch.id];
    expect((await http.data(NODES, { ids }, ann)).nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect((await http.data(NODES, { ids }, bob)).nodes).toEqual(ids.map(() => null));
  });

  const upload = async (key: string): Promise<string> =>
    (
      await http.data(
        `mutation { createFile(input: { filename: "b.txt", purpose: USER_DATA, text: "The bridge." }) { file { id } } }`,
        {},
        key,
      )
    ).createFile.file.id;
});

describe('other kinds', () => {
  it('versions of a prompt are what they were', async () => {
    const [prompt, first] = [made.Prompt, made.PromptVersion as string];
    const { nodes } = await http.data(
      `query V($ids: [ID!]!) {
        nodes(ids: $ids) { ... on Prompt { version instructions } ... on PromptVersion { number: version said: instructions } }
      }`,
      { ids: [prompt, first, first.replace(/1$/, '2'), first.replace(/1$/, '3')] },
    );
    expect(nodes).toEqual([
      { version: 2, instructions: 'second' },
      { number: 1, said: 'first' },
      { number: 2, said: 'second' },
      null,
    ]);
  });

  it('keys and budgets are shown with what is spent, and without the key itself', async () => {
    const { nodes } = await http.data(
      `query K($ids: [ID!]!) { nodes(ids: $ids) { ... on ApiKey { name hint budgets { id } } ... on Budget { cap settled } } }`,
      { ids: [made.ApiKey, made.Budget] },
    );
    expect(nodes).toEqual([
      { name: 'second', hint: expect.stringMatching(/^\S{4,8}$/), budgets: [] },
      { cap: '1000000', settled: '0' },
    ]);
  });

  it('projects are found by operators, whichever they are', async () => {
    const operator = await app.createKey({ scopes: ['operator', 'admin'] });
    const mine = made.Project as string;
    const [{ id: other }] = (await app.sql(
      `select 'proj_' || replace(id::text, '-', '') as id from projects where name = 'foreign'`,
    )) as [{ id: string }];
    expect((await http.data(NODES, { ids: [mine, other] }, operator)).nodes).toEqual([
      { __typename: 'Project', id: mine },
      { __typename: 'Project', id: other },
    ]);
    expect((await http.data(NODES, { ids: [mine, other] })).nodes).toEqual([{ __typename: 'Project', id: mine }, null]);
  });
});
