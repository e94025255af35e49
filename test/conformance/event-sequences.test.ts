import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import type { ResponseCreatedEvent, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { startTestApp, type TestApp } from '../support/app.js';
import {
  asPieces,
  numbered,
  responseEvents,
  type UpstreamEvent,
  type UpstreamItem,
} from '../support/responses-answers.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/** Each shape of a stream, as the exact list of its events; what strict clients enforce is checked on every one. */
let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({
    config: {
      providers: [
        { id: 'chat', base_url: upstream.url },
        { id: 'hosted', base_url: upstream.url, dialect: 'responses' },
      ],
      models: [
        { name: 'hosted', provider: 'hosted' },
        { name: '*', provider: 'chat' },
      ],
    },
    // Each piece of the model becomes one event, so that lists are exact.
    limits: { coalesceMs: 0 },
  });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

type Create = Partial<OpenAI.Responses.ResponseCreateParamsStreaming>;
type Finished = OpenAI.Responses.Response;

/** What the SDK's stream class adds on its side of the wire. */
const ADDED = new Set(['output_text', 'output_parsed', 'parsed', 'parsed_arguments', '_request_id']);
const onTheWire = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value, (key, member) => (ADDED.has(key) ? undefined : member)));

/** The events of a run. What the SDK's own stream class makes of them has to be what is stored. */
async function run(fields: Create, ...turns: Behaviour[]): Promise<ResponseStreamEvent[]> {
  upstream.enqueue(...turns);
  const create = { model: 'test-model', input: 'Go', ...fields, stream: true } as const;
  const stream = client.responses.stream(create as Parameters<typeof client.responses.stream>[0]);
  const events: ResponseStreamEvent[] = [];
  stream.on('event', (event) => events.push(onTheWire(event) as ResponseStreamEvent));
  const accumulated = onTheWire(await stream.finalResponse());
  expect(accumulated).toEqual(finalOf(events));
  if (fields.store !== false) expect(accumulated).toEqual(onTheWire(await client.responses.retrieve(accumulated.id)));
  checkRules(events);
  return events;
}

/** Event types without the common prefix; a repeated one as `type x n`. */
function shapeOf(events: readonly ResponseStreamEvent[]): string[] {
  const shape: string[] = [];
  let times = 1;
  for (const { type } of events) {
    const name = type.replace('response.', '');
    const last = shape.at(-1)?.replace(/ x \d+$/, '');
    times = last === name ? times + 1 : 1;
    if (times === 1) shape.push(name);
    else shape[shape.length - 1] = `${name} x ${times}`;
  }
  return shape;
}

const finalOf = (events: readonly ResponseStreamEvent[]): Finished =>
  (events.at(-1) as { response: Finished }).response;

/** Where the event that ends a text has the whole of it. */
const WHOLE: Record<string, string> = {
  'response.output_text.done': 'text',
  'response.reasoning_text.done': 'text',
  'response.refusal.done': 'refusal',
  'response.function_call_arguments.done': 'arguments',
};

/** Rules that hold for every stream: numbers, identities, indexes, and that the pieces add up to the whole. */
function checkRules(events: readonly ResponseStreamEvent[]): void {
  const ids: string[] = [];
  const added: string[] = [];
  const pieces = new Map<string, string>();
  for (const [index, event] of events.entries()) {
    expect(event.sequence_number).toBe(index);
    if ('response' in event) ids.push(event.response.id);
    if (event.type === 'response.output_item.added') {
      expect(event.output_index).toBe(added.length);
      added.push(event.item.id as string);
    }
    if ('item_id' in event && 'output_index' in event) expect(event.item_id).toBe(added[event.output_index]);
    if ('content_index' in event) expect(event.content_index).toBe(0);
    if (!('output_index' in event)) continue;
    const key = String(event.output_index);
    if ('delta' in event) pieces.set(key, (pieces.get(key) ?? '') + String(event.delta));
    const member = WHOLE[event.type];
    if (member !== undefined) expect(event).toHaveProperty(member, pieces.get(key) ?? '');
  }
  expect(new Set(ids).size).toBe(1);
  expect(new Set(added).size).toBe(added.length);
  const done = events.filter((event) => event.type === 'response.output_item.done').map((event) => event.item);
  const { output, status } = finalOf(events);
  if (status !== 'failed') expect(output).toEqual(done);
  expect(output.map((item) => item.id)).toEqual(added);
}

const message = (deltas: number, last = 'output_text') => [
  'output_item.added',
  'content_part.added',
  deltas === 1 ? `${last}.delta` : `${last}.delta x ${deltas}`,
  `${last}.done`,
  'content_part.done',
  'output_item.done',
];
const call = (name: string, city: string) => ({ name, arguments: JSON.stringify({ city }) });
const tools = [{ type: 'function' as const, name: 'get_weather', parameters: { type: 'object' }, strict: false }];

describe('the events of a stream', () => {
  it('of plain text', async () => {
    const events = await run({}, { text: 'Hello you there' });
    expect(shapeOf(events)).toEqual(['created', 'in_progress', ...message(3), 'completed']);
    const [created, progress, added, part] = events as never as [
      { response: Finished },
      { response: Finished },
      { item: unknown },
      { part: unknown },
    ];
    for (const { response } of [created, progress])
      expect(response).toMatchObject({ status: 'in_progress', output: [], usage: null, completed_at: null });
    expect(added.item).toMatchObject({ type: 'message', role: 'assistant', status: 'in_progress', content: [] });
    expect(part.part).toEqual({ type: 'output_text', text: '', annotations: [], logprobs: [] });
    expect(finalOf(events)).toMatchObject({
      status: 'completed',
      completed_at: expect.any(Number),
      output: [{ status: 'completed', content: [{ type: 'output_text', text: 'Hello you there' }] }],
      usage: { input_tokens: 1, output_tokens: 3, total_tokens: 4 },
    });
  });

  it('of a function call', async () => {
    const events = await run({ tools }, { toolCalls: [{ id: 'call_a', ...call('get_weather', 'Rome') }] });
    expect(shapeOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'function_call_arguments.delta x 2',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
    expect(events[2]).toMatchObject({
      item: { type: 'function_call', call_id: 'call_a', name: 'get_weather', arguments: '', status: 'in_progress' },
    });
    expect(finalOf(events).output).toMatchObject([{ status: 'completed', arguments: '{"city":"Rome"}' }]);
  });

  it('of two calls, one after the other', async () => {
    const events = await run({ tools }, { toolCalls: [call('get_weather', 'Rome'), call('get_weather', 'Oslo')] });
    expect(shapeOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'function_call_arguments.delta x 2',
      'function_call_arguments.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
    expect(finalOf(events).output).toMatchObject([{ arguments: '{"city":"Rome"}' }, { arguments: '{"city":"Oslo"}' }]);
  });

  it('of text and then a call', async () => {
    const events = await run({ tools }, { text: 'Wait', toolCalls: [call('get_weather', 'Rome')] });
    expect(shapeOf(events)).toEqual([
      'created',
      'in_progress',
      ...message(1),
      'output_item.added',
      'function_call_arguments.delta x 2',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
  });

  it('of a refusal', async () => {
    const events = await run({}, { text: '', refusal: 'I cannot help' });
    expect(shapeOf(events)).toEqual(['created', 'in_progress', ...message(3, 'refusal'), 'completed']);
    expect(finalOf(events).output).toMatchObject([{ content: [{ type: 'refusal', refusal: 'I cannot help' }] }]);
  });

  it('of raw reasoning before the answer', async () => {
    const events = await run({}, { reasoning: 'Let me think', text: 'Yes' });
    expect(shapeOf(events)).toEqual([
      'created',
      'in_progress',
      ...message(3, 'reasoning_text'),
      ...message(1),
      'completed',
    ]);
    expect(finalOf(events).output).toMatchObject([
      { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Let me think' }] },
      { type: 'message' },
    ]);
  });

  it('of text with a citation', async () => {
    const annotation = {
      type: 'url_citation',
      url: 'http://example.org/',
      title: 'Example',
      start_index: 0,
      end_index: 5,
    };
    const events = await run({}, { text: 'Hello', annotations: [annotation] });
    expect(shapeOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.annotation.added',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(events[5]).toMatchObject({ annotation_index: 0, annotation });
    expect(finalOf(events).output).toMatchObject([{ content: [{ annotations: [annotation] }] }]);
  });

  it('of text cut at the token limit', async () => {
    const events = await run({ max_output_tokens: 16 }, { text: 'Hello you', finishReason: 'length' });
    expect(shapeOf(events)).toEqual(['created', 'in_progress', ...message(2), 'incomplete']);
    expect(finalOf(events)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      completed_at: null,
      usage: { output_tokens: 2 },
      output: [{ status: 'incomplete' }],
    });
  });

  it('of arguments cut at the token limit', async () => {
    const events = await run(
      { tools },
      { toolCalls: [{ name: 'get_weather', arguments: '{"city":"R' }], finishReason: 'length' },
    );
    expect(shapeOf(events).slice(2)).toEqual([
      'output_item.added',
      'function_call_arguments.delta x 2',
      'function_call_arguments.done',
      'output_item.done',
      'incomplete',
    ]);
    expect(finalOf(events).output).toMatchObject([{ status: 'incomplete', arguments: '{"city":"R' }]);
  });

  it('of reasoning cut at the token limit', async () => {
    const events = await run({}, { reasoning: 'Let me', text: '', finishReason: 'length' });
    expect(shapeOf(events)).toEqual(['created', 'in_progress', ...message(2, 'reasoning_text'), 'incomplete']);
    expect(finalOf(events).output).toMatchObject([{ type: 'reasoning' }]);
  });

  it('of text stopped by a content filter', async () => {
    const events = await run({}, { text: 'Hello', finishReason: 'content_filter' });
    expect(shapeOf(events)).toEqual(['created', 'in_progress', ...message(1), 'incomplete']);
    expect(finalOf(events).incomplete_details).toEqual({ reason: 'content_filter' });
  });

  it('of an upstream that breaks off in the middle', async () => {
    const events = await run({}, { text: 'Hello you there', reset: 3 });
    expect(shapeOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta x 2',
      'failed',
    ]);
    expect(finalOf(events)).toMatchObject({
      status: 'failed',
      error: { code: 'server_error', message: expect.any(String) },
      output: [{ status: 'incomplete', content: [{ text: 'Hello you ' }] }],
    });
    expect(await client.responses.retrieve(finalOf(events).id)).toMatchObject({ status: 'failed' });
  });

  it('of an upstream that refuses', async () => {
    const events = await run(
      {},
      { status: 400, body: { error: { message: 'Not like this.', code: 'invalid_prompt' } } },
    );
    expect(shapeOf(events)).toEqual(['created', 'in_progress', 'failed']);
    expect(finalOf(events)).toMatchObject({ error: { code: 'invalid_prompt', message: 'Not like this.' }, output: [] });
  });

  it('of file_search, and the answer from it', async () => {
    const events = await run(
      { tools: [{ type: 'file_search', vector_store_ids: [] }] },
      { toolCalls: [{ name: 'file_search', arguments: '{"queries":["limit"]}' }] },
      { text: 'Nothing found' },
    );
    expect(shapeOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'file_search_call.in_progress',
      'file_search_call.searching',
      'file_search_call.completed',
      'output_item.done',
      ...message(2),
      'completed',
    ]);
    expect(events[2]).toMatchObject({
      item: { type: 'file_search_call', status: 'in_progress', queries: [], results: null },
    });
    expect(finalOf(events)).toMatchObject({
      output: [
        { type: 'file_search_call', status: 'completed', queries: ['limit'], results: null },
        { type: 'message' },
      ],
      usage: { output_tokens: 2 },
    });
  });

  it('of web_search, which fails because no engine is configured', async () => {
    const events = await run(
      { tools: [{ type: 'web_search' }] },
      { toolCalls: [{ name: 'web_search', arguments: '{"query":"news"}' }] },
      { text: 'Not possible' },
    );
    expect(shapeOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'web_search_call.in_progress',
      'web_search_call.searching',
      'output_item.done',
      ...message(2),
      'completed',
    ]);
    expect(events[2]).not.toHaveProperty('item.action');
    expect(finalOf(events).output).toMatchObject([
      { type: 'web_search_call', status: 'failed', action: { type: 'search', query: 'news' } },
      { type: 'message', status: 'completed' },
    ]);
    expect(upstream.requests.at(-1)?.body?.messages.at(-1)).toMatchObject({ role: 'tool' });
  });

  it('of a server tool and a function in one turn: the search runs, the call is the client’s', async () => {
    const events = await run(
      { tools: [...tools, { type: 'file_search', vector_store_ids: [] }] },
      { toolCalls: [{ name: 'file_search', arguments: '{"queries":["a"]}' }, call('get_weather', 'Rome')] },
    );
    expect(
      finalOf(events)
        .output.map(({ type }) => type)
        .sort(),
    ).toEqual(['file_search_call', 'function_call']);
    expect(events.at(-1)?.type).toBe('response.completed');
  });

  it('of a background run', async () => {
    const events = await run({ background: true }, { text: 'Hello' });
    expect(shapeOf(events)).toEqual(['created', 'queued', 'in_progress', ...message(1), 'completed']);
    expect(events[0]).toMatchObject({ response: { status: 'queued' } });
  });

  it('of a background run that is cancelled: no event is invented, and what was said is kept', async () => {
    upstream.enqueue({ text: 'One two three', hang: 3 });
    const stream = client.responses.stream({ model: 'test-model', input: 'Go', background: true });
    const events: ResponseStreamEvent[] = [];
    for await (const event of stream) {
      events.push(onTheWire(event) as ResponseStreamEvent);
      if (event.type !== 'response.output_text.delta' || event.delta !== 'two ') continue;
      await client.responses.cancel((events[0] as ResponseCreatedEvent).response.id);
    }
    expect(shapeOf(events)).toEqual([
      'created',
      'queued',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta x 2',
    ]);
    const { id } = await stream.finalResponse();
    const cancelled = await client.responses.retrieve(id);
    expect(cancelled).toMatchObject({
      status: 'cancelled',
      output: [{ status: 'incomplete', content: [{ text: 'One two ' }] }],
    });
  });

  it('of a run that is not stored', async () => {
    const events = await run({ store: false }, { text: 'Hello' });
    expect(shapeOf(events)).toEqual(['created', 'in_progress', ...message(1), 'completed']);
  });
});

describe('the events of items that a hosted upstream makes', () => {
  const answer: UpstreamItem = {
    type: 'message',
    id: 'msg_up',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', text: 'There it is.', annotations: [], logprobs: [] }],
  };
  /** A response of these items, with more events before the last one of the first. */
  const hosted = (items: UpstreamItem[], ...more: UpstreamEvent[]): Behaviour => {
    const [created, ...rest] = responseEvents('hosted', { items });
    const end = rest.findIndex(({ type }) => type === 'response.output_item.done');
    const events = [created as UpstreamEvent, ...rest.slice(0, end - 1), ...more, ...rest.slice(end - 1)];
    return { chunks: asPieces(numbered(events)) };
  };

  it.each<[string, UpstreamItem, UpstreamEvent[], string[]]>([
    [
      'reasoning with a summary',
      {
        type: 'reasoning',
        id: 'rs_up',
        summary: [
          { type: 'summary_text', text: 'First I look.' },
          { type: 'summary_text', text: 'Then I leap.' },
        ],
      },
      [],
      [
        'part.added',
        'text.delta x 2',
        'text.done',
        'part.done',
        'part.added',
        'text.delta x 2',
        'text.done',
        'part.done',
      ].map((name) => `reasoning_summary_${name}`),
    ],
    ['reasoning without one', { type: 'reasoning', id: 'rs_up', summary: [] }, [], []],
    [
      'a web search',
      {
        type: 'web_search_call',
        id: 'ws_up',
        status: 'completed',
        action: { type: 'search', query: 'x', queries: ['x'] },
      },
      [],
      ['in_progress', 'searching', 'completed'].map((name) => `web_search_call.${name}`),
    ],
    [
      'a code interpreter',
      {
        type: 'code_interpreter_call',
        id: 'ci_up',
        status: 'completed',
        code: 'print(1)',
        container_id: 'cntr_1',
        outputs: null,
      },
      [],
      [
        'code_interpreter_call.in_progress',
        'code_interpreter_call_code.delta x 2',
        'code_interpreter_call_code.done',
        'code_interpreter_call.interpreting',
        'code_interpreter_call.completed',
      ],
    ],
    [
      'a picture',
      { type: 'image_generation_call', id: 'ig_up', status: 'completed', result: 'aGVsbG8=' },
      [0, 1].map((index) => ({
        type: 'response.image_generation_call.partial_image',
        item_id: 'ig_up',
        output_index: 0,
        partial_image_index: index,
        partial_image_b64: 'aGVs',
      })),
      ['in_progress', 'generating', 'partial_image x 2', 'completed'].map((name) => `image_generation_call.${name}`),
    ],
  ])('%s, and the answer', async (_name, item, more, body) => {
    const tools = [{ type: 'web_search' }, { type: 'image_generation' }] as never;
    const events = await run({ model: 'hosted', tools }, hosted([item, answer], ...more));
    expect(shapeOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      ...body,
      'output_item.done',
      ...message(2),
      'completed',
    ]);
    expect(finalOf(events).output).toMatchObject([
      { ...item, id: expect.not.stringMatching('up') },
      { type: 'message' },
    ]);
  });
});

describe('the bytes of a stream', () => {
  const open = (): Promise<Response> =>
    fetch(`${server.url}/api/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'test-model', input: 'Go', stream: true }),
    });

  it('are events of two lines whose name is the data’s type, and [DONE]', async () => {
    const answer = await open();
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    const frames = (await answer.text()).split('\n\n');
    expect(frames.splice(-2)).toEqual(['data: [DONE]', '']);
    for (const frame of frames) {
      const [, name, data] = /^event: (\S+)\ndata: (.+)$/.exec(frame) ?? [];
      expect(JSON.parse(data as string).type).toBe(name);
    }
  });

  it('never split a character, however the upstream cut its own', async () => {
    const text = 'Zürich 🚀 日本 🏳️‍🌈';
    const whole = Buffer.from(
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })}\r\n\r\n` +
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\r\n\r\ndata: [DONE]\r\n\r\n`,
    );
    const chunks = Array.from({ length: Math.ceil(whole.length / 7) }, (_, n) => whole.subarray(n * 7, n * 7 + 7));
    const events = await run({}, { chunks });
    expect(finalOf(events).output).toMatchObject([{ content: [{ text }] }]);
  });
});
