import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { collect, connectWs, createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, SSE_DONE, sse } from '../support/upstream-answers.js';

/** Custom tools and tools in namespaces, through upstreams that have them and upstreams that do not. */
let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({
    config: {
      providers: [
        { id: 'plain', base_url: upstream.url },
        { id: 'native', base_url: upstream.url, custom_tools: true },
      ],
      models: [
        { name: 'plain-model', provider: 'plain' },
        { name: 'native-model', provider: 'native' },
      ],
    },
    limits: { coalesceMs: 0 },
  });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

type Tool = OpenAI.Responses.Tool;
const runSql: Tool = { type: 'custom', name: 'run_sql', description: 'Runs a query.' };
const withGrammar = (syntax: 'regex' | 'lark', definition: string): Tool => ({
  ...runSql,
  format: { type: 'grammar', syntax, definition },
});

const ADDED = new Set(['output_text', 'output_parsed', 'parsed', 'parsed_arguments', '_request_id']);
const onTheWire = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value, (key, member) => (ADDED.has(key) ? undefined : member)));

/** Streams a run through the SDK's own accumulator; its result has to be what GET answers. */
async function run(fields: Partial<OpenAI.Responses.ResponseCreateParamsStreaming>, ...turns: Behaviour[]) {
  upstream.enqueue(...turns);
  const stream = client.responses.stream({ model: 'plain-model', input: 'Go', tools: [runSql], ...fields } as never);
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  const final = await stream.finalResponse();
  expect(onTheWire(final)).toEqual(onTheWire(await client.responses.retrieve(final.id)));
  return { events, response: onTheWire(final) };
}

const typesOf = (events: readonly ResponseStreamEvent[]) => events.map(({ type }) => type.replace('response.', ''));
const lastBody = () => upstream.requests.at(-1)?.body;
const text = 'select "a"\n-- ünï \u{1F600}';
const wrapped = JSON.stringify({ input: text });

/** A streamed call whose arguments come in these pieces. */
const streamed = (...pieces: string[]): Behaviour => ({
  chunks: [
    sse(chatChunk({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'run_sql', arguments: '' } }] })),
    ...pieces.map((piece) => sse(chatChunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }))),
    sse(chatChunk({}, 'tool_calls')),
    SSE_DONE,
  ],
});

describe('a custom tool on an upstream that has none', () => {
  it('is a function with one text, taken out of its JSON while it streams', async () => {
    const { events, response } = await run(
      {},
      streamed('{"in', 'put": "select \\"a', '\\"\\n-- \\u00fc', 'nï \\ud8', '3d\\ude00"', '}'),
    );
    expect(typesOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.done',
      'output_item.done',
      'completed',
    ]);
    const deltas = events.flatMap((event) =>
      event.type === 'response.custom_tool_call_input.delta' ? event.delta : [],
    );
    expect(deltas).toEqual(['select "a', '"\n-- ü', 'nï ', '\u{1F600}']);
    expect(events[2]).toMatchObject({ item: { type: 'custom_tool_call', input: '', status: 'in_progress' } });
    expect(response.output).toEqual([
      {
        type: 'custom_tool_call',
        id: expect.stringMatching(/^ctc_/),
        status: 'completed',
        call_id: 'call_1',
        name: 'run_sql',
        input: text,
      },
    ]);
    expect(response.tools).toEqual([{ ...runSql, format: { type: 'text' } }]);
    expect(lastBody()).toMatchObject({
      tools: [
        {
          type: 'function',
          function: { name: 'run_sql', description: 'Runs a query.', parameters: { required: ['input'] } },
        },
      ],
    });
  });

  it.each([
    ['cut at every character', [...wrapped], text],
    ['with spaces', [' { "input" :\n"a" } '], 'a'],
    ['under another name', ['{"query": "select 1"}'], 'select 1'],
    ['as plain text', ['select', ' 1'], 'select 1'],
    ['with nothing in it', ['{"input":""}'], ''],
    ['without arguments', [], ''],
  ])('reads an input %s', async (_how, pieces, input) => {
    const { events, response } = await run({}, streamed(...pieces));
    expect(response.output).toMatchObject([{ type: 'custom_tool_call', input }]);
    const deltas = events.flatMap((event) =>
      event.type === 'response.custom_tool_call_input.delta' ? event.delta : [],
    );
    expect(deltas.join('')).toBe(input);
    expect(deltas.every((delta) => delta.isWellFormed())).toBe(true);
  });

  it('cut off by the token limit is incomplete, and so is the response', async () => {
    const { events, response } = await run(
      {},
      {
        chunks: [
          sse(
            chatChunk({
              tool_calls: [{ index: 0, id: 'call_1', function: { name: 'run_sql', arguments: '{"input":"select ' } }],
            }),
          ),
          sse(chatChunk({}, 'length')),
          SSE_DONE,
        ],
      },
    );
    expect(typesOf(events).slice(-3)).toEqual(['custom_tool_call_input.done', 'output_item.done', 'incomplete']);
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ type: 'custom_tool_call', status: 'incomplete', input: 'select ' }],
    });
  });

  it('goes on with its output, in a chain and with the items sent back', async () => {
    const { response } = await run({}, streamed(wrapped));
    const output = { type: 'custom_tool_call_output' as const, call_id: 'call_1', output: 'one row' };
    const chained = await run({ previous_response_id: response.id, input: [output] });
    expect(chained.response).toMatchObject({ output: [{ content: [{ text: 'The tool said: one row' }] }] });
    const messages = [
      { role: 'user', content: 'Go' },
      {
        role: 'assistant',
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'run_sql', arguments: wrapped } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'one row' },
    ];
    expect(lastBody()?.messages).toMatchObject(messages);
    await run({ store: true, input: [{ role: 'user', content: 'Go' }, ...response.output, output] as never });
    expect(lastBody()?.messages).toMatchObject(messages);
  });

  it('may be forced, beside functions', async () => {
    await run({ tool_choice: { type: 'custom', name: 'run_sql' } }, streamed(wrapped));
    expect(lastBody()).toMatchObject({ tool_choice: { type: 'function', function: { name: 'run_sql' } } });
    await run(
      { tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'custom', name: 'run_sql' }] } },
      streamed(wrapped),
    );
    expect(lastBody()).toMatchObject({ tool_choice: 'required' });
  });

  it('answers in parallel with functions, one item after the other', async () => {
    const weather: Tool = { type: 'function', name: 'get_weather', parameters: { type: 'object' }, strict: false };
    const { response } = await run(
      { tools: [weather, runSql] },
      {
        toolCalls: [
          { id: 'call_a', name: 'run_sql', arguments: wrapped },
          { id: 'call_b', name: 'get_weather', arguments: '{}' },
        ],
      },
    );
    expect(response.output).toMatchObject([
      { type: 'custom_tool_call', call_id: 'call_a', input: text },
      { type: 'function_call', call_id: 'call_b', arguments: '{}' },
    ]);
  });

  it('works without a stream, and its events are replayed', async () => {
    upstream.enqueue({ toolCalls: [{ id: 'call_1', name: 'run_sql', arguments: wrapped }] });
    const created = await client.responses.create({ model: 'plain-model', input: 'Go', tools: [runSql] });
    const replayed: string[] = [];
    for await (const { type } of await client.responses.retrieve(created.id, { stream: true })) replayed.push(type);
    expect(replayed.slice(3, 5)).toEqual([
      'response.custom_tool_call_input.delta',
      'response.custom_tool_call_input.done',
    ]);
  });

  it('is called by the built-in model', async () => {
    const response = await client.responses.create({
      model: 'local',
      input: 'Use run_sql on "select 1".',
      tools: [runSql],
    });
    expect(response.output).toMatchObject([{ type: 'custom_tool_call', name: 'run_sql', input: expect.any(String) }]);
  });
});

describe('a grammar', () => {
  it.each([
    ['\\d{4}-\\d{2}', '2026-11'],
    ['(?i)SELECT (?P<what>.+)', 'select x'],
    ['a|b', 'b'],
  ])('of the regular expression %s lets %s through', async (definition, input) => {
    const { response } = await run({ tools: [withGrammar('regex', definition)] }, streamed(JSON.stringify({ input })));
    expect(response).toMatchObject({ status: 'completed', output: [{ input }] });
    expect(JSON.stringify(lastBody()?.tools)).toContain(JSON.stringify(definition).slice(1, -1));
  });

  it.each([
    ['a|b', 'bc'],
    ['(?m)\\d+', '1\nx'],
    ['x', ''],
  ])('of the regular expression %s refuses %j: the run fails', async (definition, input) => {
    upstream.enqueue({ toolCalls: [{ name: 'run_sql', arguments: JSON.stringify({ input }) }] });
    const { body } = await server.rest('POST', '/responses', {
      model: 'plain-model',
      input: 'Go',
      tools: [withGrammar('regex', definition)],
    });
    expect(body).toMatchObject({
      status: 'failed',
      error: {
        code: 'server_error',
        message: "The model called 'run_sql' with an input that its grammar does not allow.",
      },
    });
  });

  it('that takes for ever fails the run in time: it is matched outside of this process’s event loop', async () => {
    upstream.enqueue({ toolCalls: [{ name: 'run_sql', arguments: JSON.stringify({ input: `${'a'.repeat(60)}!` }) }] });
    const { body } = await server.rest('POST', '/responses', {
      model: 'plain-model',
      input: 'Go',
      tools: [withGrammar('regex', '(a+)+b')],
    });
    expect(body).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('in time') } });
    const { response } = await run({ tools: [withGrammar('regex', 'a')] }, streamed('{"input":"a"}'));
    expect(response.status).toBe('completed');
  });

  it('of Lark is asked for and not enforced', async () => {
    const { response } = await run({ tools: [withGrammar('lark', 'start: "x"')] }, streamed(wrapped));
    expect(response.status).toBe('completed');
    expect(JSON.stringify(lastBody()?.tools)).toContain('Lark grammar');
  });

  it.each([
    ['regex', '(', 'tools[0].format.definition'],
    ['regex', 'a(?<=(', 'tools[0].format.definition'],
    ['bnf', 'x', 'tools[0].format.syntax'],
    ['regex', '', 'tools[0].format.definition'],
  ])('in %s that reads %j is refused', async (syntax, definition, param) => {
    const { status, body } = await server.rest('POST', '/responses', {
      model: 'plain-model',
      input: 'Go',
      tools: [withGrammar(syntax as 'regex', definition)],
    });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ type: 'invalid_request_error', param });
  });
});

describe('a custom tool on an upstream that has them', () => {
  it('goes there as it is, and its grammar with it', async () => {
    const { response, events } = await run(
      {
        model: 'native-model',
        tools: [withGrammar('regex', '(?xx)anything the upstream reads')],
        tool_choice: { type: 'custom', name: 'run_sql' },
      },
      {
        chunks: [
          sse(
            chatChunk({
              tool_calls: [{ index: 0, id: 'call_1', type: 'custom', custom: { name: 'run_sql', input: '' } }],
            }),
          ),
          sse(chatChunk({ tool_calls: [{ index: 0, custom: { input: 'select' } }] })),
          sse(chatChunk({ tool_calls: [{ index: 0, custom: { input: ' 1' } }] })),
          sse(chatChunk({}, 'tool_calls')),
          SSE_DONE,
        ],
      },
    );
    expect(lastBody()).toMatchObject({
      tools: [
        {
          type: 'custom',
          custom: {
            name: 'run_sql',
            format: { type: 'grammar', grammar: { syntax: 'regex', definition: '(?xx)anything the upstream reads' } },
          },
        },
      ],
      tool_choice: { type: 'custom', custom: { name: 'run_sql' } },
    });
    expect(typesOf(events).slice(3, 6)).toEqual([
      'custom_tool_call_input.delta',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.done',
    ]);
    expect(response.output).toMatchObject([{ type: 'custom_tool_call', input: 'select 1' }]);
    await run({
      model: 'native-model',
      previous_response_id: response.id,
      input: [{ type: 'custom_tool_call_output', call_id: 'call_1', output: 'ok' }],
    });
    expect(lastBody()?.messages[1]).toMatchObject({
      tool_calls: [{ id: 'call_1', type: 'custom', custom: { name: 'run_sql', input: 'select 1' } }],
    });
  });
});

describe('a namespace', () => {
  const crm = {
    type: 'namespace',
    name: 'crm',
    description: 'Customers.',
    tools: [
      { type: 'function', name: 'find', parameters: { type: 'object' }, strict: false },
      { type: 'custom', name: 'note' },
    ],
  } as unknown as Tool;

  it('reaches the model as flat names; calls carry it', async () => {
    const { response } = await run(
      { tools: [crm] },
      {
        toolCalls: [
          { id: 'call_a', name: 'crm__find', arguments: '{}' },
          { id: 'call_b', name: 'crm__note', arguments: '{"input":"hi"}' },
        ],
      },
    );
    expect(response.output).toMatchObject([
      { type: 'function_call', name: 'find', namespace: 'crm', arguments: '{}' },
      { type: 'custom_tool_call', name: 'note', namespace: 'crm', input: 'hi' },
    ]);
    await run({
      tools: [crm],
      previous_response_id: response.id,
      input: [
        { type: 'function_call_output', call_id: 'call_a', output: 'Ada' },
        { type: 'custom_tool_call_output', call_id: 'call_b', output: 'ok' },
      ],
    });
    expect(lastBody()?.messages[1]?.tool_calls).toMatchObject([
      { function: { name: 'crm__find' } },
      { function: { name: 'crm__note' } },
    ]);
  });
});

describe('refusals', () => {
  const refused = async (fields: object) => {
    const { status, body } = await server.rest('POST', '/responses', { model: 'plain-model', input: 'Go', ...fields });
    expect(status).toBe(400);
    return body.error;
  };

  it.each([
    ['two tools of one name', { tools: [runSql, { type: 'function', name: 'run_sql' }] }, 'tools[1].name'],
    ['a choice that is not there', { tools: [runSql], tool_choice: { type: 'custom', name: 'other' } }, 'tool_choice'],
    ['an empty namespace', { tools: [{ type: 'namespace', name: 'x', tools: [] }] }, 'tools[0].tools'],
    [
      'a flat name that is taken',
      {
        tools: [
          { type: 'function', name: 'a__b' },
          { type: 'namespace', name: 'a', tools: [{ type: 'custom', name: 'b' }] },
        ],
      },
      'tools',
    ],
    ['an output without its call', { input: [{ type: 'custom_tool_call_output', call_id: 'x', output: '' }] }, 'input'],
    [
      'a call without its output',
      { input: [{ type: 'custom_tool_call', call_id: 'x', name: 'a', input: '' }] },
      'input',
    ],
  ])('of %s', async (_what, fields, param) => {
    expect((await refused(fields)).param).toBe(param);
  });

  it.each(['code_interpreter', 'image_generation', 'shell', 'local_shell', 'apply_patch', 'computer', 'tool_search'])(
    'of %s, which is not run here',
    async (type) => {
      expect(await refused({ tools: [{ type }] })).toMatchObject({ param: 'tools[0].type', code: 'unsupported_value' });
    },
  );
});

describe('over GraphQL', () => {
  it('a custom tool, its call and its output have their types', async () => {
    const http = createHttpClient(server);
    const create = `mutation ($input: CreateResponseInput!) {
      createResponse(input: $input) {
        userErrors { code field message }
        response { id outputText output { __typename ... on CustomToolCall { callId name namespace input status } }
          inputItems { nodes { __typename ... on CustomToolCallOutput { callId output } } } }
      }
    }`;
    const tools = [{ custom: { name: 'run_sql', grammar: { syntax: 'REGEX', definition: 'select .*' } } }];
    upstream.enqueue({ toolCalls: [{ id: 'call_1', name: 'run_sql', arguments: '{"input":"select 1"}' }] });
    const input = { model: 'plain-model', input: { text: 'Go' }, tools, toolChoice: { custom: 'run_sql' } };
    const called = (await http.data(create, { input })).createResponse;
    expect(called).toMatchObject({
      userErrors: [],
      response: {
        output: [
          {
            __typename: 'CustomToolCall',
            callId: 'call_1',
            name: 'run_sql',
            namespace: null,
            input: 'select 1',
            status: 'completed',
          },
        ],
      },
    });
    const items = [{ customToolCallOutput: { callId: 'call_1', output: { text: 'one row' } } }];
    const answered = await http.data(create, {
      input: { model: 'plain-model', previousResponseId: called.response.id, input: { items }, tools },
    });
    expect(answered.createResponse.response).toMatchObject({
      outputText: 'The tool said: one row',
      inputItems: { nodes: [{ __typename: 'CustomToolCallOutput', callId: 'call_1', output: 'one row' }] },
    });
    const wrong = [{ custom: { name: 'run_sql', grammar: { syntax: 'REGEX', definition: '(' } } }];
    const refused = (await http.data(create, { input: { ...input, tools: wrong } })).createResponse;
    expect(refused.userErrors).toMatchObject([{ code: 'invalid_value' }]);
  });

  it('its events have theirs', async () => {
    const http = createHttpClient(server);
    upstream.enqueue({ toolCalls: [{ id: 'call_1', name: 'run_sql', arguments: '{"input":"select 1"}' }] });
    const { createResponse } = await http.data(
      'mutation ($input: CreateResponseInput!) { createResponse(input: $input) { response { id } } }',
      {
        input: { model: 'plain-model', input: { text: 'Go' }, tools: [{ custom: { name: 'run_sql' } }], stream: true },
      },
    );
    const ws = connectWs(server.url, { authorization: `Bearer ${server.key}` });
    const results = await collect(
      ws.iterate({
        query: `subscription ($id: ID!) { responseEvents(id: $id) { __typename
          ... on CustomToolCallInputDeltaEvent { delta } ... on CustomToolCallInputDoneEvent { input } } }`,
        variables: { id: createResponse.response.id },
      }),
    );
    await ws.dispose();
    const events = results.map(({ data }) => data.responseEvents);
    const deltas = events.filter((event) => event.__typename === 'CustomToolCallInputDeltaEvent');
    expect(deltas.map(({ delta }) => delta).join('')).toBe('select 1');
    expect(events).toContainEqual({ __typename: 'CustomToolCallInputDoneEvent', input: 'select 1' });
  });
});
