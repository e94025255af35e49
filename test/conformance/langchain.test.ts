import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
} from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, type ChatOpenAIFields, customTool } from '@langchain/openai';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/** `@langchain/openai` in its responses mode, its base URL changed. */
let upstream: Upstream;
let server: TestApp;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

const chat = (fields: Partial<ChatOpenAIFields> = {}) =>
  new ChatOpenAI({
    model: 'test-model',
    useResponsesApi: true,
    apiKey: server.key,
    maxRetries: 0,
    configuration: { baseURL: `${server.url}/api/v1` },
    ...fields,
  });

const weather = tool(({ city }) => `${city}: 30 degrees`, {
  name: 'get_weather',
  description: 'The weather of a city.',
  schema: z.object({ city: z.string() }),
});
const askForWeather = (...cities: string[]): Behaviour => ({
  toolCalls: cities.map((city) => ({
    id: `call_${city}`,
    name: 'get_weather',
    arguments: JSON.stringify({ city }),
  })),
});

async function joined(stream: AsyncIterable<AIMessageChunk>): Promise<{ whole: AIMessageChunk; pieces: string[] }> {
  let whole: AIMessageChunk | undefined;
  const pieces: string[] = [];
  for await (const chunk of stream) {
    if (chunk.text !== '') pieces.push(chunk.text);
    whole = whole === undefined ? chunk : whole.concat(chunk);
  }
  if (whole === undefined) throw new Error('Nothing was streamed.');
  return { whole, pieces };
}

const shown = () => upstream.requests.at(-1)?.body?.messages.map(({ role }) => role);

describe('invoke', () => {
  it('gives text, usage and the response’s id', async () => {
    upstream.enqueue({ reasoning: 'They greet.', text: 'Hello to you' });
    const answer = await chat().invoke([new SystemMessage('Be brief.'), new HumanMessage('Hello')]);
    expect(answer.text).toBe('Hello to you');
    expect(answer.usage_metadata).toMatchObject({ output_tokens: 3 });
    expect(answer.response_metadata).toMatchObject({ status: 'completed', model_name: 'test-model' });
    const stored = await server.rest('GET', `/responses/${answer.response_metadata.id}`);
    expect(stored.body.output).toMatchObject([{ type: 'reasoning' }, { type: 'message' }]);
    expect(shown()).toEqual(['system', 'user']);
  });

  it.each(['sent back whole', 'known by the id of the response'])(
    'runs tools to the end, the history %s',
    async (how) => {
      const model = chat();
      const bound = model.bindTools([weather], { strict: true });
      upstream.enqueue({ text: 'Wait.', ...askForWeather('Rome', 'Oslo') }, askForWeather('Paris'), {
        text: 'All warm.',
      });
      const history: BaseMessage[] = [new HumanMessage('Rome, Oslo, and then Paris?')];
      let fresh: BaseMessage[] = history;
      let answer = await bound.invoke(fresh);
      for (let turn = 0; (answer.tool_calls ?? []).length > 0; turn += 1) {
        if (turn > 4) throw new Error('The tools never end.');
        const outputs = await Promise.all(
          (answer.tool_calls ?? []).map((call) => weather.invoke({ ...call, type: 'tool_call' })),
        );
        history.push(answer, ...outputs);
        fresh = outputs;
        answer =
          how === 'sent back whole'
            ? await bound.invoke(history)
            : await bound.invoke(fresh, { previous_response_id: String(answer.response_metadata.id) });
      }
      expect(answer.text).toBe('All warm.');
      expect(shown()).toEqual(['user', 'assistant', 'tool', 'tool', 'assistant', 'tool']);
      const outputs = upstream.requests.at(-1)?.body?.messages.filter(({ role }) => role === 'tool');
      expect(outputs?.map(({ content }) => content)).toEqual([
        'Rome: 30 degrees',
        'Oslo: 30 degrees',
        'Paris: 30 degrees',
      ]);
    },
  );

  it('gives an object of the asked shape', async () => {
    upstream.enqueue({ text: '{"name":"Maria","age":34}' });
    const structured = chat().withStructuredOutput(z.object({ name: z.string(), age: z.number() }), {
      method: 'jsonSchema',
    });
    expect(await structured.invoke('Maria is 34.')).toEqual({ name: 'Maria', age: 34 });
    expect(upstream.requests.at(-1)?.body?.response_format).toMatchObject({ type: 'json_schema' });
  });

  it('says what was wrong', async () => {
    const error = await chat({ temperature: 17 })
      .invoke('x')
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 400, param: 'temperature' });
  });
});

describe('stream', () => {
  it('gives the words as they come, and adds up to the whole message', async () => {
    upstream.enqueue({ reasoning: 'Hm.', text: 'Words come one by one', betweenMs: 40 });
    const { whole, pieces } = await joined(await chat().stream('Go'));
    expect(pieces.length).toBeGreaterThan(1);
    expect(whole.text).toBe('Words come one by one');
    expect(whole.usage_metadata).toMatchObject({ output_tokens: 5 });
  });

  it('puts tool calls together, and takes their results', async () => {
    const bound = chat().bindTools([weather]);
    upstream.enqueue({ text: 'Wait.', ...askForWeather('Rome', 'Oslo') }, { text: 'All warm.' });
    const question = new HumanMessage('Rome and Oslo?');
    const { whole } = await joined(await bound.stream([question]));
    expect(whole.tool_calls).toMatchObject([
      { name: 'get_weather', args: { city: 'Rome' }, id: 'call_Rome' },
      { name: 'get_weather', args: { city: 'Oslo' }, id: 'call_Oslo' },
    ]);
    const outputs = await Promise.all(
      (whole.tool_calls ?? []).map((call) => weather.invoke({ ...call, type: 'tool_call' })),
    );
    const { whole: answer } = await joined(await bound.stream([question, whole, ...outputs]));
    expect(answer.text).toBe('All warm.');
    expect(shown()).toEqual(['user', 'assistant', 'tool', 'tool']);
  });

  it('shows what a tool of the server did, and the words’ sources', async () => {
    const annotation = { type: 'url_citation', url: 'http://example.org/', title: 'E', start_index: 0, end_index: 7 };
    upstream.enqueue(
      { toolCalls: [{ name: 'file_search', arguments: '{"queries":["limit"]}' }] },
      { text: 'Nothing.', annotations: [annotation] },
    );
    const bound = chat().bindTools([{ type: 'file_search', vector_store_ids: [] }]);
    const { whole } = await joined(await bound.stream('What is the limit?'));
    expect(whole.additional_kwargs.tool_outputs).toMatchObject([{ type: 'file_search_call', queries: ['limit'] }]);
    expect(JSON.stringify(whole.content)).toContain('http://example.org/');
  });

  it('takes an earlier answer back, streamed or not, thoughts and sources included', async () => {
    const annotation = { type: 'url_citation', url: 'http://example.org/', title: 'E', start_index: 0, end_index: 5 };
    upstream.enqueue(
      { reasoning: 'Hm.', text: 'Hello', annotations: [annotation] },
      { reasoning: 'Hm.', text: 'Hello again', annotations: [annotation] },
    );
    const first = await chat().invoke('One');
    const { whole: second } = await joined(
      await chat().stream([new HumanMessage('One'), first, new HumanMessage('Two')]),
    );
    const third = await chat().invoke([
      new HumanMessage('One'),
      first,
      new HumanMessage('Two'),
      second,
      new HumanMessage('Three'),
    ]);
    expect(third).toBeInstanceOf(AIMessage);
    expect(upstream.requests.at(-1)?.body?.messages.map(({ content }) => content)).toEqual([
      'One',
      'Hello',
      'Two',
      'Hello again',
      'Three',
    ]);
  });

  it('carries sealed thoughts where nothing is stored', async () => {
    upstream.enqueue({ reasoning: 'I have to look.', ...askForWeather('Rome') }, { text: 'Warm.' });
    const bound = chat({ zdrEnabled: true }).bindTools([weather], { include: ['reasoning.encrypted_content'] });
    const question = new HumanMessage('Rome?');
    const { whole } = await joined(await bound.stream([question]));
    expect(whole.response_metadata.output).toMatchObject([
      { type: 'reasoning', encrypted_content: expect.any(String) },
      { type: 'function_call' },
    ]);
    const [call] = whole.tool_calls ?? [];
    if (call === undefined) throw new Error('The model was to call.');
    const output = await weather.invoke({ ...call, type: 'tool_call' });
    const answer = await bound.invoke([question, whole, output]);
    expect(answer.text).toBe('Warm.');
    expect((await server.rest('GET', `/responses/${answer.response_metadata.id}`)).status).toBe(404);
  });
});

it('custom tools take free text', async () => {
  const runSql = customTool(async (query) => `${query}: one row`, { name: 'run_sql', description: 'Runs a query.' });
  const bound = chat().bindTools([runSql]);
  upstream.enqueue(
    { toolCalls: [{ id: 'call_q', name: 'run_sql', arguments: '{"input":"select 1"}' }] },
    { text: 'One row.' },
  );
  const question = new HumanMessage('Query!');
  const asked = await bound.invoke([question]);
  const [call] = asked.tool_calls ?? [];
  if (call === undefined) throw new Error('The model was to call.');
  const output = await runSql.invoke(call as never);
  const answer = await bound.invoke([question, asked, output]);
  expect(answer.text).toBe('One row.');
  expect(upstream.requests.at(-1)?.body?.messages.at(-1)).toMatchObject({
    role: 'tool',
    content: 'select 1: one row',
  });
});
