import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/** The official SDK, of which nothing but the base URL and the key is changed, through every REST flow. */
let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startUpstream(({ body }) => {
    if (body?.model === 'limited') return { status: 429, body: { error: { message: 'Slow down.', type: 'requests' } } };
    if (body?.model === 'broken') return { status: 500, body: { error: { message: 'Oops.' } } };
    return undefined;
  });
  server = await startTestApp({
    upstream: { baseUrl: upstream.url, apiKey: null },
    config: { models: [{ name: 'vendor/model', provider: 'local' }] },
  });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

/** Answered by the upstream; `local` by the built-in model. */
const model = 'test-model';

const weather = {
  type: 'function',
  name: 'get_weather',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
} as const;

/** What the SDK adds to an object on its side of the wire. */
const ADDED = new Set(['output_text', 'output_parsed', 'parsed', 'parsed_arguments', '_request_id']);
const onTheWire = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value, (key, member) => (ADDED.has(key) ? undefined : member)));

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('Nothing was thrown.');
    },
    (error: unknown) => error,
  );

describe('responses.create', () => {
  it('takes a string and gives the text back', async () => {
    const response = await client.responses.create({ model, input: 'Hello', metadata: { topic: 'greeting' } });
    expect(response.output_text).toBe('You said: Hello');
    expect(response).toMatchObject({ object: 'response', status: 'completed', model, metadata: { topic: 'greeting' } });
    expect(response.usage).toMatchObject({ input_tokens: 1, output_tokens: 3, total_tokens: 4 });
    expect(response._request_id).toMatch(/^req_/);
  });

  it('takes items of every role, with instructions in front', async () => {
    const response = await client.responses.create({
      model,
      instructions: 'Be brief.',
      input: [
        { role: 'system', content: 'System.' },
        { role: 'developer', content: 'Developer.' },
        { role: 'user', content: [{ type: 'input_text', text: 'Question?' }] },
        { role: 'assistant', content: 'Answer.' },
        { type: 'message', role: 'user', content: 'And now?' },
      ],
    });
    expect(response.output_text).toBe('You said: And now?');
    expect(response.instructions).toBe('Be brief.');
    const sent = upstream.requests.at(-1)?.body?.messages.map(({ role }) => role);
    expect(sent).toEqual(['system', 'system', 'system', 'user', 'assistant', 'user']);
  });

  it('goes through two turns of function calls and a third of text, in a chain', async () => {
    const turn = (input: OpenAI.Responses.ResponseInput | string, previous_response_id: string | null) =>
      client.responses.create({ model, input, tools: [weather], previous_response_id });

    upstream.enqueue({ toolCalls: [{ name: 'get_weather', arguments: '{"city":"Rome"}' }] });
    const first = await turn('Is it warmer in Rome or in Oslo?', null);
    const [call] = first.output;
    if (call?.type !== 'function_call') throw new Error('The model was to call.');
    expect(call).toMatchObject({ name: 'get_weather', arguments: '{"city":"Rome"}', status: 'completed' });
    expect(first.output_text).toBe('');

    upstream.enqueue({ toolCalls: [{ id: 'call_second', name: 'get_weather', arguments: '{"city":"Oslo"}' }] });
    const second = await turn(
      [{ type: 'function_call_output', call_id: call.call_id, output: '30 degrees' }],
      first.id,
    );
    expect(second.output).toMatchObject([{ type: 'function_call', call_id: 'call_second' }]);

    const third = await turn(
      [{ type: 'function_call_output', call_id: 'call_second', output: '5 degrees' }],
      second.id,
    );
    expect(third.output_text).toBe('The tool said: 5 degrees');
    expect(third.previous_response_id).toBe(second.id);
    const sent = upstream.requests.at(-1)?.body?.messages.map(({ role }) => role);
    expect(sent).toEqual(['user', 'assistant', 'tool', 'assistant', 'tool']);

    const unanswered = await thrownBy(turn('And in Paris?', second.id));
    expect(unanswered).toBeInstanceOf(OpenAI.BadRequestError);
    expect(unanswered).toMatchObject({ param: 'input', message: expect.stringContaining('call_second') });
  });

  it('shows parallel calls one after the other, and takes both outputs', async () => {
    upstream.enqueue({
      toolCalls: [
        { id: 'call_a', name: 'get_weather', arguments: '{"city":"Rome"}' },
        { id: 'call_b', name: 'get_weather', arguments: '{"city":"Oslo"}' },
      ],
    });
    const first = await client.responses.create({ model, input: 'Rome and Oslo?', tools: [weather] });
    expect(first.output.map((item) => item.type === 'function_call' && item.call_id)).toEqual(['call_a', 'call_b']);
    const second = await client.responses.create({
      model,
      previous_response_id: first.id,
      tools: [weather],
      input: ['call_b', 'call_a'].map((call_id) => ({ type: 'function_call_output', call_id, output: call_id })),
    });
    expect(second.status).toBe('completed');
  });

  it.each<[OpenAI.Responses.ResponseCreateParams['tool_choice'], unknown, string[]]>([
    ['none', 'none', ['get_weather', 'file_search']],
    ['auto', undefined, ['get_weather', 'file_search']],
    ['required', 'required', ['get_weather', 'file_search']],
    [
      { type: 'function', name: 'get_weather' },
      { type: 'function', function: { name: 'get_weather' } },
      ['get_weather', 'file_search'],
    ],
    [{ type: 'file_search' }, { type: 'function', function: { name: 'file_search' } }, ['get_weather', 'file_search']],
    [
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'get_weather' }] },
      'required',
      ['get_weather'],
    ],
  ])('tool_choice %j reaches the model, and is echoed', async (tool_choice, expected, names) => {
    const tools: OpenAI.Responses.Tool[] = [weather, { type: 'file_search', vector_store_ids: [] }];
    const response = await client.responses.create({
      model,
      input: 'Hello',
      tools,
      tool_choice: tool_choice ?? 'auto',
    });
    expect(response.tool_choice).toEqual(tool_choice);
    const sent = upstream.requests.at(-1)?.body as unknown as {
      tool_choice?: unknown;
      tools: { function: { name: string } }[];
    };
    expect(sent.tool_choice).toEqual(expected);
    expect(sent.tools.map((tool) => tool.function.name)).toEqual(names);
  });

  it('parses structured output and arguments', async () => {
    const Person = z.object({ name: z.string(), age: z.int() });
    const answer = await client.responses.parse({
      model: 'local',
      input: 'Name: Maria Stone. Age: 34.',
      text: { format: zodTextFormat(Person, 'person') },
    });
    expect(answer.output_parsed).toEqual({ name: 'Maria Stone', age: 34 });

    upstream.enqueue({ toolCalls: [{ name: 'get_weather', arguments: '{"city":"Rome"}' }] });
    const called = await client.responses.parse({
      model,
      input: 'Weather in Rome?',
      tools: [zodResponsesFunction({ name: 'get_weather', parameters: z.object({ city: z.string() }) })],
    });
    expect(called.output).toMatchObject([{ type: 'function_call', parsed_arguments: { city: 'Rome' } }]);
  });

  it('names a prompt, with its variables', async () => {
    const prompt = await client.post<{ id: string }>('/prompts', {
      body: { name: 'greeter', instructions: 'Greet {{who}}.', model },
    });
    const response = await client.responses.create({
      input: 'Hello',
      prompt: { id: prompt.id, variables: { who: 'Ada' } },
    });
    expect(response).toMatchObject({ instructions: 'Greet Ada.', prompt: { id: prompt.id, version: '1' } });
  });

  it('runs in the background until it is read, or cancelled', async () => {
    const started = await client.responses.create({ model, input: 'Hello', background: true });
    expect(started).toMatchObject({ status: 'queued', output: [], background: true });
    const seen = await collect(await client.responses.retrieve(started.id, { stream: true }));
    expect(seen.at(-1)).toMatchObject({ type: 'response.completed' });
    expect(await client.responses.retrieve(started.id)).toMatchObject({
      status: 'completed',
      output_text: 'You said: Hello',
    });

    upstream.enqueue({ text: 'One two three', hang: 3 });
    const endless = await client.responses.create({ model, input: 'Hello', background: true });
    const events = await client.responses.retrieve(endless.id, { stream: true });
    for await (const event of events) if (event.type === 'response.output_text.delta') break;
    const cancelled = await client.responses.cancel(endless.id);
    expect(cancelled.status).toBe('cancelled');
    expect(cancelled.output).toMatchObject([{ type: 'message', status: 'incomplete' }]);
    expect(await client.responses.cancel(endless.id)).toEqual(cancelled);
    await upstream.waitForAbort();

    const foreground = await client.responses.create({ model, input: 'Hello' });
    expect(await thrownBy(client.responses.cancel(foreground.id))).toBeInstanceOf(OpenAI.BadRequestError);
  });
});

describe('responses.stream', () => {
  /** Text and two calls, in many small pieces. */
  const script = {
    text: 'Let me look that up for you, it will not take long.',
    reasoning: 'They want the weather.',
    toolCalls: [
      { id: 'call_a', name: 'get_weather', arguments: '{"city":"Rome"}' },
      { id: 'call_b', name: 'get_weather', arguments: '{"city":"Oslo"}' },
    ],
    betweenMs: 2,
  };

  it('accumulates to exactly the response that is stored', async () => {
    upstream.enqueue(script);
    const stream = client.responses.stream({ model, input: 'Weather?', tools: [weather] });
    let text = '';
    stream.on('response.output_text.delta', ({ delta, snapshot }) => {
      text += delta;
      expect(snapshot).toBe(text);
    });
    const final = await stream.finalResponse();
    expect(text).toBe(script.text);
    expect(final.output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call', 'function_call']);
    expect(onTheWire(final)).toEqual(onTheWire(await client.responses.retrieve(final.id)));
  });

  it('can be followed again, from the start by id, and after any event with the identical rest', async () => {
    upstream.enqueue(script);
    const live = await collect<ResponseStreamEvent>(
      await client.responses.create({ model, input: 'Weather?', tools: [weather], stream: true }),
    );
    expect(live.map((event) => event.sequence_number)).toEqual(live.map((_, index) => index));
    const [created] = live;
    if (created?.type !== 'response.created') throw new Error('A stream begins with response.created.');
    const { id } = created.response;

    for (let after = 0; after < live.length; after += 1) {
      const rest = await collect(await client.responses.retrieve(id, { stream: true, starting_after: after }));
      expect(rest).toEqual(live.slice(after + 1));
    }
    expect(await collect(await client.responses.retrieve(id, { stream: true, starting_after: 9999 }))).toEqual([]);
    expect(await collect(await client.responses.retrieve(id, { stream: true }))).toEqual(live);

    const again = client.responses.stream({ response_id: id, starting_after: 5 });
    const emitted: number[] = [];
    again.on('event', (event) => emitted.push(event.sequence_number));
    expect(onTheWire(await again.finalResponse())).toEqual(onTheWire(await client.responses.retrieve(id)));
    expect(emitted).toEqual(live.slice(6).map((event) => event.sequence_number));
  });

  it('can be resumed in the middle of the run', async () => {
    upstream.enqueue({ text: Array.from({ length: 40 }, (_, n) => `word${n}`).join(' '), betweenMs: 15 });
    const first = await client.responses.create({ model, input: 'Many words', stream: true });
    const seen: ResponseStreamEvent[] = [];
    for await (const event of first) {
      seen.push(event);
      if (seen.length === 8) break;
    }
    const created = seen[0] as OpenAI.Responses.ResponseCreatedEvent;
    const rest = await collect(
      await client.responses.retrieve(created.response.id, { stream: true, starting_after: 7 }),
    );
    const all = [...seen, ...rest];
    expect(all.map((event) => event.sequence_number)).toEqual(all.map((_, index) => index));
    expect(all).toEqual(await collect(await client.responses.retrieve(created.response.id, { stream: true })));
    expect(all.at(-1)?.type).toBe('response.completed');
  });

  it('replays a response that was created without a stream', async () => {
    upstream.enqueue(script);
    const created = await client.responses.create({ model, input: 'Weather?', tools: [weather] });
    const replayed = await client.responses.stream({ response_id: created.id }).finalResponse();
    expect(onTheWire(replayed)).toEqual(onTheWire(created));
  });
});

describe('reading and deleting', () => {
  it('pages through the input items of a response', async () => {
    const input = ['one', 'two', 'three', 'four', 'five'].map((content) => ({ role: 'user' as const, content }));
    const { id } = await client.responses.create({ model, input });
    const text = (item: OpenAI.Responses.ResponseItem): unknown =>
      item.type === 'message' && item.content[0]?.type === 'input_text' && item.content[0].text;
    const ascending = await collect(client.responses.inputItems.list(id, { limit: 2, order: 'asc' }));
    expect(ascending.map(text)).toEqual(['one', 'two', 'three', 'four', 'five']);
    const descending = await collect(client.responses.inputItems.list(id, { limit: 3 }));
    expect(descending.map(text)).toEqual(['five', 'four', 'three', 'two', 'one']);
    const page = await client.responses.inputItems.list(id, { limit: 5 });
    expect(page.hasNextPage()).toBe(false);
  });

  it('deletes a response once', async () => {
    const { id } = await client.responses.create({ model, input: 'Hello' });
    await client.responses.delete(id);
    for (const call of [client.responses.retrieve(id), client.responses.delete(id)])
      expect(await thrownBy(call)).toBeInstanceOf(OpenAI.NotFoundError);
    const orphan = await thrownBy(client.responses.create({ model, input: 'x', previous_response_id: id }));
    expect(orphan).toMatchObject({ status: 400, code: 'previous_response_not_found', param: 'previous_response_id' });
  });

  it('lists models, and finds one whose id has a slash', async () => {
    const ids = (await collect(client.models.list())).map((entry) => entry.id);
    expect(ids).toEqual(expect.arrayContaining(['local', 'test-model', 'vendor/model']));
    expect(await client.models.retrieve('vendor/model')).toMatchObject({ id: 'vendor/model', object: 'model' });
    expect(await thrownBy(client.models.retrieve('nobody'))).toBeInstanceOf(OpenAI.NotFoundError);
  });
});

describe('conversations', () => {
  it('are created, read, changed and deleted', async () => {
    const made = await client.conversations.create({
      metadata: { topic: 'a' },
      items: [{ type: 'message', role: 'user', content: 'Hello' }],
    });
    expect(made).toMatchObject({ object: 'conversation', metadata: { topic: 'a' } });
    expect(await client.conversations.retrieve(made.id)).toMatchObject({ id: made.id, created_at: made.created_at });
    const changed = await client.conversations.update(made.id, { metadata: { topic: 'b' } });
    expect(changed.metadata).toEqual({ topic: 'b' });
    expect(await client.conversations.delete(made.id)).toEqual({
      id: made.id,
      object: 'conversation.deleted',
      deleted: true,
    });
    expect(await thrownBy(client.conversations.retrieve(made.id))).toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('keep items: created, listed with a pager, retrieved, deleted', async () => {
    const { id } = await client.conversations.create();
    const created = await client.conversations.items.create(id, {
      items: ['one', 'two', 'three', 'four', 'five'].map((content) => ({ type: 'message', role: 'user', content })),
    });
    expect(created.data).toHaveLength(5);
    const [first] = created.data;
    const itemId = first?.id as string;
    const listed = await collect(client.conversations.items.list(id, { limit: 2, order: 'asc' }));
    expect(listed).toEqual(created.data);
    const newest = await collect(client.conversations.items.list(id, { limit: 2 }));
    expect(newest).toEqual([...created.data].reverse());
    expect(onTheWire(await client.conversations.items.retrieve(itemId, { conversation_id: id }))).toEqual(first);
    expect(await client.conversations.items.delete(itemId, { conversation_id: id })).toMatchObject({ id });
    const left = await collect(client.conversations.items.list(id, { order: 'asc' }));
    expect(left).toEqual(created.data.slice(1));
  });

  it('are remembered by the responses that run in them', async () => {
    const { id } = await client.conversations.create();
    await client.responses.create({ model: 'local', input: 'My name is Alice.', conversation: id });
    const second = await client.responses.create({ model: 'local', input: 'What is my name?', conversation: { id } });
    expect(second.output_text).toContain('Alice');
    expect(second.conversation).toEqual({ id });
    const items = await collect(client.conversations.items.list(id, { order: 'asc' }));
    expect(items.map((item) => item.type === 'message' && item.role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
  });
});

describe('errors are of the SDK’s classes, with the id of their request', () => {
  const other = (fields: object) =>
    new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0, ...fields });

  it.each<[string, () => Promise<unknown>, unknown, object]>([
    [
      '400',
      () => client.responses.create({ input: 'x' }),
      OpenAI.BadRequestError,
      { code: 'missing_required_parameter', param: 'model' },
    ],
    [
      '401',
      () => other({ apiKey: 'nobody' }).models.retrieve('x'),
      OpenAI.AuthenticationError,
      { code: 'invalid_api_key' },
    ],
    ['404', () => client.responses.retrieve('resp_x'), OpenAI.NotFoundError, { type: 'invalid_request_error' }],
    ['405', () => client.put('/responses'), OpenAI.APIError, { status: 405 }],
    [
      '409',
      () => other({}).post('/prompts', { body: { name: 'taken' } }),
      OpenAI.ConflictError,
      { code: 'name_taken', param: 'name' },
    ],
  ])('%s', async (_status, call, type, fields) => {
    if (_status === '409') await client.post('/prompts', { body: { name: 'taken' } });
    const error = await thrownBy(call());
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ ...fields, requestID: expect.stringMatching(/^req_/) });
  });

  it('429 and 5xx of the upstream reach the caller as such', async () => {
    const limited = await thrownBy(other({}).responses.create({ model: 'limited', input: 'x' }));
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
    expect(limited).toMatchObject({ code: 'rate_limit_exceeded', requestID: expect.stringMatching(/^req_/) });
    const broken = await thrownBy(other({}).responses.create({ model: 'broken', input: 'x' }));
    expect(broken).toBeInstanceOf(OpenAI.InternalServerError);
  });
});
