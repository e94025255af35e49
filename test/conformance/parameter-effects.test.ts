import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';
import { SSE_DONE, sse } from '../support/upstream-answers.js';

/** What parameters do beyond being passed on and echoed. */
let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

const ask = { model: 'test-model', input: 'Hello' };
const fn = (name: string) => ({ type: 'function' as const, name, parameters: null, strict: false });
const look = fn('look');
const askTool = fn('ask');
const twoCalls: Behaviour = {
  toolCalls: [
    { id: 'call_1', name: 'look', arguments: '{}' },
    { id: 'call_2', name: 'ask', arguments: '{}' },
  ],
};

async function collect(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe('which tools may be called', () => {
  const names = async (request: object, behaviour: Behaviour = twoCalls): Promise<string[]> => {
    upstream.enqueue(behaviour);
    const { output } = await client.responses.create({ ...ask, tools: [look, askTool], ...request });
    return output.flatMap((item) => (item.type === 'function_call' ? [item.name] : []));
  };

  it('all of them, several at once', async () => expect(await names({})).toEqual(['look', 'ask']));
  it('one per turn without parallel_tool_calls', async () =>
    expect(await names({ parallel_tool_calls: false })).toEqual(['look']));
  it('none with tool_choice none', async () => expect(await names({ tool_choice: 'none' })).toEqual([]));
  it('only those allowed', async () =>
    expect(
      await names({
        tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'ask' }] },
      }),
    ).toEqual(['ask']));

  it('a subset stays a subset in the later turns of a loop', async () => {
    upstream.enqueue({ toolCalls: [{ name: 'web_search', arguments: '{"query":"x"}' }] }, twoCalls);
    const before = upstream.requests.length;
    const tools = [{ type: 'web_search' }, look, askTool];
    const allowed = [{ type: 'web_search' }, { type: 'function', name: 'ask' }];
    const { status, body } = await server.rest('POST', '/responses', {
      ...ask,
      tools,
      tool_choice: { type: 'allowed_tools', mode: 'required', tools: allowed },
    });
    expect(status).toBe(200);
    const sent = upstream.requests.slice(before).map(({ body: chat }) => ({
      choice: chat?.tool_choice,
      tools: ((chat?.tools ?? []) as { function: { name: string } }[]).map((tool) => tool.function.name),
    }));
    expect(sent).toEqual([
      { choice: 'required', tools: ['web_search', 'ask'] },
      { choice: undefined, tools: ['web_search', 'ask'] },
    ]);
    expect(body.output.flatMap((item: { name?: string }) => item.name ?? [])).toEqual(['ask']);
  });
});

describe('token probabilities', () => {
  const entry = (token: string) => ({ token, logprob: -0.5, bytes: [...Buffer.from(token)], top_logprobs: [] });
  const choice = (content: string, finish: string | null = null) => ({
    index: 0,
    delta: content === '' ? {} : { content },
    logprobs: content === '' ? null : { content: [entry(content)] },
    finish_reason: finish,
  });
  const chunk = (content: string, finish: string | null = null) =>
    sse({ id: 'c', object: 'chat.completion.chunk', model: 'test-model', choices: [choice(content, finish)] });
  const streamed: Behaviour = { chunks: [chunk('Hel'), chunk('lo'), chunk('', 'stop'), SSE_DONE], betweenMs: 20 };
  const whole: Behaviour = {
    body: {
      object: 'chat.completion',
      model: 'test-model',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello' },
          logprobs: { content: [entry('Hel'), entry('lo')] },
          finish_reason: 'stop',
        },
      ],
    },
  };
  const expected = [entry('Hel'), entry('lo')];
  const include = ['message.output_text.logprobs'] as const;
  // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
  const logprobsOf = (response: any): unknown => response.output[0].content[0].logprobs;

  it('are in deltas, the finished text, the response, and what is read later', async () => {
    upstream.enqueue(streamed);
    const stream = await client.responses.create({ ...ask, stream: true, include: [...include], top_logprobs: 2 });
    const events = await collect(stream);
    const deltas = events.flatMap((event) => (event.type === 'response.output_text.delta' ? event.logprobs : []));
    expect(deltas).toEqual(expected);
    expect(events.find(({ type }) => type === 'response.output_text.done')).toMatchObject({ logprobs: expected });
    const last = events.at(-1);
    if (last?.type !== 'response.completed') throw new Error(`ended with ${last?.type}`);
    expect(logprobsOf(last.response)).toEqual(expected);
    expect(await client.responses.retrieve(last.response.id, { include: [...include] })).toMatchObject({
      output: last.response.output,
    });
    expect(logprobsOf(await client.responses.retrieve(last.response.id))).toEqual([]);
  });

  it('that were not included stay hidden until they are asked for', async () => {
    upstream.enqueue(streamed, whole);
    const events = await collect(await client.responses.create({ ...ask, stream: true, top_logprobs: 2 }));
    expect(JSON.stringify(events)).not.toContain('-0.5');
    const plain = await client.responses.create({ ...ask, top_logprobs: 2 });
    expect(logprobsOf(plain)).toEqual([]);
    expect(logprobsOf(await client.responses.retrieve(plain.id, { include: [...include] }))).toEqual(expected);
    const replayed = await collect(await client.responses.retrieve(plain.id, { stream: true }));
    expect(JSON.stringify(replayed)).not.toContain('-0.5');
  });
});

describe('include, in every way a query can say it', () => {
  it.each([
    'include[]=message.input_image.image_url',
    'include=message.input_image.image_url',
    'include=reasoning.encrypted_content,message.input_image.image_url',
  ])('?%s', async (query) => {
    const image = { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' };
    const { body } = await server.rest('POST', '/responses', {
      ...ask,
      input: [{ role: 'user', content: [image, { type: 'input_text', text: 'What is it?' }] }],
    });
    const list = await server.rest('GET', `/responses/${body.id}/input_items?${query}`);
    expect(list.body.data[0].content[0]).toEqual(image);
    const bare = await server.rest('GET', `/responses/${body.id}/input_items`);
    expect(bare.body.data[0].content[0]).toEqual({ ...image, image_url: null });
  });

  it.each(['/responses/resp_1', '/responses/resp_1/input_items', '/conversations/conv_1/items'])(
    'refuses what it does not know: GET %s',
    async (path) => {
      const { status, body } = await server.rest('GET', `${path}?include[]=reasoning.encrypted_content,nonsense`);
      expect({ status, error: body.error }).toMatchObject({
        status: 400,
        error: { code: 'invalid_value', param: 'include[1]' },
      });
    },
  );
});

describe('stream_options.include_obfuscation', () => {
  it('pads deltas to a common length, and what is read again is what was sent', async () => {
    upstream.enqueue({ text: 'a bb ccc dddd eeeee', betweenMs: 20 });
    const stream = await client.responses.create({
      ...ask,
      stream: true,
      stream_options: { include_obfuscation: true },
    });
    const events = await collect(stream);
    const deltas = events.filter((event) => event.type === 'response.output_text.delta');
    expect(deltas.length).toBeGreaterThan(2);
    expect(deltas.every((delta) => /^[0-9a-f]+$/.test((delta as { obfuscation?: string }).obfuscation ?? ''))).toBe(
      true,
    );
    const sizes = new Set(deltas.map((delta) => JSON.stringify({ ...delta, sequence_number: 0 }).length));
    expect(sizes.size).toBe(1);
    const first = events[0];
    if (first?.type !== 'response.created') throw new Error('no response.created');
    expect(await collect(await client.responses.retrieve(first.response.id, { stream: true }))).toEqual(events);
  });

  it('is off unless asked for', async () => {
    const events = await collect(await client.responses.create({ ...ask, stream: true }));
    expect(JSON.stringify(events)).not.toContain('obfuscation');
  });
});

it('names the tier that served the response, in the end and when it is read again', async () => {
  upstream.enqueue({
    body: {
      model: 'test-model',
      service_tier: 'priority',
      choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }],
    },
  });
  const response = await client.responses.create(ask);
  expect(response.service_tier).toBe('priority');
  expect((await client.responses.retrieve(response.id)).service_tier).toBe('priority');
});
