import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Agent,
  handoff,
  hostedMcpTool,
  MaxTurnsExceededError,
  OpenAIConversationsSession,
  OpenAIProvider,
  OpenAIResponsesCompactionSession,
  Runner,
  RunState,
  setTracingDisabled,
  tool,
  withResponsesWebSocketSession,
} from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { startMcpServer, type TestMcpServer } from '../support/mcp-server.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/** `@openai/agents` with its base URL changed: tools, hand-offs, sessions kept in conversations, approvals. */
let upstream: Upstream;
let mcp: TestMcpServer;
let server: TestApp;
let client: OpenAI;
let runner: Runner;
beforeAll(async () => {
  setTracingDisabled(true);
  upstream = await startUpstream();
  mcp = await startMcpServer();
  server = await startTestApp({
    upstream: { baseUrl: upstream.url, apiKey: null },
    config: { outbound: { allow: ['127.0.0.1'] } },
  });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
  const modelProvider = new OpenAIProvider({ openAIClient: client, useResponses: true });
  runner = new Runner({ modelProvider, tracingDisabled: true });
});
afterAll(async () => {
  await server.stop();
  await mcp.close();
  await upstream.close();
});

const model = 'test-model';

let asked: string[] = [];
beforeEach(() => {
  asked = [];
});
const weather = (needsApproval = false) =>
  tool({
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: z.object({ city: z.string() }),
    needsApproval,
    execute: ({ city }) => {
      asked.push(city);
      return `${city}: 30 degrees`;
    },
  });
const callWeather = (id: string, city: string) => ({
  id,
  name: 'get_weather',
  arguments: JSON.stringify({ city }),
});

/** What the model was shown last: the role and text of each message, the name of each call. */
const shown = () =>
  upstream.requests.at(-1)?.body?.messages.map(({ role, content, tool_calls }) => {
    const calls = (tool_calls as { function: { name: string } }[] | undefined) ?? [];
    return `${role}: ${calls.map((call) => call.function.name).join() || plain(content)}`;
  });
const plain = (content: unknown): string =>
  typeof content === 'string' ? content : (content as { text: string }[]).map(({ text }) => text).join('');

describe('a run', () => {
  it('calls tools, two at once and one after them, and ends with what the model makes of them', async () => {
    const agent = new Agent({ name: 'Meteorologist', instructions: 'Be brief.', model, tools: [weather()] });
    upstream.enqueue(
      { toolCalls: [callWeather('call_a', 'Rome'), callWeather('call_b', 'Oslo')] },
      { reasoning: 'One is missing.', toolCalls: [callWeather('call_c', 'Paris')] },
      { text: 'All have 30 degrees.' },
    );
    const result = await runner.run(agent, 'Rome, Oslo, and then Paris?');
    expect(result.finalOutput).toBe('All have 30 degrees.');
    expect(asked).toEqual(['Rome', 'Oslo', 'Paris']);
    expect(shown()).toEqual([
      'system: Be brief.',
      'user: Rome, Oslo, and then Paris?',
      'assistant: get_weather,get_weather',
      'tool: Rome: 30 degrees',
      'tool: Oslo: 30 degrees',
      'assistant: get_weather',
      'tool: Paris: 30 degrees',
    ]);
    expect(result.rawResponses).toHaveLength(3);
    expect(result.rawResponses.at(-1)?.usage).toMatchObject({ requests: 1, outputTokens: 4 });
  });

  it('streams: text as it comes, items as they end, one response per turn', async () => {
    const agent = new Agent({ name: 'Meteorologist', model, tools: [weather()] });
    upstream.enqueue({ text: 'Wait.', toolCalls: [callWeather('call_a', 'Rome')] }, { text: 'It is warm in Rome.' });
    const result = await runner.run(agent, 'Rome?', { stream: true });
    let text = '';
    const items: string[] = [];
    const finished: string[] = [];
    for await (const event of result) {
      if (event.type === 'run_item_stream_event') items.push(event.name);
      if (event.type !== 'raw_model_stream_event') continue;
      if (event.data.type === 'output_text_delta') text += event.data.delta;
      if (event.data.type === 'response_done') finished.push(event.data.response.id);
    }
    await result.completed;
    expect(text).toBe('Wait.It is warm in Rome.');
    expect(items).toEqual(['message_output_created', 'tool_called', 'tool_output', 'message_output_created']);
    expect(result.finalOutput).toBe('It is warm in Rome.');
    expect(finished).toHaveLength(2);
    for (const id of finished) expect(await client.responses.retrieve(id)).toMatchObject({ status: 'completed' });
  });

  it('goes on from a response by its id', async () => {
    const agent = new Agent({ name: 'Meteorologist', model, tools: [weather()] });
    upstream.enqueue({ toolCalls: [callWeather('call_a', 'Rome')] }, { text: 'Warm.' }, { text: 'Yes.' });
    const first = await runner.run(agent, 'Rome?');
    const second = await runner.run(agent, 'Really?', { previousResponseId: first.lastResponseId as string });
    expect(second.finalOutput).toBe('Yes.');
    expect(shown()).toEqual([
      'user: Rome?',
      'assistant: get_weather',
      'tool: Rome: 30 degrees',
      'assistant: Warm.',
      'user: Really?',
    ]);
  });

  it('gives typed output', async () => {
    const agent = new Agent({
      name: 'Clerk',
      model,
      outputType: z.object({ name: z.string(), age: z.number() }),
    });
    upstream.enqueue({ text: '{"name":"Maria","age":34}' });
    const result = await runner.run(agent, 'Maria is 34.');
    expect(result.finalOutput).toEqual({ name: 'Maria', age: 34 });
    expect(upstream.requests.at(-1)?.body?.response_format).toMatchObject({ type: 'json_schema' });
  });

  it('ends where its turns end', async () => {
    const agent = new Agent({ name: 'Meteorologist', model, tools: [weather()] });
    upstream.enqueue({ toolCalls: [callWeather('call_a', 'Rome')] }, { toolCalls: [callWeather('call_b', 'Oslo')] });
    await expect(runner.run(agent, 'For ever', { maxTurns: 2 })).rejects.toBeInstanceOf(MaxTurnsExceededError);
  });
});

describe('a hand-off', () => {
  it('passes the whole conversation on to another agent, with its own instructions and tools', async () => {
    const meteorologist = new Agent({
      name: 'Meteorologist',
      handoffDescription: 'Knows the weather.',
      instructions: 'You know the weather.',
      model,
      tools: [weather()],
    });
    const clerk = Agent.create({
      name: 'Clerk',
      instructions: 'Send people on.',
      model,
      handoffs: [handoff(meteorologist)],
    });
    upstream.enqueue(
      { toolCalls: [{ id: 'call_h', name: 'transfer_to_Meteorologist', arguments: '{}' }] },
      { toolCalls: [callWeather('call_w', 'Rome')] },
      { text: 'Warm.' },
    );
    const result = await runner.run(clerk, 'Rome?');
    expect(result.finalOutput).toBe('Warm.');
    expect(result.lastAgent?.name).toBe('Meteorologist');
    expect(shown()).toEqual([
      'system: You know the weather.',
      'user: Rome?',
      'assistant: transfer_to_Meteorologist',
      'tool: {"assistant":"Meteorologist"}',
      'assistant: get_weather',
      'tool: Rome: 30 degrees',
    ]);
    const offered = upstream.requests.at(-1)?.body?.tools as { function: { name: string } }[];
    expect(offered.map((entry) => entry.function.name)).toEqual(['get_weather']);
  });
});

describe('a session', () => {
  it('is a conversation: remembered between runs, read, shortened and cleared', async () => {
    const session = new OpenAIConversationsSession({ client });
    const agent = new Agent({ name: 'Meteorologist', model, tools: [weather()] });
    upstream.enqueue(
      { reasoning: 'I shall look.', toolCalls: [callWeather('call_a', 'Rome')] },
      { text: 'Warm.' },
      { text: 'Really.' },
    );
    expect((await runner.run(agent, 'Rome?', { session })).finalOutput).toBe('Warm.');
    expect((await runner.run(agent, 'Really?', { session })).finalOutput).toBe('Really.');
    expect(shown()).toEqual([
      'user: Rome?',
      'assistant: get_weather',
      'tool: Rome: 30 degrees',
      'assistant: Warm.',
      'user: Really?',
    ]);

    const id = await session.getSessionId();
    expect(id).toMatch(/^conv_/);
    const kept: string[] = [];
    for await (const item of client.conversations.items.list(id, { order: 'asc', limit: 3 })) kept.push(item.type);
    expect(kept).toEqual([
      'message',
      'reasoning',
      'function_call',
      'function_call_output',
      'message',
      'message',
      'message',
    ]);
    const items = await session.getItems();
    expect(items.map((item) => item.type)).toEqual([
      'message',
      'reasoning',
      'function_call',
      'function_call_result',
      'message',
      'message',
      'message',
    ]);
    expect(await session.getItems(2)).toEqual(items.slice(-2));
    expect(await session.popItem()).toMatchObject({ role: 'assistant' });
    expect(await session.getItems()).toEqual(items.slice(0, -1));
    await session.clearSession();
    await expect(client.conversations.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('may be left to the server: the run names the conversation', async () => {
    const { id } = await client.conversations.create();
    const agent = new Agent({ name: 'Meteorologist', model, tools: [weather()] });
    upstream.enqueue({ toolCalls: [callWeather('call_a', 'Rome')] }, { text: 'Warm.' }, { text: 'Really.' });
    await runner.run(agent, 'Rome?', { conversationId: id });
    await runner.run(agent, 'Really?', { conversationId: id });
    expect(shown()).toEqual([
      'user: Rome?',
      'assistant: get_weather',
      'tool: Rome: 30 degrees',
      'assistant: Warm.',
      'user: Really?',
    ]);
    const kept: string[] = [];
    for await (const item of client.conversations.items.list(id, { order: 'asc' })) kept.push(item.type);
    expect(kept).toEqual(['message', 'function_call', 'function_call_output', 'message', 'message', 'message']);
  });
});

describe('a session that is compacted', () => {
  it.each(['previous_response_id', 'input'] as const)('by %s goes on from the summary', async (compactionMode) => {
    const session = new OpenAIResponsesCompactionSession({
      client,
      compactionMode,
      model: 'gpt-any',
      shouldTriggerCompaction: () => false,
    });
    const agent = new Agent({ name: 'Meteorologist', model, tools: [weather()] });
    upstream.enqueue({ toolCalls: [callWeather('call_a', 'Rome')] }, { text: 'Warm. '.repeat(100) });
    const { lastResponseId } = await runner.run(agent, 'Rome?', { session });

    upstream.enqueue({ text: 'Rome is warm.' });
    await session.runCompaction({ responseId: lastResponseId as string, force: true });
    expect((await session.getItems()).map((item) => item.type)).toEqual(['message', 'compaction']);

    upstream.enqueue({ text: 'Really.' });
    const result = await runner.run(agent, 'Really?', { session });
    expect(result.finalOutput).toBe('Really.');
    // The library sends nothing that stands before the compaction item: what was kept has to be in it.
    expect(shown()).toEqual([
      'user: Rome?',
      'user: Summary of the conversation so far:\n\nRome is warm.',
      'user: Really?',
    ]);
  });
});

describe('an approval', () => {
  const agent = new Agent({ name: 'Meteorologist', model, tools: [weather(true)] });

  it.each([
    ['given', ['Rome'], 'tool: Rome: 30 degrees'],
    ['denied', [], 'tool: Tool execution was not approved.'],
  ])('%s, after the run was put aside and taken up again', async (verdict, executed, told) => {
    upstream.enqueue({ toolCalls: [callWeather('call_a', 'Rome')] }, { text: 'Done.' });
    const paused = await runner.run(agent, 'Rome?');
    expect(paused.interruptions).toHaveLength(1);
    expect(asked).toEqual([]);

    const state = await RunState.fromString(agent, paused.state.toString());
    const [interruption] = state.getInterruptions();
    if (interruption === undefined) throw new Error('The run was to wait for an approval.');
    if (verdict === 'given') state.approve(interruption);
    else state.reject(interruption);
    const result = await runner.run(agent, state);
    expect(result.finalOutput).toBe('Done.');
    expect(asked).toEqual(executed);
    expect(shown()?.at(-1)).toBe(told);
  });
});

describe('the tools of an MCP server', () => {
  const dice = (requireApproval: 'always' | 'never') =>
    hostedMcpTool({
      serverLabel: 'dice',
      serverUrl: mcp.url,
      requireApproval: requireApproval as 'never',
      allowedTools: { toolNames: ['roll_dice'] },
    });
  const roll = { toolCalls: [{ id: 'call_r', name: 'roll_dice', arguments: '{"sides":6}' }] };

  it('run on the server, and its items go back and forth', async () => {
    const agent = new Agent({ name: 'Croupier', model, tools: [dice('never')] });
    upstream.enqueue(roll, { text: 'Rolled.' }, { text: 'Yes.' });
    const first = await runner.run(agent, 'Roll!');
    expect(first.finalOutput).toBe('Rolled.');
    expect(first.newItems.map((item) => item.rawItem?.type)).toContain('hosted_tool_call');
    const second = await runner.run(agent, [...first.history, { role: 'user', content: 'Really?' }]);
    expect(second.finalOutput).toBe('Yes.');
    expect(shown()?.map((line) => line.split(':')[0])).toEqual(['user', 'assistant', 'tool', 'assistant', 'user']);
  });

  beforeEach(() => mcp.reset());

  it.each(['history', 'session', 'conversation'])('wait for an approval, kept in a %s', async (how) => {
    const agent = new Agent({ name: 'Croupier', model, tools: [dice('always')] });
    const options =
      how === 'session'
        ? { session: new OpenAIConversationsSession({ client }) }
        : how === 'conversation'
          ? { conversationId: (await client.conversations.create()).id }
          : {};
    upstream.enqueue(roll, { text: 'Rolled.' });
    const paused = await runner.run(agent, 'Roll!', options);
    const [interruption] = paused.interruptions;
    if (interruption === undefined) throw new Error('The run was to wait for an approval.');
    expect(mcp.calls()).not.toContain('tools/call');
    paused.state.approve(interruption);
    const result = await runner.run(agent, paused.state, options);
    expect(result.finalOutput).toBe('Rolled.');
    expect(mcp.calls().filter((method) => method === 'tools/call')).toHaveLength(1);
  });
});

it('a run goes over a WebSocket too', async () => {
  const agent = new Agent({ name: 'Meteorologist', model, tools: [weather()] });
  upstream.enqueue({ text: 'Wait.', toolCalls: [callWeather('call_a', 'Rome')] }, { text: 'Warm.' });
  const result = await withResponsesWebSocketSession(
    async (session) => {
      const run = await session.run(agent, 'Rome?', { stream: true });
      await run.completed;
      return run.finalOutput;
    },
    {
      providerOptions: {
        apiKey: server.key,
        baseURL: `${server.url}/api/v1`,
        websocketBaseURL: `${server.url.replace('http', 'ws')}/api/v1`,
      },
      runnerConfig: { tracingDisabled: true },
    },
  );
  expect(result).toBe('Warm.');
  expect(asked).toEqual(['Rome']);
});
