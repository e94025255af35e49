import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { collect, connectWs, createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { asPieces, itemEvents, numbered, responseEvents, type UpstreamItem } from '../support/responses-answers.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/** An upstream that speaks the Responses API itself: its items pass unharmed, under ids of ours. */
let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({
    upstream: { baseUrl: upstream.url, apiKey: null },
    config: {
      providers: [
        { id: 'native', base_url: upstream.url, dialect: 'responses' },
        {
          id: 'plain',
          base_url: upstream.url,
          dialect: 'responses',
          hosted_tools: ['web_search'],
          encrypted_reasoning: false,
        },
      ],
      models: [
        { name: 'native', provider: 'native', upstream_model: 'upstream-model' },
        { name: 'searching', provider: 'plain' },
        { name: '*', provider: 'native' },
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

type Create = Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>;
type Streamed = Omit<OpenAI.Responses.Response, 'output_text'> & { output_text?: string };

const text = (words: string, more: object = {}) => ({ type: 'output_text', text: words, annotations: [], ...more });
const message = (id: string, content: object[], more: object = {}): UpstreamItem => ({
  type: 'message',
  id,
  status: 'completed',
  role: 'assistant',
  content,
  ...more,
});
const reasoning: UpstreamItem = {
  type: 'reasoning',
  id: 'rs_upstream',
  summary: [
    { type: 'summary_text', text: 'First I look.' },
    { type: 'summary_text', text: 'Then I leap.' },
  ],
  encrypted_content: 'gAAAA:secret==',
};
const call = (name: string, callId: string, args: object): UpstreamItem => ({
  type: 'function_call',
  id: `fc_${callId}`,
  status: 'completed',
  call_id: callId,
  name,
  arguments: JSON.stringify(args),
});
const weather = { type: 'function' as const, name: 'get_weather', parameters: { type: 'object' }, strict: false };
const interpreter = { type: 'code_interpreter' as const, container: { type: 'auto' as const } };

/** The same request in one piece and as a stream; both, and what GET shows, must agree. */
async function both(fields: Create, ...turns: Behaviour[]): Promise<OpenAI.Responses.Response> {
  upstream.enqueue(...turns, ...turns);
  const whole = await client.responses.create({ model: 'native', input: 'Go', ...fields });
  const stream = client.responses.stream({ model: 'native', input: 'Go', ...fields } as never);
  const streamed = (await stream.finalResponse()) as Streamed;
  const read = await client.responses.retrieve(streamed.id);
  const bare = ({ id: _id, output_text: _text, created_at: _created, completed_at: _done, ...rest }: Streamed) =>
    JSON.parse(JSON.stringify(rest).replaceAll(/"(?:[a-z]+)_[0-9a-f]{32}"/g, '"ours"'));
  expect(bare(read)).toEqual(bare(whole));
  expect(JSON.parse(JSON.stringify(streamed.output, (key, value) => (isSdks(key) ? undefined : value)))).toEqual(
    read.output,
  );
  expect(await shapeOf(whole.id)).toEqual(await shapeOf(streamed.id));
  return read;
}

/** The types of a response's events, replayed or stored; deltas that follow one another are one. */
async function shapeOf(id: string): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of await client.responses.retrieve(id, { stream: true }))
    if (type !== types.at(-1) || !type.endsWith('.delta')) types.push(type);
  return types;
}

/** Members the SDK's stream class adds on its side. */
const isSdks = (key: string) => key === 'parsed' || key === 'parsed_arguments';

const lastRequest = () => upstream.requests.at(-1)?.body as Record<string, unknown> | undefined;

const items: UpstreamItem[] = [
  message('msg_plain', [text('Hello there')]),
  message('msg_rich', [text('See this', { annotations: [url(0, 3), url(4, 8)] }), text('and this')], {
    phase: 'final_answer',
  }),
  message('msg_refusal', [{ type: 'refusal', refusal: 'I would rather not.' }]),
  {
    type: 'reasoning',
    id: 'rs_raw',
    summary: [],
    content: [{ type: 'reasoning_text', text: 'Hm, let me think.' }],
  },
  {
    type: 'web_search_call',
    id: 'ws_up',
    status: 'completed',
    action: { type: 'search', query: 'weather', queries: ['weather'] },
  },
  { type: 'file_search_call', id: 'fs_up', status: 'completed', queries: ['a'], results: null },
  {
    type: 'code_interpreter_call',
    id: 'ci_up',
    status: 'completed',
    code: 'print(1 + 1)',
    container_id: 'cntr_1',
    outputs: null,
  },
  { type: 'image_generation_call', id: 'ig_up', status: 'completed', result: 'aGVsbG8=', quality: 'high' },
  {
    type: 'computer_call',
    id: 'cu_up',
    call_id: 'call_computer',
    status: 'completed',
    action: { type: 'click', x: 1, y: 2, button: 'left' },
    pending_safety_checks: [],
  },
  {
    type: 'local_shell_call',
    id: 'lsh_up',
    call_id: 'call_local_shell',
    status: 'completed',
    action: { type: 'exec', command: ['ls'], env: {} },
  },
  {
    type: 'shell_call',
    id: 'sh_up',
    call_id: 'call_shell',
    status: 'completed',
    action: { commands: ['ls'], timeout_ms: 1, max_output_length: 2 },
  },
  {
    type: 'apply_patch_call',
    id: 'ap_up',
    call_id: 'call_patch',
    status: 'completed',
    operation: { type: 'delete_file', path: 'a.txt' },
  },
  {
    type: 'custom_tool_call',
    id: 'ctc_up',
    call_id: 'call_custom',
    status: 'completed',
    name: 'sql',
    input: 'select 1',
  },
  call('get_weather', 'call_weather', { city: 'Rome' }),
  { type: 'tool_search_call', id: 'ts_up', call_id: null, arguments: { q: 'x' }, execution: 'server' },
  { type: 'thing_of_the_future', id: 'tf_up', payload: { deep: [1, { two: 'three' }] }, when: null },
];

function url(start: number, end: number) {
  return { type: 'url_citation', url: 'https://example.com/', title: 'Example', start_index: start, end_index: end };
}

describe('items of the upstream', () => {
  it.each(items.map((item) => [item.type, String(item.id), item] as const))('%s %s', async (_type, id, item) => {
    const answer = await both({ tools: [weather, interpreter] }, { items: [item] });
    expect(answer.status).toBe('completed');
    const [shown] = answer.output;
    expect(shown).toEqual({ ...item, id: expect.stringMatching(/^[a-z]+_[0-9a-f]{32}$/) });
    expect(JSON.stringify(answer)).not.toContain(id);
    expect(answer.usage).toMatchObject({
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 3 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 2 },
    });
  });

  it('several in one answer, in their order', async () => {
    const answer = await both(
      { tools: [weather] },
      { items: [reasoning, message('m', [text('a')]), ...items.slice(4)] },
    );
    expect(answer.output.map((item) => item.type)).toEqual([
      'reasoning',
      'message',
      ...items.slice(4).map((item) => item.type),
    ]);
  });

  it('that interleave', async () => {
    const [first, second] = [call('get_weather', 'call_1', { a: 1 }), call('get_weather', 'call_2', { b: 2 })];
    const one = itemEvents(first as UpstreamItem, 0);
    const two = itemEvents(second as UpstreamItem, 1);
    const running = { id: 'resp_up', status: 'in_progress', output: [] };
    const events = numbered([
      { type: 'response.created', response: running },
      ...one.flatMap((event, i) => [event, two[i] as typeof event]),
      { type: 'response.completed', response: { ...running, status: 'completed', output: [first, second] } },
    ]);
    upstream.enqueue({ chunks: asPieces(events) });
    const stream = client.responses.stream({ model: 'native', input: 'Go', tools: [weather] } as never);
    const { output } = await stream.finalResponse();
    expect(output).toMatchObject([{ arguments: '{"a":1}' }, { arguments: '{"b":2}' }]);
  });

  it('that events leave out, or only begin, are taken from the final response', async () => {
    const whole = message('msg_late', [text('All at once')]);
    const announced = call('get_weather', 'call_begun', { city: 'Oslo' });
    const final = { id: 'r', status: 'completed', model: 'm', output: [announced, reasoning, whole] };
    upstream.enqueue({
      chunks: asPieces([
        { type: 'response.output_item.added', output_index: 0, item: { ...announced, arguments: '' } },
        { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"city":"Oslo"}' },
        { type: 'response.completed', response: final },
      ]),
    });
    const stream = client.responses.stream({ model: 'native', input: 'Go', tools: [weather] } as never);
    const { output } = await stream.finalResponse();
    expect(output).toMatchObject([
      { type: 'function_call', arguments: '{"city":"Oslo"}' },
      { type: 'reasoning', summary: reasoning.summary },
      { type: 'message', content: [{ text: 'All at once' }] },
    ]);
  });

  it('whose parts were never announced get their announcement', async () => {
    const said = message('msg_1', [text('Hello')]);
    const events = itemEvents(said, 0).filter(({ type }) => type !== 'response.content_part.added');
    upstream.enqueue({
      chunks: asPieces([
        ...events,
        { type: 'response.strange', output_index: 0 },
        { type: 'response.completed', response: { status: 'completed', output: [said] } },
      ]),
    });
    const types: string[] = [];
    for await (const { type } of await client.responses.create({ model: 'native', input: 'Go', stream: true }))
      types.push(type);
    expect(types.slice(2, 5)).toEqual([
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
    ]);
    expect(types).not.toContain('response.strange');
    expect(types.at(-1)).toBe('response.completed');
  });

  it('with call ids that are missing, too long or repeated get ids that find their outputs', async () => {
    const odd = [
      call('get_weather', 'twice', {}),
      call('get_weather', 'twice', {}),
      call('get_weather', 'x'.repeat(65), {}),
    ];
    const answer = await both(
      { tools: [weather] },
      { items: [...odd, { ...odd[0], call_id: undefined } as UpstreamItem] },
    );
    const ids = answer.output.map((item) => (item as { call_id: string }).call_id);
    expect(ids[0]).toBe('twice');
    expect(new Set(ids).size).toBe(4);
    for (const id of ids.slice(1)) expect(id).toMatch(/^call_[0-9a-f]{32}$/);
  });
});

describe('over GraphQL', () => {
  it('every event has a type of its own, and every item what it holds', async () => {
    const ws = connectWs(server.url, { authorization: `Bearer ${server.key}` });
    const shown = items.filter(({ type }) => type !== 'thing_of_the_future');
    upstream.enqueue({ items: [reasoning, ...shown] });
    const input = { model: 'native', input: { text: 'Go' }, stream: true };
    const { createResponse } = await createHttpClient(server).data(
      `mutation Start($input: CreateResponseInput!) { createResponse(input: $input) { response { id } } }`,
      { input },
    );
    const query = `subscription ($id: ID!) {
      responseEvents(id: $id) {
        __typename type
        ... on ReasoningSummaryTextDeltaEvent { summaryIndex delta }
        ... on CodeInterpreterCallCodeDoneEvent { code }
        ... on OutputItemDoneEvent { item { __typename type id } }
      }
    }`;
    const results = await collect(ws.iterate({ query, variables: { id: createResponse.response.id } }));
    await ws.dispose();
    expect(results.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    const events = results.map(({ data }) => data.responseEvents);
    expect(events.filter(({ __typename }) => __typename === 'OtherResponseEvent')).toEqual([]);
    const summaries = events.filter(({ __typename }) => __typename === 'ReasoningSummaryTextDeltaEvent');
    expect(summaries.map(({ delta }) => delta).join('')).toBe('First I look.Then I leap.');
    expect(events).toContainEqual(expect.objectContaining({ code: 'print(1 + 1)' }));
    const done = events.filter(({ __typename }) => __typename === 'OutputItemDoneEvent');
    expect(done.map(({ item }) => item.type)).toEqual([reasoning, ...shown].map(({ type }) => type));
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
  });
});

describe('what the upstream is asked', () => {
  it('a stateless request with the settings of ours', async () => {
    await both(
      {
        instructions: 'Be brief, in JSON.',
        temperature: 0.5,
        max_output_tokens: 100,
        tools: [weather, interpreter],
        tool_choice: { type: 'code_interpreter' } as never,
        parallel_tool_calls: false,
        max_tool_calls: 3,
        reasoning: { effort: 'low', summary: 'auto' },
        text: { format: { type: 'json_object' }, verbosity: 'low' },
        top_logprobs: 2,
        service_tier: 'flex',
        safety_identifier: 'someone',
        prompt_cache_key: 'cache',
        metadata: { ours: 'only' },
      },
      { text: '{}' },
    );
    const { path, body } = upstream.requests.at(-1) ?? {};
    expect(path).toBe('/v1/responses');
    expect(body).toMatchObject({
      model: 'upstream-model',
      store: false,
      stream: true,
      include: ['code_interpreter_call.outputs', 'reasoning.encrypted_content', 'message.output_text.logprobs'],
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go' }] }],
      instructions: 'Be brief, in JSON.',
      temperature: 0.5,
      max_output_tokens: 100,
      tools: [weather, interpreter],
      tool_choice: { type: 'code_interpreter' },
      parallel_tool_calls: false,
      max_tool_calls: 3,
      reasoning: { effort: 'low', summary: 'auto' },
      text: { format: { type: 'json_object' }, verbosity: 'low' },
      top_logprobs: 2,
      service_tier: 'flex',
      safety_identifier: 'someone',
      prompt_cache_key: 'cache',
    });
    for (const ours of ['metadata', 'previous_response_id', 'conversation', 'background'])
      expect(body).not.toHaveProperty(ours);
    expect(JSON.stringify(body?.input)).not.toMatch(/"id"/);
  });

  it('a chain: history as items, encrypted reasoning under the id it was sealed with', async () => {
    const first = await both({ tools: [weather] }, { items: [reasoning, call('get_weather', 'call_chain', {})] });
    expect(JSON.stringify(first)).not.toContain('secret');
    upstream.enqueue({ text: 'Sunny.' });
    await client.responses.create({
      model: 'native',
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: 'call_chain', output: 'sunny' }],
    });
    expect(lastRequest()?.input).toEqual([
      { type: 'message', status: 'completed', role: 'user', content: [{ type: 'input_text', text: 'Go' }] },
      reasoning,
      { type: 'function_call', status: 'completed', call_id: 'call_chain', name: 'get_weather', arguments: '{}' },
      { type: 'function_call_output', status: 'completed', call_id: 'call_chain', output: 'sunny' },
    ]);
  });

  it('a chain that the client carries itself: sealed for the client, opened for the upstream', async () => {
    upstream.enqueue({ items: [reasoning, message('m', [text('Hi')])] });
    const carried = { model: 'native', input: 'Go', store: false, include: ['reasoning.encrypted_content'] };
    const first = await client.responses.stream(carried as never).finalResponse();
    const [thought] = first.output as { encrypted_content?: string }[];
    expect(thought?.encrypted_content).toEqual(expect.any(String));
    expect(JSON.stringify(first)).not.toContain('secret');
    upstream.enqueue({});
    await client.responses.create({
      model: 'native',
      store: false,
      input: [{ role: 'user', content: 'Go' }, ...first.output, { role: 'user', content: 'On' }] as never,
    });
    const input = lastRequest()?.input as UpstreamItem[];
    expect(input.map(({ type }) => type)).toEqual(['message', 'reasoning', 'message', 'message']);
    expect(input[1]).toEqual(reasoning);
  });

  it('without encrypted reasoning once a model has refused it', async () => {
    const refusal = { message: 'Encrypted content is not supported with this model.', param: 'include' };
    upstream.enqueue({ status: 400, body: { error: refusal } }, {}, {});
    const before = upstream.requests.length;
    for (const _ of [1, 2]) await client.responses.create({ model: 'gpt-plain', input: 'Go' });
    const asked = upstream.requests.slice(before).map(({ body }) => body?.include);
    expect(asked).toEqual([['reasoning.encrypted_content'], undefined, undefined]);
  });

  it('files of this server by their bytes, never by an id that only it knows', async () => {
    const file = await client.files.create({ file: new File(['Hello'], 'hello.txt'), purpose: 'user_data' });
    const ask = (fileId: string) => {
      const content = [{ type: 'input_file' as const, file_id: fileId }];
      return client.responses.create({ model: 'native', input: [{ role: 'user', content }] });
    };
    upstream.enqueue({});
    await ask(file.id);
    const sent = JSON.stringify(lastRequest()?.input);
    expect(sent).toContain(Buffer.from('Hello').toString('base64'));
    const before = upstream.requests.length;
    await expect(ask('file-unknown')).rejects.toMatchObject({ status: 404 });
    expect(upstream.requests).toHaveLength(before);
  });

  it('another upstream never sees reasoning that it cannot open', async () => {
    const first = await both({}, { items: [reasoning, message('m', [text('Hi')])] });
    upstream.enqueue({});
    await client.responses.create({ model: 'searching', previous_response_id: first.id, input: 'And?' });
    const input = lastRequest()?.input as UpstreamItem[];
    expect(input.map(({ type }) => type)).toEqual(['message', 'message', 'message']);
    expect(lastRequest()).not.toHaveProperty('include');
  });
});

describe('tools', () => {
  it('that run here run here: the upstream knows them as functions', async () => {
    const answer = await both(
      {
        tools: [{ type: 'file_search', vector_store_ids: [] }, interpreter] as never,
        tool_choice: { type: 'file_search' },
      },
      { items: [reasoning, call('file_search', 'call_fs', { queries: ['limits'] })] },
      { items: [message('m', [text('Found nothing.')])] },
    );
    expect(answer.output.map((item) => item.type)).toEqual(['reasoning', 'file_search_call', 'message']);
    expect(answer.usage?.output_tokens).toBe(14);
    const body = lastRequest() as { input: UpstreamItem[]; tools: UpstreamItem[] };
    expect(body.tools.map(({ type, name }) => name ?? type)).toEqual(['file_search', 'code_interpreter']);
    expect(body.input.slice(1).map(({ type }) => type)).toEqual(['reasoning', 'function_call', 'function_call_output']);
    expect(body.input[1]).toEqual(reasoning);
    expect(upstream.requests.at(-2)?.body).toMatchObject({ tool_choice: { type: 'function', name: 'file_search' } });
  });

  it('of the client end the turn, after those that run here have run', async () => {
    const answer = await both(
      { tools: [{ type: 'file_search', vector_store_ids: [] }, weather] as never },
      { items: [call('file_search', 'call_fs', { queries: ['x'] }), call('get_weather', 'call_w', {})] },
    );
    expect(answer.output.map((item) => item.type).sort()).toEqual(['file_search_call', 'function_call']);
  });

  it('are the upstream’s where the configuration says so, and refused where nobody runs them', async () => {
    const web = { type: 'web_search_preview' as const };
    upstream.enqueue({});
    await client.responses.create({ model: 'searching', input: 'Go', tools: [web] });
    expect(lastRequest()?.tools).toMatchObject([{ type: 'web_search_preview' }]);
    upstream.enqueue({});
    await client.responses.create({ model: 'native', input: 'Go', tools: [web] });
    expect(lastRequest()?.tools).toMatchObject([{ type: 'function', name: 'web_search' }]);
    for (const model of ['searching', 'local'])
      await expect(
        client.responses.create({ model, input: 'Go', tools: [weather, interpreter] }),
      ).rejects.toMatchObject({
        status: 400,
        code: 'unsupported_value',
        param: 'tools[1].type',
      });
  });
});

it('a server of this kind as the upstream of another', async () => {
  const front = await startTestApp({
    config: {
      providers: [{ id: 'behind', base_url: `${server.url}/v1`, api_key: server.key, dialect: 'responses' }],
      models: [{ name: '*', provider: 'behind' }],
    },
  });
  try {
    const outer = new OpenAI({ baseURL: `${front.url}/api/v1`, apiKey: front.key, maxRetries: 0 });
    const model = 'any';
    upstream.enqueue({ items: [reasoning, message('m', [text('Hello Alice.')])] });
    const first = await outer.responses.stream({ model, input: 'My name is Alice.' }).finalResponse();
    expect(first).toMatchObject({
      status: 'completed',
      output: [{ type: 'reasoning' }, { content: [{ text: 'Hello Alice.' }] }],
    });
    upstream.enqueue({ items: [call('get_weather', 'call_rome', { city: 'Rome' })] });
    const second = await outer.responses.create({
      model,
      previous_response_id: first.id,
      input: 'What is the weather in Rome?',
      tools: [
        { ...weather, parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
      ],
      tool_choice: 'required',
    });
    expect(second).toMatchObject({ status: 'completed', output: [{ type: 'function_call', name: 'get_weather' }] });
    // Thoughts find their way back through both seals, to the upstream that made them.
    const input = lastRequest()?.input as UpstreamItem[];
    expect(input.map(({ type }) => type)).toEqual(['message', 'reasoning', 'message', 'message']);
    expect(input[1]).toEqual(reasoning);
    const wrongKey = { id: 'behind', base_url: `${server.url}/v1`, api_key: 'sk-wrong', dialect: 'responses' };
    const locked = await startTestApp({
      config: { providers: [wrongKey], models: [{ name: '*', provider: 'behind' }] },
    });
    const refused = await locked.rest('POST', '/responses', { model, input: 'Hi' });
    await locked.stop();
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'server_error' } } });
  } finally {
    await front.stop();
  }
});

describe('how it ends', () => {
  it.each([
    ['max_output_tokens', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
    ['max_messages', 'max_output_tokens'],
  ])('incomplete for %s', async (incompleteReason, reason) => {
    const cut = message('m', [text('Once upon')], { status: 'incomplete' });
    const answer = await both({}, { items: [cut], ending: 'incomplete', incompleteReason });
    expect(answer).toMatchObject({ status: 'incomplete', incomplete_details: { reason } });
    expect(answer.output).toMatchObject([{ status: 'incomplete', content: [{ text: 'Once upon' }] }]);
  });

  it('failed after some output, which is kept and paid', async () => {
    upstream.enqueue({
      items: [message('m', [text('Well')])],
      ending: 'failed',
      error: { code: 'server_error', message: 'x' },
    });
    const answer = await client.responses.create({ model: 'native', input: 'Go' });
    expect(answer).toMatchObject({ status: 'failed', error: { code: 'server_error' }, usage: { output_tokens: 7 } });
  });

  it('cut off in the middle of an item, which is kept as it stood', async () => {
    const events = responseEvents('m', { items: [message('m', [text('Hello there')])] });
    upstream.enqueue({ chunks: asPieces(events.slice(0, 5)) });
    let id = '';
    for await (const event of await client.responses.create({ model: 'native', input: 'Go', stream: true }))
      if (event.type === 'response.created') id = event.response.id;
    expect(await client.responses.retrieve(id)).toMatchObject({
      status: 'failed',
      output: [{ status: 'incomplete', content: [{ type: 'output_text', text: 'Hello ' }] }],
    });
  });
});
