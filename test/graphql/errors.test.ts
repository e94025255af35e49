import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { hostileDocuments } from './limits/hostile-documents.js';
import { createHttpClient } from './support/client.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;

beforeAll(async () => {
  app = await startTestApp({
    config: {
      models: [
        { name: 'priced', provider: 'local', price: { input: '1000', output: '1000' } },
        { name: '*', provider: 'local' },
      ],
    },
  });
  http = createHttpClient(app);
});
afterAll(() => app.stop());

const CREATE = `mutation Create($input: CreateResponseInput!) {
  createResponse(input: $input) { response { id } userErrors { code field message } }
}`;
const UNKNOWN = '0'.repeat(32);

describe('what the caller can correct comes back as data', () => {
  it.each([
    ['no input', {}, 'missing_required_parameter', 'input'],
    ['a temperature out of range', { input: { text: 'x' }, temperature: 3 }, 'decimal_above_max_value', 'temperature'],
    [
      'an unknown parent',
      { input: { text: 'x' }, previousResponseId: `resp_${UNKNOWN}` },
      'previous_response_not_found',
      'previousResponseId',
    ],
    [
      'an unknown conversation',
      { input: { text: 'x' }, conversationId: `conv_${UNKNOWN}` },
      'not_found',
      'conversationId',
    ],
    ['an unknown prompt', { input: { text: 'x' }, prompt: { id: 'nobody' } }, 'not_found', 'prompt.id'],
    [
      'parent and conversation together',
      { input: { text: 'x' }, previousResponseId: 'resp_1', conversationId: 'conv_1' },
      'mutually_exclusive_parameters',
      'previousResponseId',
    ],
    [
      'background without store',
      { input: { text: 'x' }, background: true, store: false },
      'unsupported_value',
      'background',
    ],
    [
      'a nameless function',
      { input: { text: 'x' }, tools: [{ function: { name: '' } }] },
      'empty_string',
      'tools[0].function.name',
    ],
    [
      'a tool that is not there',
      { input: { text: 'x' }, tools: [{ json: { type: 'code_interpreter', container: { type: 'auto' } } }] },
      'unsupported_value',
      'tools[0].json.type',
    ],
    [
      'too many metadata pairs',
      { input: { text: 'x' }, metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, 'v'])) },
      'object_above_max_properties',
      'metadata',
    ],
    ['metadata that is no map', { input: { text: 'x' }, metadata: 'text' }, 'invalid_type', 'metadata'],
    [
      'an output without its call',
      { input: { items: [{ functionCallOutput: { callId: 'c', output: { text: 'x' } } }] } },
      'invalid_request_error',
      'input',
    ],
  ])('%s', async (_name, input, code, field) => {
    const { data, errors } = await http.run(CREATE, { input: { model: 'local', ...input } });
    expect(errors).toBeUndefined();
    expect(data.createResponse).toEqual({ response: null, userErrors: [{ code, field, message: expect.any(String) }] });
  });

  it.each([
    [{ maxOutputTokens: 5 }, "Invalid 'maxOutputTokens': the least allowed is 16."],
    [
      { previousResponseId: 'resp_1', conversationId: 'conv_1' },
      "'previousResponseId' and 'conversationId' cannot be sent together.",
    ],
    [
      { tools: [{ function: { name: '' } }] },
      "Invalid 'tools[0].function.name': the least allowed is 1 character, but got 0.",
    ],
    [
      { input: { items: [{ json: { type: 'function_call_output' } }] } },
      "Missing required parameter: 'input.items[0].json.call_id'.",
    ],
  ])('messages name fields as this door spells them: %j', async (fields, message) => {
    const { createResponse } = await http.data(CREATE, { input: { model: 'local', input: { text: 'x' }, ...fields } });
    expect(createResponse.userErrors).toMatchObject([{ message }]);
  });

  it('a name that is taken', async () => {
    const CREATE_PROMPT = `mutation { createPrompt(input: { name: "twice" }) { prompt { name } userErrors { code field } } }`;
    await http.data(CREATE_PROMPT);
    expect((await http.data(CREATE_PROMPT)).createPrompt).toEqual({
      prompt: null,
      userErrors: [{ code: 'name_taken', field: 'name' }],
    });
  });

  it('a foreground run cannot be cancelled', async () => {
    const { createResponse } = await http.data(CREATE, { input: { model: 'local', input: { text: 'Hello.' } } });
    const { cancelResponse } = await http.data(
      `mutation Cancel($id: ID!) { cancelResponse(id: $id) { userErrors { code field } } }`,
      {
        id: createResponse.response.id,
      },
    );
    expect(cancelResponse.userErrors).toEqual([{ code: 'not_cancellable', field: 'id' }]);
  });

  it('what an upstream refused before any output', async () => {
    const { data } = await http.run(CREATE, { input: { model: 'local-script', input: { text: '@status 400' } } });
    expect(data.createResponse).toMatchObject({ response: null, userErrors: [{ code: expect.any(String) }] });
  });
});

describe('everything else is an error of the operation', () => {
  const addressed = [
    `{ response(id: $id) { id } }`,
    `{ conversation(id: $id) { id } }`,
    `{ prompt(by: { id: $id }) { id } }`,
  ].map((selection) => `query Q($id: ID!) ${selection}`);
  const changes = [
    `deleteResponse(id: $id) { deletedId }`,
    `cancelResponse(id: $id) { response { id } }`,
    `deleteConversation(id: $id) { deletedId }`,
    `updateConversation(input: { id: $id, metadata: {} }) { conversation { id } }`,
    `addConversationItems(input: { conversationId: $id, items: [{ message: { content: { text: "x" } } }] }) { items { id } }`,
    `deleteConversationItem(conversationId: $id, itemId: "msg_1") { deletedId }`,
    `updatePrompt(input: { id: $id, model: "m" }) { prompt { id } }`,
    `deletePrompt(id: $id) { deletedId }`,
  ].map((selection) => `mutation M($id: ID!) { ${selection} }`);

  it.each([...addressed, ...changes])('an unknown object: %s', async (query) => {
    for (const id of [`resp_${UNKNOWN}`, `conv_${UNKNOWN}`, `pmpt_${UNKNOWN}`, 'nonsense', '']) {
      const { errors } = await http.run(query, { id });
      expect(errors).toMatchObject([
        {
          message: expect.any(String),
          extensions: { code: 'not_found', status: 404, retryable: false, requestId: expect.stringMatching(/^req_/) },
        },
      ]);
    }
  });

  it('someone else’s object is not found, whatever is done to it', async () => {
    const foreign = await app.createForeignKey();
    const { createResponse } = await http.data(CREATE, { input: { model: 'local', input: { text: 'Secret.' } } });
    const { createConversation } = await http.data(
      `mutation { createConversation(input: {}) { conversation { id } } }`,
    );
    const { createPrompt } = await http.data(`mutation { createPrompt(input: { name: "mine" }) { prompt { id } } }`);
    const ids: Record<string, string> = {
      response: createResponse.response.id,
      conversation: createConversation.conversation.id,
      prompt: createPrompt.prompt.id,
    };
    for (const query of [...addressed, ...changes]) {
      const kind = /response/i.test(query.slice(0, 40))
        ? 'response'
        : /conversation/i.test(query)
          ? 'conversation'
          : 'prompt';
      const { errors } = await http.run(query, { id: ids[kind] }, foreign);
      expect(errors).toMatchObject([{ extensions: { code: 'not_found' } }]);
    }
    const { nodes, responses, conversations, prompts } = await http.data(
      `query Q($ids: [ID!]!) { nodes(ids: $ids) { id } responses { nodes { id } } conversations { nodes { id } } prompts { nodes { id } } }`,
      { ids: Object.values(ids) },
      foreign,
    );
    expect(nodes).toEqual([null, null, null]);
    expect([responses, conversations, prompts]).toEqual([{ nodes: [] }, { nodes: [] }, { nodes: [] }]);
    const input = { model: 'local', input: { text: 'x' }, previousResponseId: ids.response };
    expect((await http.data(CREATE, { input }, foreign)).createResponse.userErrors[0].code).toBe(
      'previous_response_not_found',
    );
    expect((await http.data(`query Q($id: ID!) { response(id: $id) { id } }`, { id: ids.response })).response).toEqual({
      id: ids.response,
    });
  });

  it('a budget that cannot cover the request', async () => {
    const key = await app.createKey({ budgets: [{ period: 'total', cap: 5n }] });
    const { data, errors } = await http.run(CREATE, { input: { model: 'priced', input: { text: 'Hello.' } } }, key);
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([
      {
        path: ['createResponse'],
        extensions: { code: 'insufficient_quota', status: 429, retryable: false, remaining: '5' },
      },
    ]);
  });

  it('an upstream that fails before any output may be tried again', async () => {
    const { errors } = await http.run(CREATE, { input: { model: 'local-script', input: { text: '@status 500' } } });
    expect(errors).toMatchObject([{ extensions: { code: 'server_error', retryable: true } }]);
  });
});

describe('requests that never become an operation', () => {
  it('need a key, introspection too', async () => {
    for (const key of [null, 'sk-antiphon-wrong']) {
      const { status, headers, body } = await http.post({ query: '{ __schema { queryType { name } } }' }, { key });
      expect(status).toBe(401);
      expect(body.errors).toMatchObject([
        { extensions: { code: 'invalid_api_key', requestId: headers.get('x-request-id') } },
      ]);
      expect(body.data).toBeUndefined();
    }
  });

  it('are told what is wrong with their body, in GraphQL’s shape', async () => {
    const malformed = await http.post('{"query": ');
    expect(malformed).toMatchObject({ status: 400, body: { errors: [{ extensions: { code: 'invalid_json' } }] } });
    for (const accept of ['application/json', 'text/event-stream']) {
      const text = await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${app.key}`, 'content-type': 'text/plain', accept },
        body: '{ models { id } }',
      });
      expect(text.status).toBe(415);
      expect(await text.json()).toMatchObject({ errors: [{ extensions: { code: 'unsupported_media_type' } }] });
    }
    expect(await http.post({ query: 7 })).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { requestId: expect.stringMatching(/^req_/) } }] },
    });
    expect(await http.post([{ query: '{ models { id } }' }])).toMatchObject({ status: 400 });
    expect(await http.post({})).toMatchObject({ status: 400 });
  });

  it.each(['HEAD', 'PUT', 'PATCH', 'DELETE'])('%s is told which methods there are', async (method) => {
    const answer = await fetch(`${app.url}/graphql`, { method, headers: { authorization: `Bearer ${app.key}` } });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
    if (method !== 'HEAD')
      expect(await answer.json()).toMatchObject({ errors: [{ message: `${method} is not allowed on /graphql.` }] });
  });

  it('a document of more than a mebibyte is refused, an input of more is not', async () => {
    const padded = await http.post({ query: `{ models { id } } #${'x'.repeat(1 << 20)}` });
    expect(padded).toMatchObject({
      status: 413,
      body: { errors: [{ extensions: { code: 'request_too_large', limit: 'bytes' } }] },
    });
    const { createResponse } = await http.data(CREATE, {
      input: { model: 'local-script', input: { text: `@say fine\n${'x'.repeat(1 << 21)}` } },
    });
    expect(createResponse.userErrors).toEqual([]);
  });

  it.each(hostileDocuments)('hostile: $name', async ({ text, limit }) => {
    const { status, body } = await http.post({ query: text });
    expect(status).toBe(400);
    expect(body.errors?.map(({ extensions }) => extensions.limit)).toContain(limit);
    expect(body.errors?.some(({ extensions }) => extensions.retryable)).toBe(false);
    expect(body.data).toBeUndefined();
  });

  it('show no stack and name the request', async () => {
    const { body, headers } = await http.post({ query: '{ nothing }' });
    expect(body.errors).toEqual([
      {
        message: expect.stringContaining('nothing'),
        locations: [{ line: 1, column: 3 }],
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED', requestId: headers.get('x-request-id'), retryable: false },
      },
    ]);
  });

  it('variables of the wrong type are the caller’s fault, not ours', async () => {
    const { status, body } = await http.post({ query: CREATE, variables: { input: { temperature: 'hot' } } });
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('exactly one key of a choice has to be given', async () => {
    const { body } = await http.post({ query: CREATE, variables: { input: { input: { text: 'a', items: [] } } } });
    expect(body.errors?.[0]?.message).toContain('Exactly one key');
  });

  it('plain JSON clients get faults of the document with status 200', async () => {
    const { status, body } = await http.post({ query: '{ nothing }' }, { accept: 'application/json' });
    expect(status).toBe(200);
    expect(body.errors).toHaveLength(1);
  });

  it('plain JSON clients too get documents over a limit with status 400', async () => {
    const query = `{ models { ${Array.from({ length: 31 }, (_, i) => `a${i}: id`).join(' ')} } }`;
    const { status, body } = await http.post({ query }, { accept: 'application/json' });
    expect([status, body.errors?.[0]?.extensions.limit]).toEqual([400, 'aliases']);
  });

  it('an operation that the document does not have is not another one that it has', async () => {
    const conversations = async () =>
      (await http.post({ query: '{ conversations(first: 100) { nodes { id } } }' })).body.data?.conversations;
    const before = await conversations();
    const query = 'mutation Make { createConversation(input: {}) { conversation { id } } }';
    const { status, body } = await http.post({ query, operationName: 'Made' });
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }]);
    expect(await conversations()).toEqual(before);
  });

  it('queries may come by GET, mutations may not', async () => {
    const get = (query: string) =>
      fetch(`${app.url}/graphql?query=${encodeURIComponent(query)}`, {
        headers: { authorization: `Bearer ${app.key}` },
      });
    expect(await (await get('{ viewer { project { name } } }')).json()).toMatchObject({
      data: { viewer: { project: { name: 'default' } } },
    });
    expect((await get('mutation { createConversation(input: {}) { userErrors { code } } }')).status).toBe(405);
  });
});
