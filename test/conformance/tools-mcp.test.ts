import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import type { ResponseInputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { collect, connectWs, createHttpClient, until } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startMcpServer, startOlderMcpServer, type TestMcpServer } from '../support/mcp-server.js';
import type { UpstreamItem } from '../support/responses-answers.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/** MCP tools against a real MCP server over streamable HTTP, driven by the official SDK. */
let upstream: Upstream;
let mcp: TestMcpServer;
let server: TestApp;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startUpstream();
  mcp = await startMcpServer();
  server = await startTestApp({
    config: {
      outbound: { allow: ['127.0.0.1'] },
      providers: [
        { id: 'native', base_url: upstream.url, dialect: 'responses' },
        { id: 'chat', base_url: upstream.url },
      ],
      models: [
        { name: 'native', provider: 'native' },
        { name: 'priced', provider: 'chat', max_output_tokens: 16, price: { input: '0.001', output: '0.001' } },
        { name: 'test-model', provider: 'chat' },
        { name: 'local', provider: 'local' },
      ],
    },
    limits: { coalesceMs: 0, mcpListMs: 3_000, mcpCallMs: 1_500 },
  });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
});
afterAll(async () => {
  await server.stop();
  await mcp.close();
  await upstream.close();
});
beforeEach(() => {
  mcp.reset();
});

type Create = Partial<OpenAI.Responses.ResponseCreateParamsStreaming>;
const dice = (members: Partial<OpenAI.Responses.Tool.Mcp> = {}): OpenAI.Responses.Tool.Mcp => ({
  type: 'mcp',
  server_label: 'dice',
  server_url: mcp.url,
  require_approval: 'never',
  allowed_tools: ['roll_dice', 'erase', 'fail'],
  ...members,
});
const calls = (name: string, args: object | string = {}): Behaviour => ({
  toolCalls: [{ id: 'call_1', name, arguments: typeof args === 'string' ? args : JSON.stringify(args) }],
});

const ADDED = new Set(['output_text', 'output_parsed', 'parsed', 'parsed_arguments', '_request_id']);
const onTheWire = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value, (key, member) => (ADDED.has(key) ? undefined : member)));

/** Streams a run through the SDK's own accumulator; its result has to be what GET answers. */
async function run(fields: Create, ...turns: Behaviour[]) {
  upstream.enqueue(...turns);
  const stream = client.responses.stream({ model: 'test-model', input: 'Go', tools: [dice()], ...fields } as never);
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  const final = await stream.finalResponse();
  expect(onTheWire(final)).toEqual(onTheWire(await client.responses.retrieve(final.id)));
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
  const done = events.flatMap((event) => (event.type === 'response.output_item.done' ? [onTheWire(event.item)] : []));
  expect(done).toEqual(onTheWire(final.output));
  return { events, response: onTheWire(final) };
}

const typesOf = (events: readonly ResponseStreamEvent[]) => events.map(({ type }) => type.replace('response.', ''));
const itemsOf = (response: { output: OpenAI.Responses.ResponseOutputItem[] }) =>
  response.output.map(({ type }) => type);
const bodies = () => upstream.requests.map(({ body }) => body);
const message = [
  'output_item.added',
  'content_part.added',
  'output_text.delta',
  'output_text.done',
  'content_part.done',
  'output_item.done',
];
const LIST = ['output_item.added', 'mcp_list_tools.in_progress', 'mcp_list_tools.completed', 'output_item.done'];
const CALL = [
  'output_item.added',
  'mcp_call.in_progress',
  'mcp_call_arguments.delta',
  'mcp_call_arguments.done',
  'mcp_call.completed',
  'output_item.done',
];

describe('a run with an MCP server', () => {
  it('lists its tools, calls one and answers: the exact events', async () => {
    const { events, response } = await run({}, calls('roll_dice', { sides: 6 }), { text: 'Six.' });
    expect(typesOf(events)).toEqual(['created', 'in_progress', ...LIST, ...CALL, ...message, 'completed']);
    expect(events[2]).toMatchObject({ output_index: 0, item: { type: 'mcp_list_tools', tools: [] } });
    expect(response.output).toEqual([
      {
        type: 'mcp_list_tools',
        id: expect.stringMatching(/^mcpl_/),
        server_label: 'dice',
        tools: [
          {
            name: 'roll_dice',
            description: 'Rolls dice of so many sides.',
            input_schema: expect.objectContaining({ type: 'object', required: ['sides'] }),
            annotations: { readOnlyHint: true },
          },
          expect.objectContaining({ name: 'erase' }),
          expect.objectContaining({ name: 'fail' }),
        ],
      },
      {
        type: 'mcp_call',
        id: expect.stringMatching(/^mcp_/),
        status: 'completed',
        server_label: 'dice',
        name: 'roll_dice',
        arguments: '{"sides":6}',
        output: 'rolled 6',
        error: null,
        approval_request_id: null,
      },
      expect.objectContaining({ type: 'message' }),
    ]);
    const [first, second] = bodies().slice(-2);
    expect(first?.tools).toMatchObject([
      { function: { name: 'roll_dice', parameters: { required: ['sides'] } } },
      { function: { name: 'erase' } },
      { function: { name: 'fail' } },
    ]);
    expect(second?.messages.slice(-2)).toMatchObject([
      { role: 'assistant', tool_calls: [{ function: { name: 'roll_dice', arguments: '{"sides":6}' } }] },
      { role: 'tool', content: 'rolled 6' },
    ]);
    await until(() => mcp.sessions.size === 0, 'the session to be ended');
    expect(mcp.calls()).toEqual(['initialize', 'notifications/initialized', 'tools/list', 'tools/call']);
  });

  it('does not list again what the chain has a list of; the model still sees the earlier call', async () => {
    const first = await run({}, calls('roll_dice', { sides: 6 }), { text: 'Six.' });
    mcp.requests.length = 0;
    const next = await run(
      { previous_response_id: first.response.id, input: 'Again' },
      calls('roll_dice', { sides: 8 }),
      {
        text: 'Eight.',
      },
    );
    expect(itemsOf(next.response)).toEqual(['mcp_call', 'message']);
    expect(mcp.calls()).not.toContain('tools/list');
    expect(bodies().at(-1)?.messages).toMatchObject([
      { role: 'user', content: 'Go' },
      { role: 'assistant', tool_calls: [{ function: { name: 'roll_dice', arguments: '{"sides":6}' } }] },
      { role: 'tool', content: 'rolled 6' },
      { role: 'assistant', content: 'Six.' },
      { role: 'user', content: 'Again' },
      { role: 'assistant', tool_calls: [{ function: { name: 'roll_dice', arguments: '{"sides":8}' } }] },
      { role: 'tool', content: 'rolled 8' },
    ]);
    const widened = await run({ previous_response_id: next.response.id, tools: [dice({ allowed_tools: ['mixed'] })] });
    expect(itemsOf(widened.response)).toEqual(['mcp_list_tools', 'message']);
  });

  it('takes the items back from a caller who keeps them', async () => {
    const first = await run({ store: true }, calls('roll_dice', { sides: 6 }), { text: 'Six.' });
    mcp.requests.length = 0;
    const again = await run({
      input: [
        { role: 'user', content: 'Go' },
        ...(first.response.output as ResponseInputItem[]),
        { role: 'user', content: 'And?' },
      ],
    });
    expect(itemsOf(again.response)).toEqual(['message']);
    expect(mcp.calls()).toEqual([]);
    expect(bodies().at(-1)?.messages).toHaveLength(5);
  });

  it('runs without a stream and in the background, with the same items', async () => {
    upstream.enqueue(calls('roll_dice', { sides: 4 }), { text: 'Four.' });
    const plain = await client.responses.create({ model: 'test-model', input: 'Go', tools: [dice()] });
    expect(itemsOf(plain)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
    const replayed: ResponseStreamEvent[] = [];
    for await (const event of await client.responses.retrieve(plain.id, { stream: true })) replayed.push(event);
    expect(typesOf(replayed)).toEqual(['created', 'in_progress', ...LIST, ...CALL, ...message, 'completed']);
    upstream.enqueue(calls('roll_dice', { sides: 4 }), { text: 'Four.' });
    let queued = await client.responses.create({ model: 'test-model', input: 'Go', tools: [dice()], background: true });
    while (queued.status === 'queued' || queued.status === 'in_progress')
      queued = await client.responses.retrieve(queued.id);
    expect(itemsOf(queued)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
  });

  it('reads every kind of content', async () => {
    const tools = [dice({ allowed_tools: null })];
    const mixed = await run({ tools }, calls('mixed'), { text: 'Ok.' });
    expect(mixed.response.output[1]).toMatchObject({ output: 'words\n[image image/png]\ninside\n[b](test://b)' });
    const structured = await run({ tools }, calls('structured'), { text: 'Ok.' });
    expect(structured.response.output[1]).toMatchObject({ output: '{"answer":42}' });
  });

  it('runs several calls of one turn, beside a function of the client', async () => {
    const weather = { type: 'function' as const, name: 'get_weather', parameters: {}, strict: false };
    const { response } = await run(
      { tools: [dice(), weather] },
      {
        toolCalls: [
          { id: 'call_a', name: 'get_weather', arguments: '{}' },
          { id: 'call_b', name: 'roll_dice', arguments: '{"sides":2}' },
          { id: 'call_c', name: 'roll_dice', arguments: '{"sides":3}' },
        ],
      },
    );
    expect(itemsOf(response)).toEqual(['mcp_list_tools', 'function_call', 'mcp_call', 'mcp_call']);
    const next = await run({
      tools: [dice(), weather],
      previous_response_id: response.id,
      input: [{ type: 'function_call_output', call_id: 'call_a', output: 'sunny' }],
    });
    expect(next.response.status).toBe('completed');
    const messages = bodies().at(-1)?.messages ?? [];
    expect(messages.filter(({ role }) => role === 'tool')).toHaveLength(3);
    expect(messages[1]?.tool_calls).toHaveLength(3);
  });

  it('keeps two servers apart whose tools have the same names', async () => {
    const tools = [
      dice({ allowed_tools: ['roll_dice'] }),
      dice({ server_label: 'other', allowed_tools: ['roll_dice'] }),
    ];
    const { response } = await run({ tools }, calls('other__roll_dice', { sides: 9 }), { text: 'Nine.' });
    expect(itemsOf(response)).toEqual(['mcp_list_tools', 'mcp_list_tools', 'mcp_call', 'message']);
    expect(response.output[2]).toMatchObject({ server_label: 'other', name: 'roll_dice', output: 'rolled 9' });
  });

  it('counts calls against max_tool_calls', async () => {
    const two = ['1', '2'].map((sides) => ({ name: 'roll_dice', arguments: `{"sides":${sides}}` }));
    const { response } = await run({ max_tool_calls: 1 }, { toolCalls: two }, { text: 'Enough.' });
    expect(itemsOf(response)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
    expect(bodies().at(-1)).toMatchObject({ tool_choice: 'none' });
    expect(bodies().at(-1)?.messages.at(-1)?.content).toContain('No more tool calls');
  });

  it('ends a model that calls the same thing for ever', async () => {
    const before = bodies().length;
    const { response } = await run({}, ...Array.from({ length: 20 }, () => calls('roll_dice', { sides: 6 })));
    expect(response.status).toBe('completed');
    expect(bodies().length - before).toBeLessThanOrEqual(16);
    // What was not used up must not answer the next test.
    while (bodies().length - before < 20) await client.responses.create({ model: 'test-model', input: 'x' });
  });

  it.each([
    ['a server', { type: 'mcp', server_label: 'dice' }, 'required', ['roll_dice', 'erase', 'fail']],
    [
      'a tool',
      { type: 'mcp', server_label: 'dice', name: 'erase' },
      { type: 'function', function: { name: 'erase' } },
      ['roll_dice', 'erase', 'fail'],
    ],
    [
      'a subset',
      { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'mcp', server_label: 'dice', name: 'fail' }] },
      undefined,
      ['fail'],
    ],
  ])('may be forced to %s', async (_what, choice, sent, offered) => {
    await run({ tool_choice: choice as never }, { text: 'Ok.' });
    const body = bodies().at(-1);
    expect(body?.tool_choice).toEqual(sent);
    expect(body?.tools).toMatchObject(offered.map((name) => ({ function: { name } })));
  });

  it('finds its tools at a server of the older transport too, and leaves it', async () => {
    const older = await startOlderMcpServer();
    const { response } = await run({ tools: [dice({ server_url: older.url })] }, calls('roll_dice', { sides: 6 }), {
      text: 'Six.',
    });
    expect(response.output[1]).toMatchObject({ type: 'mcp_call', output: 'rolled 6' });
    await until(() => older.open() === 0, 'the stream to be closed');
    await older.close();
  });

  it('works with an upstream that speaks the Responses API itself', async () => {
    const call = (callId: string, name: string): UpstreamItem => ({
      type: 'function_call',
      id: `fc_${callId}`,
      status: 'completed',
      call_id: callId,
      name,
      arguments: '{"sides":6}',
    });
    const { response } = await run(
      { model: 'native', tool_choice: { type: 'mcp', server_label: 'dice' } },
      { items: [call('call_1', 'roll_dice')] },
      { text: 'Six.' },
    );
    expect(itemsOf(response)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
    const [first, second] = bodies().slice(-2);
    expect(first?.tool_choice).toEqual({
      type: 'allowed_tools',
      mode: 'required',
      tools: ['roll_dice', 'erase', 'fail'].map((name) => ({ type: 'function', name })),
    });
    expect(second?.input).toMatchObject([
      { role: 'user' },
      { type: 'function_call', name: 'roll_dice' },
      { type: 'function_call_output', output: 'rolled 6' },
    ]);
    await run({ model: 'native', previous_response_id: response.id, input: 'Again' }, { text: 'Ok.' });
    expect(bodies().at(-1)?.input).toMatchObject([
      { role: 'user' },
      { type: 'function_call', name: 'roll_dice' },
      { type: 'function_call_output', output: 'rolled 6' },
      { role: 'assistant' },
      { role: 'user' },
    ]);
  });

  it('is called by the built-in model', async () => {
    const response = await client.responses.create({
      model: 'local',
      input: 'Use roll_dice with 6 sides.',
      tools: [dice()],
    });
    expect(response.output).toMatchObject([
      { type: 'mcp_list_tools' },
      { type: 'mcp_call', name: 'roll_dice', arguments: '{"sides":6}', output: 'rolled 6' },
      { type: 'message' },
    ]);
    expect(response.output_text).toContain('rolled 6');
  });
});

describe('what goes wrong at the server', () => {
  const failed = async (tools: object[], ...turns: Behaviour[]) => (await run({ tools } as never, ...turns)).response;

  it.each([
    ['that answers 401', () => mcp.refuseWith(401), {}, 'The server answered with HTTP status 401.'],
    ['that answers 500', () => mcp.refuseWith(500), {}, 'The server answered with HTTP status 500.'],
    ['that is not there', () => undefined, { server_url: 'http://127.0.0.1:9/mcp' }, 'could not be reached'],
  ])('%s: the list says so, and the run goes on without it', async (_what, arrange, members, words) => {
    arrange();
    const { events, response } = await run({ tools: [dice(members)] }, { text: 'Without.' });
    expect(typesOf(events).slice(2, 6)).toEqual([
      'output_item.added',
      'mcp_list_tools.in_progress',
      'mcp_list_tools.failed',
      'output_item.done',
    ]);
    expect(response).toMatchObject({
      status: 'completed',
      output: [{ type: 'mcp_list_tools', tools: [], error: expect.stringContaining(words) }, { type: 'message' }],
    });
    expect(bodies().at(-1)?.tools).toBeUndefined();
    const next = await run({ previous_response_id: response.id, input: 'Again' });
    expect(itemsOf(next.response)[0]).toBe('mcp_list_tools');
  });

  it('a tool that fails: the call shows it, the model is told', async () => {
    const { events, response } = await run({}, calls('fail'), { text: 'Sorry.' });
    expect(typesOf(events)).toContain('mcp_call.failed');
    expect(response.output[1]).toMatchObject({
      status: 'failed',
      output: null,
      error: { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: 'out of order' }] },
    });
    expect(bodies().at(-1)?.messages.at(-1)).toMatchObject({ role: 'tool', content: '{"error":"out of order"}' });
  });

  it.each([
    ['arguments that do not fit', 'roll_dice', '{"sides":"many"}', { type: 'mcp_tool_execution_error' }],
    ['arguments that are no object', 'roll_dice', '[1]', { type: 'mcp_protocol_error', code: -32602 }],
    ['a result that is too large', 'huge', '{}', { type: 'mcp_protocol_error', code: -32603 }],
    [
      'a call that takes too long',
      'hang',
      '{}',
      { type: 'http_error', message: 'The server took too long to answer.' },
    ],
  ])('%s', async (_what, name, args, error) => {
    const response = await failed([dice({ allowed_tools: null })], calls(name, args), { text: 'Sorry.' });
    expect(response).toMatchObject({
      status: 'completed',
      output: [{}, { type: 'mcp_call', status: 'failed', arguments: args, error }, { type: 'message' }],
    });
  });

  it('a server that goes away between list and call', async () => {
    upstream.enqueue({ ...calls('roll_dice', { sides: 6 }), delayMs: 300 }, { text: 'Sorry.' });
    const before = upstream.requests.length;
    const pending = client.responses.create({ model: 'test-model', input: 'Go', tools: [dice()] });
    await until(() => upstream.requests.length > before, 'the model to be called');
    mcp.refuseWith(503);
    expect((await pending).output[1]).toMatchObject({ status: 'failed', error: { type: 'http_error', code: 503 } });
  });

  it('a server that never answers: the list gives up in time, or when the run is cancelled', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const tools = [dice({ server_url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/mcp` })];
    const { response } = await run({ tools }, { text: 'Without.' });
    expect(response.output[0]).toMatchObject({ error: 'The server took too long to answer.' });
    const before = upstream.requests.length;
    const { id } = await client.responses.create({ model: 'test-model', input: 'Go', tools, background: true });
    await until(async () => (await client.responses.retrieve(id)).status === 'in_progress', 'the run to begin');
    expect(await client.responses.cancel(id)).toMatchObject({ status: 'cancelled' });
    expect(upstream.requests.length).toBe(before);
    silent.closeAllConnections();
    silent.close();
  });

  it('a run that is cancelled in the middle of a call ends at once, and leaves the server', async () => {
    upstream.enqueue(calls('hang'));
    const stream = await client.responses.create({
      model: 'test-model',
      input: 'Go',
      tools: [dice({ allowed_tools: null })],
      background: true,
      stream: true,
    });
    let id = '';
    for await (const event of stream) {
      if (event.type === 'response.created') id = event.response.id;
      if (event.type === 'response.mcp_call_arguments.done') await client.responses.cancel(id);
    }
    const ended = await client.responses.retrieve(id);
    expect(ended).toMatchObject({ status: 'cancelled', output: [{}, { type: 'mcp_call', status: 'incomplete' }] });
    await until(() => mcp.sessions.size === 0, 'the session to be ended');
  });
});

describe('approval', () => {
  const asking = () => [dice({ require_approval: 'always' })];
  const answer = (id: string, approve: boolean, reason?: string): ResponseInputItem => ({
    type: 'mcp_approval_response',
    approval_request_id: id,
    approve,
    ...(reason === undefined ? {} : { reason }),
  });
  const ask = async () => {
    const { events, response } = await run({ tools: asking() }, calls('erase'));
    expect(typesOf(events).slice(-3)).toEqual(['output_item.added', 'output_item.done', 'completed']);
    expect(response.output[1]).toEqual({
      type: 'mcp_approval_request',
      id: expect.stringMatching(/^mcpr_/),
      server_label: 'dice',
      name: 'erase',
      arguments: '{}',
    });
    expect(mcp.calls()).not.toContain('tools/call');
    return { response, id: response.output[1]?.id as string };
  };

  it('ends the turn with a request; approved, the call runs first and the model is told', async () => {
    const { response, id } = await ask();
    const next = await run(
      { tools: asking(), previous_response_id: response.id, input: [answer(id, true)] },
      { text: 'Gone.' },
    );
    expect(typesOf(next.events)).toEqual(['created', 'in_progress', ...CALL, ...message, 'completed']);
    expect(next.response.output[0]).toMatchObject({
      type: 'mcp_call',
      name: 'erase',
      output: 'erased',
      approval_request_id: id,
    });
    expect(bodies().at(-1)?.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ function: { name: 'erase' } }] },
      { role: 'tool', content: 'erased' },
    ]);
    // The call is in the history once, not once more for its approval.
    await run({ tools: asking(), previous_response_id: next.response.id, input: 'And?' });
    expect(
      bodies()
        .at(-1)
        ?.messages.filter(({ role }) => role === 'tool'),
    ).toHaveLength(1);
    expect(mcp.calls().filter((name) => name === 'tools/call')).toHaveLength(1);
  });

  it('refused, the call never runs and the model is told why', async () => {
    const { response, id } = await ask();
    await run({ tools: asking(), previous_response_id: response.id, input: [answer(id, false, 'Too dangerous.')] });
    expect(mcp.calls()).not.toContain('tools/call');
    expect(bodies().at(-1)?.messages.at(-1)).toMatchObject({
      role: 'tool',
      content: '{"error":"The user did not approve this call. Too dangerous."}',
    });
  });

  it('works for callers who keep the items themselves', async () => {
    const { response, id } = await ask();
    const next = await run(
      {
        tools: asking(),
        input: [{ role: 'user', content: 'Go' }, ...(response.output as ResponseInputItem[]), answer(id, true)],
      },
      { text: 'Gone.' },
    );
    expect(next.response.output[0]).toMatchObject({ type: 'mcp_call', output: 'erased' });
  });

  it('works in a conversation', async () => {
    const conversation = (await client.conversations.create({})).id;
    const first = await run({ tools: asking(), conversation }, calls('erase'));
    const id = first.response.output[1]?.id as string;
    const next = await run({ tools: asking(), conversation, input: [answer(id, true)] }, { text: 'Gone.' });
    expect(itemsOf(next.response)).toEqual(['mcp_call', 'message']);
  });

  it('may go unanswered: the model never hears of it', async () => {
    const { response } = await ask();
    await run({ tools: asking(), previous_response_id: response.id, input: 'Never mind' });
    expect(bodies().at(-1)?.messages).toMatchObject([{ content: 'Go' }, { content: 'Never mind' }]);
  });

  it.each([
    ['by name, always', { always: { tool_names: ['roll_dice'] } }, true],
    ['by name, never', { never: { tool_names: ['roll_dice'] } }, false],
    ['for what is read-only, never', { never: { read_only: true } }, false],
    ['of another tool, never', { never: { tool_names: ['erase'] } }, true],
    ['by both: always wins', { always: { read_only: true }, never: { tool_names: ['roll_dice'] } }, true],
    ['by default', null, true],
  ])('is needed %s', async (_how, require_approval, isNeeded) => {
    const { response } = await run(
      { tools: [dice({ require_approval })] },
      calls('roll_dice', { sides: 6 }),
      ...(isNeeded ? [] : [{}]),
    );
    expect(itemsOf(response)[1]).toBe(isNeeded ? 'mcp_approval_request' : 'mcp_call');
  });

  it('answers to unknown requests, and second answers, are 400', async () => {
    const { response, id } = await ask();
    const send = (input: unknown) =>
      server.rest('POST', '/responses', {
        model: 'test-model',
        tools: asking(),
        previous_response_id: response.id,
        input,
      });
    for (const [input, words] of [
      [[answer('mcpr_unknown', true)], "No approval request found with id 'mcpr_unknown'."],
      [[answer(id, true), answer(id, false)], `Approval request '${id}' was answered already.`],
    ]) {
      const { status, body } = await send(input);
      expect(status).toBe(400);
      expect(body.error).toMatchObject({ type: 'invalid_request_error', param: 'input', message: words });
    }
    expect((await send([{ type: 'mcp_approval_response', approval_request_id: id }])).body.error).toMatchObject({
      code: 'missing_required_parameter',
      param: 'input[0].approve',
    });
  });
});

describe('money', () => {
  const budgeted = (cap: bigint) => server.createKey({ budgets: [{ period: 'total', cap }] });
  const windows = () =>
    server.sql<{ settled: string; reserved: string }>(
      `select w.settled::text, w.reserved::text from budget_windows w join budgets b on b.id = w.budget_id
       where b.created_at = (select max(created_at) from budgets)`,
    );
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const body = () => ({ model: 'priced', input: 'Go', tools: [dice()] });

  it('is settled for every turn of the run, and nothing stays reserved', async () => {
    upstream.enqueue({ ...calls('roll_dice', { sides: 6 }), usage }, { text: 'Six.', usage });
    const answer = await server.rest('POST', '/responses', body(), await budgeted(1_000_000n));
    expect(answer.body).toMatchObject({ status: 'completed', usage: { total_tokens: 30 } });
    expect(await windows()).toEqual([{ settled: '30', reserved: '0' }]);
  });

  it('that does not cover the tools of the server ends the run before the model is called', async () => {
    const before = upstream.requests.length;
    const answer = await server.rest('POST', '/responses', body(), await budgeted(120n));
    expect(answer.body).toMatchObject({
      status: 'failed',
      error: { code: 'insufficient_quota' },
      output: [{ type: 'mcp_list_tools' }],
    });
    expect(upstream.requests.length).toBe(before);
    expect(await windows()).toEqual([{ settled: '0', reserved: '0' }]);
  });
});

describe('secrets', () => {
  const secret = 'a1b2c3-very-secret';
  const tool = () =>
    dice({
      authorization: secret,
      headers: { 'x-tenant': `${secret}-tenant` },
      server_url: `${mcp.url}?key=${secret}-key`,
    });

  it('reach the server, and nothing else: not the answer, not the events, not the database', async () => {
    const { response, events } = await run({ tools: [tool()] }, calls('roll_dice', { sides: 6 }), { text: 'Six.' });
    expect(mcp.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${secret}`,
      'x-tenant': `${secret}-tenant`,
    });
    expect(response.tools).toMatchObject([{ server_url: `${new URL(mcp.url).origin}/<redacted>`, headers: null }]);
    expect(response.tools[0]).not.toHaveProperty('authorization');
    expect(JSON.stringify(events)).not.toContain(secret);
    await client.responses.create(
      { model: 'test-model', input: 'Go', tools: [tool()], background: true },
      { idempotencyKey: 'with-secrets' },
    );
    await server.rest('POST', '/prompts', { name: 'with-mcp', tools: [tool()] });
    const tables = await server.sql<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    expect(tables.length).toBeGreaterThan(5);
    for (const { name } of tables) {
      const [found] = await server.sql<{ rows: number }>(
        `select count(*)::int as rows from ${name} as one where strpos(one::text, $1) > 0`,
        [secret],
      );
      expect({ name, ...found }).toEqual({ name, rows: 0 });
    }
  });

  it('of a prompt are sealed, and used by the runs that name it', async () => {
    const created = await server.rest('POST', '/prompts', { name: 'sealed-mcp', tools: [tool()] });
    expect(created.status).toBe(201);
    expect(JSON.stringify(created.body)).not.toContain(secret);
    expect(created.body.tools).toMatchObject([{ type: 'mcp', server_label: 'dice', headers: null }]);
    expect(created.body.tools[0]).not.toHaveProperty('sealed');
    const shown = await createHttpClient(server).data(
      '{ prompt(by: { name: "sealed-mcp" }) { tools { __typename ... on McpTool { serverLabel serverUrl requireApproval } } } }',
    );
    expect(shown.prompt.tools).toEqual([
      {
        __typename: 'McpTool',
        serverLabel: 'dice',
        serverUrl: `${new URL(mcp.url).origin}/<redacted>`,
        requireApproval: 'never',
      },
    ]);
    upstream.enqueue(calls('roll_dice', { sides: 6 }), { text: 'Six.' });
    const { body } = await server.rest('POST', '/responses', {
      model: 'test-model',
      input: 'Go',
      prompt: { id: 'sealed-mcp' },
    });
    expect(body.output).toMatchObject([{}, { type: 'mcp_call', output: 'rolled 6' }, {}]);
    expect(mcp.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${secret}` });
    expect(JSON.stringify(body)).not.toContain(secret);
  });
});

describe('refusals', () => {
  it.each([
    ['no URL', { server_url: undefined }, 'tools[0].server_url', 'missing_required_parameter'],
    [
      'a connector',
      { server_url: undefined, connector_id: 'connector_gmail' },
      'tools[0].connector_id',
      'unsupported_value',
    ],
    ['another scheme', { server_url: 'file:///etc/passwd' }, 'tools[0].server_url', 'invalid_value'],
    ['a private address', { server_url: 'http://10.0.0.1/mcp' }, 'tools[0].server_url', 'invalid_value'],
    ['the metadata service', { server_url: 'http://169.254.169.254/mcp' }, 'tools[0].server_url', 'invalid_value'],
    ['no label', { server_label: undefined }, 'tools[0].server_label', 'missing_required_parameter'],
    ['a header of ours', { headers: { Host: 'x' } }, 'tools[0].headers', 'invalid_value'],
    ['a header that splits', { headers: { a: 'b\r\nc: d' } }, 'tools[0].headers.a', 'invalid_value'],
    ['an unknown approval', { require_approval: 'sometimes' }, 'tools[0].require_approval', 'invalid_value'],
  ])('of %s', async (_what, members, param, code) => {
    const { status, body } = await server.rest('POST', '/responses', {
      model: 'test-model',
      input: 'Go',
      tools: [{ ...dice(), ...members }],
    });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ param, code });
  });

  it('of two servers of one label, and of a choice that is not there', async () => {
    const send = (fields: object) => server.rest('POST', '/responses', { model: 'test-model', input: 'Go', ...fields });
    expect((await send({ tools: [dice(), dice()] })).body.error).toMatchObject({ param: 'tools[1].server_label' });
    const { body } = await send({ tools: [dice()], tool_choice: { type: 'mcp', server_label: 'other' } });
    expect(body.error).toMatchObject({ param: 'tool_choice' });
  });

  it('of a name that leads to a private address, when it is resolved', async () => {
    const strict = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
    const { body } = await strict.rest('POST', '/responses', {
      model: 'test-model',
      input: 'Go',
      tools: [dice({ server_url: 'http://localhost/mcp' })],
    });
    await strict.stop();
    expect(body.output[0]).toMatchObject({ error: expect.stringContaining('does not lead to a public address') });
  });
});

describe('over GraphQL', () => {
  it('a run, its approval and its events have their types', async () => {
    const http = createHttpClient(server);
    const create = `mutation ($input: CreateResponseInput!) {
      createResponse(input: $input) {
        userErrors { message }
        response { id output {
          __typename id
          ... on McpListTools { serverLabel error tools { name description inputSchema annotations } }
          ... on McpApprovalRequest { serverLabel name arguments }
          ... on McpCall { serverLabel name arguments output error errorDetail approvalRequestId }
        } }
      }
    }`;
    const mcpInput = { serverLabel: 'dice', serverUrl: mcp.url, allowedTools: ['erase'], authorization: 'secret' };
    const base = {
      model: 'test-model',
      tools: [{ mcp: mcpInput }],
      toolChoice: { mcp: { serverLabel: 'dice', name: 'erase' } },
    };
    upstream.enqueue(calls('erase'));
    const asked = (await http.data(create, { input: { ...base, input: { text: 'Go' } } })).createResponse;
    expect(asked.userErrors).toEqual([]);
    expect(bodies().at(-1)?.tool_choice).toEqual({ type: 'function', function: { name: 'erase' } });
    expect(asked.response).toMatchObject({
      output: [
        { __typename: 'McpListTools', error: null, tools: [{ name: 'erase', description: 'Erases everything.' }] },
        { __typename: 'McpApprovalRequest', name: 'erase', arguments: '{}' },
      ],
    });
    const approvalRequestId = asked.response.output[1].id;
    upstream.enqueue({ text: 'Gone.' });
    const items = [{ mcpApprovalResponse: { approvalRequestId, approve: true } }];
    const started = (
      await http.data(create, {
        input: { ...base, previousResponseId: asked.response.id, input: { items }, stream: true },
      })
    ).createResponse.response;
    const ws = connectWs(server.url, { authorization: `Bearer ${server.key}` });
    const results = await collect(
      ws.iterate({
        query: `subscription ($id: ID!) { responseEvents(id: $id) { __typename type sequenceNumber
          ... on McpCallArgumentsDoneEvent { arguments } ... on McpCallArgumentsDeltaEvent { delta } } }`,
        variables: { id: started.id },
      }),
    );
    await ws.dispose();
    const events = results.map(({ data }) => data.responseEvents);
    expect(events.slice(2, 8).map((event) => event.__typename)).toEqual([
      'OutputItemAddedEvent',
      'McpCallInProgressEvent',
      'McpCallArgumentsDeltaEvent',
      'McpCallArgumentsDoneEvent',
      'McpCallCompletedEvent',
      'OutputItemDoneEvent',
    ]);
    expect(events[5]).toMatchObject({ arguments: '{}' });
    const over = await server.rest('GET', `/responses/${started.id}`);
    expect(over.body.output[0]).toMatchObject({
      type: 'mcp_call',
      output: 'erased',
      approval_request_id: approvalRequestId,
    });
  });
});
