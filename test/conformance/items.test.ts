import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { INCLUDABLE } from '../../src/domain/include.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/**
 * Items of every kind come back as they were sent, ids and statuses that the server assigns aside: from the response's input, a
 * conversation, GraphQL, and on the way to an upstream that knows them.
 */
let upstream: Upstream;
let server: TestApp;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({
    upstream: { baseUrl: upstream.url, apiKey: null },
    config: {
      providers: [
        { id: 'native', base_url: upstream.url, dialect: 'responses' },
        { id: 'chat', base_url: upstream.url },
      ],
      models: [
        { name: 'native', provider: 'native' },
        { name: '*', provider: 'chat' },
      ],
    },
  });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

type Sent = { type: string; [member: string]: unknown };

const everything = INCLUDABLE.map((name) => `include[]=${name}`).join('&');
const png = `data:image/png;base64,${Buffer.from('not really an image').toString('base64')}`;
const pdf = `data:application/pdf;base64,${Buffer.from('nor a document').toString('base64')}`;

/** One of every kind (items section), with what it can have; calls stand before their outputs. */
const ITEMS: Sent[] = [
  { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be kind.' }] },
  {
    type: 'message',
    role: 'user',
    content: [
      { type: 'input_text', text: 'Look: ', prompt_cache_breakpoint: { mode: 'explicit' } },
      { type: 'input_image', detail: 'high', image_url: png },
      { type: 'input_image', detail: 'original', image_url: 'https://example.com/a.png' },
      { type: 'input_file', filename: 'a.pdf', file_data: pdf },
      { type: 'input_file', file_url: 'https://example.com/b.pdf' },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
      { type: 'hologram', depth: 3 },
    ],
  },
  {
    type: 'message',
    role: 'assistant',
    phase: 'commentary',
    content: [
      {
        type: 'output_text',
        text: 'See [1].',
        annotations: [
          { type: 'url_citation', url: 'https://example.com', title: 'E', start_index: 4, end_index: 7 },
          { type: 'file_citation', file_id: 'file_1', filename: 'a.pdf', index: 7 },
          {
            type: 'container_file_citation',
            container_id: 'c',
            file_id: 'f',
            filename: 'x',
            start_index: 0,
            end_index: 1,
          },
          { type: 'file_path', file_id: 'f', index: 2 },
        ],
        logprobs: [{ token: 'See', logprob: -0.1, bytes: [83], top_logprobs: [] }],
      },
      { type: 'refusal', refusal: 'No more.' },
    ],
  },
  {
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: 'S' }],
    content: [{ type: 'reasoning_text', text: 'T' }],
  },
  { type: 'function_call', status: 'completed', call_id: 'c1', name: 'f', arguments: '{ "a" : 1 }' },
  { type: 'function_call_output', status: 'completed', call_id: 'c1', output: 'plain' },
  { type: 'function_call', status: 'incomplete', call_id: 'c2', name: 'f', arguments: '' },
  {
    type: 'function_call_output',
    status: 'completed',
    call_id: 'c2',
    output: [
      { type: 'input_text', text: 'a' },
      { type: 'input_image', image_url: png, detail: 'low' },
    ],
  },
  { type: 'custom_tool_call', status: 'completed', call_id: 'c3', name: 'sql', input: 'select 1' },
  { type: 'custom_tool_call_output', status: 'completed', call_id: 'c3', output: '1' },
  {
    type: 'file_search_call',
    status: 'completed',
    queries: ['q'],
    results: [{ file_id: 'file_1', filename: 'a', score: 0.5, text: 't', attributes: { a: 1 } }],
  },
  {
    type: 'web_search_call',
    status: 'completed',
    action: { type: 'search', queries: ['q'], query: 'q', sources: [{ type: 'url', url: 'https://example.com' }] },
  },
  {
    type: 'code_interpreter_call',
    status: 'completed',
    code: 'print(1)',
    container_id: 'cntr_1',
    outputs: [{ type: 'logs', logs: '1' }],
  },
  { type: 'image_generation_call', status: 'completed', result: 'AAAA', revised_prompt: 'a cat', size: '1024x1024' },
  {
    type: 'computer_call',
    status: 'completed',
    call_id: 'c4',
    pending_safety_checks: [],
    action: { type: 'screenshot' },
  },
  {
    type: 'computer_call_output',
    status: 'completed',
    call_id: 'c4',
    output: { type: 'computer_screenshot', image_url: png },
    acknowledged_safety_checks: [],
  },
  { type: 'local_shell_call', status: 'completed', call_id: 'c5', action: { type: 'exec', command: ['ls'], env: {} } },
  { type: 'local_shell_call_output', status: 'completed', call_id: 'c5', output: 'a' },
  {
    type: 'shell_call',
    status: 'completed',
    call_id: 'c6',
    action: { commands: ['ls'], timeout_ms: 1, max_output_length: 9 },
  },
  {
    type: 'shell_call_output',
    status: 'completed',
    call_id: 'c6',
    output: [{ stdout: 'a', stderr: '', outcome: { type: 'exit', exit_code: 0 } }],
  },
  { type: 'apply_patch_call', status: 'completed', call_id: 'c7', operation: { type: 'delete_file', path: 'a' } },
  { type: 'apply_patch_call_output', status: 'completed', call_id: 'c7', output: 'ok' },
  { type: 'mcp_list_tools', server_label: 's', tools: [{ name: 't', input_schema: { type: 'object' } }] },
  { type: 'mcp_call', status: 'completed', server_label: 's', name: 't', arguments: '{}', output: 'o' },
  { type: 'tool_search_call', status: 'completed', call_id: null, execution: 'server', arguments: { q: 'x' } },
  { type: 'tool_search_output', status: 'completed', call_id: null, execution: 'server', tools: [] },
  { type: 'program', call_id: 'c8', code: 'x', fingerprint: 'f' },
  { type: 'program_output', status: 'completed', call_id: 'c8', result: 'r' },
  { type: 'configuration_update', reasoning: { effort: 'low' } },
  { type: 'additional_tools', role: 'developer', tools: [] },
  { type: 'hologram', beams: [1, { nested: [null, true, 'ü', 1e-7] }], '__odd key': '' },
];

/** An item without what the server assigns. */
const bare = ({ id: _id, status: _status, ...rest }: Sent): Omit<Sent, 'id' | 'status'> => rest as Sent;

async function graphql(query: string, variables: object) {
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { data: Record<string, unknown>; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

/** What the upstream was sent as input, counted from the last request. */
const inputOf = (request: number) =>
  (upstream.requests.at(request) as unknown as { body: { input: Sent[] } }).body.input;

describe('one of every kind', () => {
  const wanted = ITEMS.map(bare);

  it('through create, input_items, get by GraphQL, and a chain to an upstream that knows them', async () => {
    const created = await server.rest('POST', '/responses', { model: 'native', input: ITEMS });
    expect(created.body.error).toBeNull();
    const listed = await server.rest(
      'GET',
      `/responses/${created.body.id}/input_items?order=asc&limit=100&${everything}`,
    );
    expect(listed.body.data.map(bare)).toEqual(wanted);
    const statuses = ITEMS.map((item) => (item.type === 'message' ? 'completed' : item.status));
    expect(listed.body.data.map((item: Sent) => item.status)).toEqual(statuses);
    expect(new Set(listed.body.data.map((item: Sent) => item.id)).size).toBe(ITEMS.length);

    const read = await graphql(
      `query Read($id: ID!) { response(id: $id) { inputItems(first: 100) { nodes { __typename id type status json } } } }`,
      { id: created.body.id },
    );
    const { nodes } = (read.response as { inputItems: { nodes: { json: Sent }[] } }).inputItems;
    expect(nodes.map(({ json }) => json)).toEqual(listed.body.data);

    await server.rest('POST', '/responses', { model: 'native', previous_response_id: created.body.id, input: 'And?' });
    const chained = inputOf(-1);
    const direct = inputOf(-2);
    expect(chained.slice(0, direct.length)).toEqual(direct);
    // Calls of tools that run here are not the upstream's affair: left out, or shown as calls of functions.
    const own = direct.filter(({ call_id: callId }) => !String(callId).startsWith('mcp_'));
    const left = new Set(own.map(({ type }) => type));
    const known = wanted.filter(({ type }) => left.has(String(type)));
    expect(own.map(bare)).toEqual(known);
    expect(left.size).toBeGreaterThan(20);
  });

  it('through a conversation, over both doors', async () => {
    const first = ITEMS.slice(0, 20);
    const made = await server.rest('POST', `/conversations?${everything}`, { items: first });
    expect(made.body.items.map(bare)).toEqual(first.map(bare));
    const { id } = made.body;
    const rest = ITEMS.slice(20);
    const added = await graphql(
      `mutation Add($input: AddConversationItemsInput!) { addConversationItems(input: $input) { items { json } userErrors { message } } }`,
      { input: { conversationId: id, items: rest.map((json) => ({ json })) } },
    );
    expect(added.addConversationItems).toMatchObject({ userErrors: [] });
    const listed = await server.rest('GET', `/conversations/${id}/items?order=asc&limit=100&${everything}`);
    expect(listed.body.data.map(bare)).toEqual(wanted);
    for (const item of [listed.body.data[1], listed.body.data.at(-1)])
      expect((await server.rest('GET', `/conversations/${id}/items/${item.id}?${everything}`)).body).toEqual(item);

    const response = await server.rest('POST', '/responses', { model: 'native', conversation: id, input: 'And?' });
    expect(response.body.error).toBeNull();
    expect(inputOf(-1).map(bare)).toEqual(expect.arrayContaining([wanted[1], wanted.at(-1)]));
    const after = await server.rest('GET', `/conversations/${id}/items?order=asc&limit=100&${everything}`);
    expect(after.body.data.slice(0, ITEMS.length)).toEqual(listed.body.data);
  });
});

describe('any item', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((value) => value.replaceAll('\0', '').toWellFormed());
  const name = fc.stringMatching(/^[a-z][a-z_]{0,12}$/);
  const value = fc
    .jsonValue({ maxDepth: 3 })
    .map((json) => JSON.parse(JSON.stringify(json).replaceAll(/\\u0000|\\ud[89a-f]../gi, '')));
  const extra = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,8}$/), value, { maxKeys: 3 });
  const withExtra = (item: fc.Arbitrary<object>) =>
    fc.tuple(item, extra).map(([own, more]) => ({ ...more, ...own }) as Sent);
  const textPart = fc.record({ type: fc.constant('input_text'), text });
  const part = withExtra(
    fc.oneof(
      textPart,
      fc.record({ type: fc.constant('input_image'), image_url: fc.webUrl(), detail: fc.constantFrom('auto', 'low') }),
      fc.record({ type: fc.constant('input_file'), filename: name, file_data: fc.base64String() }),
      fc.record({ type: fc.stringMatching(/^odd_[a-z]{1,6}$/) }),
    ),
  );
  const items = withExtra(
    fc.oneof(
      fc.record({
        type: fc.constant('message'),
        role: fc.constantFrom('user', 'system', 'developer'),
        content: fc.array(part, { maxLength: 4 }),
      }),
      fc.record({
        type: fc.constant('message'),
        role: fc.constant('assistant'),
        content: fc.array(fc.record({ type: fc.constant('output_text'), text, annotations: fc.constant([]) }), {
          maxLength: 3,
        }),
      }),
      fc.record({ type: fc.constant('function_call'), call_id: name, name, arguments: text }),
      fc.record({ type: fc.constant('function_call_output'), call_id: name, output: fc.oneof(text, fc.array(part)) }),
      fc.record({ type: fc.constant('custom_tool_call'), call_id: name, name, input: text }),
      fc.record({
        type: fc.constant('reasoning'),
        summary: fc.array(fc.record({ type: fc.constant('summary_text'), text })),
      }),
      fc.record({
        type: fc.constant('file_search_call'),
        queries: fc.array(text),
        results: fc.array(fc.dictionary(name, value)),
      }),
      fc.record({
        type: fc.constant('code_interpreter_call'),
        code: text,
        container_id: name,
        outputs: fc.array(value),
      }),
      fc.record({ type: fc.stringMatching(/^odd_[a-z]{1,6}$/) }),
    ),
  );

  it('is read as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(items, { minLength: 1, maxLength: 20 }), async (sent) => {
        const { status, body } = await server.rest('POST', `/conversations?${everything}`, { items: sent });
        expect({ status, error: body.error }).toEqual({ status: 201, error: undefined });
        const listed = await server.rest('GET', `/conversations/${body.id}/items?order=asc&limit=100&${everything}`);
        expect(listed.body.data.map(bare)).toEqual(sent.map(bare));
        const data = await graphql(
          `query ReadItems($id: ID!) { conversation(id: $id) { items(first: 100) { nodes { json } } } }`,
          {
            id: body.id,
          },
        );
        const { nodes } = (data.conversation as { items: { nodes: { json: Sent }[] } }).items;
        expect(nodes.map(({ json }) => bare(json))).toEqual(sent.map(bare));
      }),
      { numRuns: 30 },
    );
  });
});

describe('kinds that nobody knows', () => {
  it('beside others are stored, and not shown to a chat model', async () => {
    const input = [
      { type: 'hologram', beams: 3 },
      { role: 'user', content: 'Hello' },
    ];
    const { body } = await server.rest('POST', '/responses', { model: 'any', input });
    expect(body.status).toBe('completed');
    expect(upstream.requests.at(-1)?.body?.messages).toEqual([{ role: 'user', content: 'Hello' }]);
  });

  it('alone are refused by name of the parameter, before anything is sent to a chat model', async () => {
    const before = upstream.requests.length;
    const { status, body } = await server.rest('POST', '/responses', { model: 'any', input: [{ type: 'hologram' }] });
    expect({ status, error: body.error }).toMatchObject({
      status: 400,
      error: { code: 'unsupported_value', param: 'input', message: expect.stringContaining('can be shown') },
    });
    expect(upstream.requests.length).toBe(before);
  });
});

describe('a known kind with a fault is refused at its place', () => {
  it.each<[object, string, string]>([
    [{ type: 'reasoning' }, 'missing_required_parameter', 'input[0].summary'],
    [
      { type: 'reasoning', summary: [{ type: 'summary_text' }] },
      'missing_required_parameter',
      'input[0].summary[0].text',
    ],
    [{ type: 'reasoning', summary: [], encrypted_content: 5 }, 'invalid_type', 'input[0].encrypted_content'],
    [{ type: 'file_search_call' }, 'missing_required_parameter', 'input[0].queries'],
    [{ type: 'web_search_call', action: 'x' }, 'invalid_type', 'input[0].action'],
    [{ type: 'function_call_output', output: 'x' }, 'missing_required_parameter', 'input[0].call_id'],
    [
      { type: 'function_call', call_id: 'c'.repeat(65), name: 'f', arguments: '' },
      'string_above_max_length',
      'input[0].call_id',
    ],
  ])('%j', async (item, code, param) => {
    const { status, body } = await server.rest('POST', '/responses', { model: 'any', input: [item] });
    expect({ status, error: body.error }).toMatchObject({ status: 400, error: { code, param } });
  });
});
