import { createOpenAI, type OpenAIProvider } from '@ai-sdk/openai';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { APICallError, embed, generateText, isStepCount, type ModelMessage, Output, streamText, tool } from 'ai';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { startMcpServer, type TestMcpServer } from '../support/mcp-server.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/** `ai` with `@ai-sdk/openai`, its base URL changed: what it sends is understood, what it gets it understands. */
let upstream: Upstream;
let mcp: TestMcpServer;
let server: TestApp;
let openai: OpenAIProvider;
/** Bodies the library sent, newest last. */
const sent: { input: { type?: string; [member: string]: unknown }[]; [member: string]: unknown }[] = [];
const warnings = globalThis.AI_SDK_LOG_WARNINGS;
beforeAll(async () => {
  globalThis.AI_SDK_LOG_WARNINGS = false;
  upstream = await startUpstream();
  mcp = await startMcpServer();
  server = await startTestApp({
    upstream: { baseUrl: upstream.url, apiKey: null },
    config: { outbound: { allow: ['127.0.0.1'] } },
  });
  openai = createOpenAI({
    baseURL: `${server.url}/api/v1`,
    apiKey: server.key,
    fetch: (url, init) => {
      sent.push(JSON.parse(String(init?.body)));
      return fetch(url, init);
    },
  });
});
afterAll(async () => {
  globalThis.AI_SDK_LOG_WARNINGS = warnings;
  await server.stop();
  await mcp.close();
  await upstream.close();
});

const model = () => openai.responses('test-model');
/** A name by which the library takes the model for one that reasons. */
const thinker = () => openai.responses('gpt-5-mini');

const tools = {
  get_weather: tool({
    description: 'The weather of a city.',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => ({ city, degrees: 30 }),
  }),
};
const askForWeather = (...cities: string[]): Behaviour => ({
  toolCalls: cities.map((city, index) => ({
    id: `call_${city}_${index}`,
    name: 'get_weather',
    arguments: JSON.stringify({ city }),
  })),
});

const shown = () => upstream.requests.at(-1)?.body?.messages.map(({ role }) => role);

describe('generateText', () => {
  it('runs tools over several steps, and refers to what is stored by its id', async () => {
    upstream.enqueue({ text: 'Wait.', ...askForWeather('Rome', 'Oslo') }, askForWeather('Paris'), {
      text: 'All warm.',
    });
    const result = await generateText({
      model: model(),
      instructions: 'Be brief.',
      prompt: 'Rome, Oslo, and then Paris?',
      tools,
      stopWhen: isStepCount(5),
    });
    expect(result.text).toBe('All warm.');
    expect(result.steps.map((step) => step.toolResults.map(({ output }) => output))).toEqual([
      [
        { city: 'Rome', degrees: 30 },
        { city: 'Oslo', degrees: 30 },
      ],
      [{ city: 'Paris', degrees: 30 }],
      [],
    ]);
    expect(result.finishReason).toBe('stop');
    expect(result.warnings ?? []).toEqual([]);
    expect(result.finalStep.usage).toMatchObject({ outputTokens: 2 });
    expect(shown()).toEqual(['system', 'user', 'assistant', 'tool', 'tool', 'assistant', 'tool']);
    expect(sent.at(-1)?.input.map(({ type }) => type)).toContain('item_reference');
    const stored = await server.rest('GET', `/responses/${result.response.id}`);
    expect(stored.body).toMatchObject({ status: 'completed', output: [{ content: [{ text: 'All warm.' }] }] });
  });

  it('gives an object of the asked shape', async () => {
    upstream.enqueue({ text: '{"name":"Maria","age":34}' });
    const { output } = await generateText({
      model: model(),
      prompt: 'Maria is 34.',
      output: Output.object({ schema: z.object({ name: z.string(), age: z.number() }) }),
    });
    expect(output).toEqual({ name: 'Maria', age: 34 });
    expect(upstream.requests.at(-1)?.body?.response_format).toMatchObject({ type: 'json_schema' });
  });

  it('goes on from a response by its id, and in a conversation', async () => {
    const first = await generateText({ model: model(), prompt: 'One' });
    await generateText({
      model: model(),
      prompt: 'Two',
      providerOptions: { openai: { previousResponseId: String(first.response.id) } },
    });
    expect(shown()).toEqual(['user', 'assistant', 'user']);

    const conversation = (await server.rest('POST', '/conversations', {})).body.id;
    for (const prompt of ['One', 'Two', 'Three'])
      await generateText({ model: model(), prompt, providerOptions: { openai: { conversation } } });
    expect(shown()).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
  });

  it('shows the model images and files', async () => {
    const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await generateText({
      model: model(),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'file', mediaType: 'image/png', data: pixel },
            { type: 'file', mediaType: 'application/pdf', data: 'JVBERi0xLjQK', filename: 'a.pdf' },
          ],
        },
      ],
    });
    expect(upstream.requests.at(-1)?.body?.messages).toMatchObject([
      {
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0xLjQK' } },
        ],
      },
    ]);
  });

  it('tells what was wrong, once', async () => {
    const before = sent.length;
    const error = await generateText({ model: model(), prompt: 'x', temperature: 17 }).catch((thrown) => thrown);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 400, isRetryable: false, data: { error: { param: 'temperature' } } });
    expect(sent).toHaveLength(before + 1);
  });
});

describe('streamText', () => {
  it('streams text and the input of tools, over several steps', async () => {
    upstream.enqueue({ text: 'Let me look.', ...askForWeather('Rome') }, { text: 'It is warm in Rome.' });
    const result = streamText({ model: model(), prompt: 'Rome?', tools, stopWhen: isStepCount(5) });
    const types: string[] = [];
    let text = '';
    let input = '';
    for await (const part of result.stream) {
      if (part.type === 'text-delta') text += part.text;
      if (part.type === 'tool-input-delta') input += part.delta;
      if (part.type === 'error') throw part.error;
      if (types.at(-1) !== part.type) types.push(part.type);
    }
    expect(text).toBe('Let me look.It is warm in Rome.');
    expect(input).toBe('{"city":"Rome"}');
    expect(types).toEqual([
      'start',
      'start-step',
      'text-start',
      'text-delta',
      'text-end',
      'tool-input-start',
      'tool-input-delta',
      'tool-input-end',
      'tool-call',
      'tool-result',
      'finish-step',
      'start-step',
      'text-start',
      'text-delta',
      'text-end',
      'finish-step',
      'finish',
    ]);
    expect(await result.finishReason).toBe('stop');
    expect(await result.usage).toMatchObject({ outputTokens: 8 });
  });

  it('shows where the words are from', async () => {
    const annotation = { type: 'url_citation', url: 'http://example.org/', title: 'E', start_index: 0, end_index: 5 };
    upstream.enqueue({ text: 'Hello', annotations: [annotation] });
    const result = streamText({ model: model(), prompt: 'x' });
    await result.consumeStream();
    expect(await result.sources).toMatchObject([{ sourceType: 'url', url: 'http://example.org/', title: 'E' }]);
  });

  it('carries sealed thoughts where nothing is stored', async () => {
    upstream.enqueue({ reasoning: 'I have to look.', ...askForWeather('Rome') }, { text: 'Warm.' });
    const result = streamText({
      model: thinker(),
      prompt: 'Rome?',
      tools,
      stopWhen: isStepCount(5),
      providerOptions: { openai: { store: false } },
    });
    await result.consumeStream();
    expect(await result.text).toBe('Warm.');
    const reasoning = sent.at(-1)?.input.find(({ type }) => type === 'reasoning');
    expect(reasoning).toMatchObject({ encrypted_content: expect.any(String) });
    expect(JSON.stringify(reasoning)).not.toContain('have to look');
    expect((await server.rest('GET', `/responses/${(await result.response).id}`)).status).toBe(404);
  });

  it('ends with an error where the upstream breaks off', async () => {
    upstream.enqueue({ text: 'Hello you there', reset: 3 });
    const errors: unknown[] = [];
    const result = streamText({ model: model(), prompt: 'x', onError: ({ error }) => void errors.push(error) });
    await result.consumeStream();
    expect(errors).toHaveLength(1);
    expect(await result.finishReason).toBe('error');
  });
});

describe('tools of the server', () => {
  it('run there: the library sees the call, its result and the answer', async () => {
    upstream.enqueue(
      { toolCalls: [{ name: 'file_search', arguments: '{"queries":["limit"]}' }] },
      { text: 'Nothing was found.' },
    );
    const result = streamText({
      model: model(),
      prompt: 'What is the limit?',
      tools: { file_search: openai.tools.fileSearch({ vectorStoreIds: [] }) },
    });
    const types: string[] = [];
    for await (const part of result.stream) {
      if (part.type === 'error') throw part.error;
      if (part.type.startsWith('tool-')) types.push(part.type);
    }
    expect(types).toEqual(['tool-call', 'tool-result']);
    expect(await result.text).toBe('Nothing was found.');
    expect(await result.staticToolResults).toMatchObject([{ output: { queries: ['limit'] } }]);
  });
});

describe('the tools of an MCP server', () => {
  const dice = (requireApproval: 'always' | 'never') =>
    openai.tools.mcp({ serverLabel: 'dice', serverUrl: mcp.url, allowedTools: ['roll_dice'], requireApproval });
  const roll: Behaviour = { toolCalls: [{ id: 'call_r', name: 'roll_dice', arguments: '{"sides":6}' }] };
  const called = () => mcp.calls().filter((method) => method === 'tools/call').length;

  it('run on the server', async () => {
    mcp.reset();
    upstream.enqueue(roll, { text: 'Rolled.' });
    const result = streamText({ model: model(), prompt: 'Roll!', tools: { mcp: dice('never') } });
    const types: string[] = [];
    for await (const part of result.stream) {
      if (part.type === 'error') throw part.error;
      if (part.type.startsWith('tool-')) types.push(part.type);
    }
    expect(types).toEqual(['tool-call', 'tool-result']);
    expect(await result.text).toBe('Rolled.');
    expect(called()).toBe(1);
  });

  it.each([true, false])('wait for an approval; given: %s', async (approved) => {
    mcp.reset();
    upstream.enqueue(roll, { text: 'Over.' });
    const given = { model: model(), tools: { mcp: dice('always') } };
    const messages: ModelMessage[] = [{ role: 'user', content: 'Roll!' }];
    const asked = await generateText({ ...given, messages });
    const requests = asked.content.filter((part) => part.type === 'tool-approval-request');
    expect(requests).toHaveLength(1);
    expect(called()).toBe(0);
    messages.push(...asked.responseMessages, {
      role: 'tool',
      content: requests.map(({ approvalId }) => ({
        type: 'tool-approval-response',
        approvalId,
        approved,
        providerExecuted: true,
      })),
    });
    const result = await generateText({ ...given, messages });
    expect(result.text).toBe('Over.');
    expect(sent.at(-1)?.input.map(({ type }) => type)).toContain('mcp_approval_response');
    expect(called()).toBe(approved ? 1 : 0);
  });
});

it('custom tools take free text', async () => {
  const queries: string[] = [];
  const runSql = openai.tools.customTool({ description: 'Runs a query.' });
  runSql.execute = async (query: string) => {
    queries.push(query);
    return 'one row';
  };
  upstream.enqueue(
    { toolCalls: [{ id: 'call_q', name: 'run_sql', arguments: '{"input":"select 1"}' }] },
    { text: 'One row.' },
  );
  const result = streamText({ model: model(), prompt: 'Query!', tools: { run_sql: runSql }, stopWhen: isStepCount(3) });
  await result.consumeStream({ onError: (error) => Promise.reject(error) });
  expect(await result.text).toBe('One row.');
  expect(queries).toEqual(['select 1']);
  expect(upstream.requests.at(-1)?.body?.messages.at(-1)).toMatchObject({ role: 'tool', content: 'one row' });
});

it('embed', async () => {
  const usage = { prompt_tokens: 1, total_tokens: 1 };
  const data = [{ object: 'embedding', index: 0, embedding: [0.5, -0.5] }];
  upstream.enqueue({ body: { object: 'list', model: 'embedder', data, usage } });
  const result = await embed({ model: openai.embedding('embedder'), value: 'Hello' });
  expect(result).toMatchObject({ embedding: [0.5, -0.5], usage: { tokens: 1 } });
});
