import { createOpenAI, type OpenAIProvider } from '@ai-sdk/openai';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { APICallError, embed, generateText, isStepCount, Output, streamText, tool } from 'ai';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/** `ai` with `@ai-sdk/openai`, its base URL changed: what it sends is understood, what it gets it understands. */
let upstream: Upstream;
let server: TestApp;
let openai: OpenAIProvider;
/** Bodies the library sent, newest last. */
const sent: { input: { type?: string; [member: string]: unknown }[]; [member: string]: unknown }[] = [];
const warnings = globalThis.AI_SDK_LOG_WARNINGS;
beforeAll(async () => {
  globalThis.AI_SDK_LOG_WARNINGS = false;
  upstream = await startUpstream();
  server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
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

it('embed', async () => {
  const usage = { prompt_tokens: 1, total_tokens: 1 };
  const data = [{ object: 'embedding', index: 0, embedding: [0.5, -0.5] }];
  upstream.enqueue({ body: { object: 'list', model: 'embedder', data, usage } });
  const result = await embed({ model: openai.embedding('embedder'), value: 'Hello' });
  expect(result).toMatchObject({ embedding: [0.5, -0.5], usage: { tokens: 1 } });
});
