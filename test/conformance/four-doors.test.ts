import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'graphql-ws';
import WebSocket from 'ws';
import { collect, connectWs, createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/**
 * The same request through every door: server-sent events, WebSocket and GraphQL subscription as it happens, and REST
 * without a stream, whose events are made from the stored response. The lists have to be equal, event by event.
 */
let upstream: Upstream;
let server: TestApp;
let socket: Client;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({
    upstream: { baseUrl: upstream.url, apiKey: null },
    // Each piece of the model becomes one event, so that lists are exact.
    limits: { coalesceMs: 0 },
  });
  socket = connectWs(server.url, { authorization: `Bearer ${server.key}` });
});
afterAll(async () => {
  await socket.dispose();
  await server.stop();
  await upstream.close();
});

// Events are looked into freely.
// biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
type Loose = any;
type Event = Record<string, Loose> & { type: string };

interface Scenario {
  /** What the model does, turn by turn. */
  turns: Behaviour[];
  /** The request on REST and WebSocket. */
  body?: object;
  /** The same request in GraphQL. */
  input?: object;
  /** How the run ends. */
  ends: 'completed' | 'incomplete' | 'failed';
  /** Types that have to occur, so that the scenario is what its name says. */
  shows: string[];
}

const weather = {
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
};
const schema = {
  type: 'object',
  properties: { answer: { type: 'integer' } },
  required: ['answer'],
  additionalProperties: false,
};

const scenarios: Record<string, Scenario> = {
  'plain text': { turns: [{ text: 'Hello you there' }], ends: 'completed', shows: ['output_text.delta'] },
  'a function call': {
    turns: [{ toolCalls: [{ id: 'call_a', name: 'get_weather', arguments: '{"city":"Rome"}' }] }],
    body: { tools: [{ type: 'function', ...weather }] },
    input: { tools: [{ function: weather }] },
    ends: 'completed',
    shows: ['function_call_arguments.delta', 'function_call_arguments.done'],
  },
  'parallel function calls after text': {
    turns: [
      {
        text: 'Both:',
        toolCalls: ['Rome', 'Oslo'].map((city) => ({
          id: `call_${city}`,
          name: 'get_weather',
          arguments: `{"city":"${city}"}`,
        })),
      },
    ],
    body: { tools: [{ type: 'function', ...weather }] },
    input: { tools: [{ function: weather }] },
    ends: 'completed',
    shows: ['output_text.done', 'function_call_arguments.done'],
  },
  'a tool loop': {
    turns: [
      { toolCalls: [{ id: 'call_s', name: 'file_search', arguments: '{"queries":["limit"]}' }] },
      { text: 'Nothing was found' },
    ],
    body: { tools: [{ type: 'file_search', vector_store_ids: [] }] },
    input: { tools: [{ fileSearch: { vectorStoreIds: [] } }] },
    ends: 'completed',
    shows: ['file_search_call.searching', 'output_text.done'],
  },
  'a search that fails': {
    turns: [
      { toolCalls: [{ id: 'call_s', name: 'web_search', arguments: '{"query":"news"}' }] },
      { text: 'That is not possible' },
    ],
    body: { tools: [{ type: 'web_search' }] },
    input: { tools: [{ webSearch: {} }] },
    ends: 'completed',
    shows: ['web_search_call.searching', 'output_text.done'],
  },
  'a call of a custom tool': {
    turns: [{ toolCalls: [{ id: 'call_c', name: 'shell', arguments: '{"input":"ls -l"}' }] }],
    body: { tools: [{ type: 'custom', name: 'shell' }] },
    input: { tools: [{ custom: { name: 'shell' } }] },
    ends: 'completed',
    shows: ['custom_tool_call_input.delta', 'custom_tool_call_input.done'],
  },
  'a refusal': { turns: [{ text: '', refusal: 'I cannot help' }], ends: 'completed', shows: ['refusal.delta'] },
  'an answer that was cut off': {
    turns: [{ text: 'Hello you', finishReason: 'length' }],
    body: { max_output_tokens: 16 },
    input: { maxOutputTokens: 16 },
    ends: 'incomplete',
    shows: ['output_text.delta'],
  },
  'a fault before the answer': {
    turns: [{ status: 400, body: { error: { message: 'Not like this.', code: 'invalid_prompt' } } }],
    ends: 'failed',
    shows: [],
  },
  'a fault in the middle of a tool loop': {
    turns: [
      { toolCalls: [{ id: 'call_s', name: 'file_search', arguments: '{"queries":["limit"]}' }] },
      { status: 400, body: { error: { message: 'Too much.', code: 'invalid_prompt' } } },
    ],
    body: { tools: [{ type: 'file_search', vector_store_ids: [] }] },
    input: { tools: [{ fileSearch: { vectorStoreIds: [] } }] },
    ends: 'failed',
    shows: ['file_search_call.completed'],
  },
  reasoning: {
    turns: [{ reasoning: 'Let me think', text: 'Yes' }],
    ends: 'completed',
    shows: ['reasoning_text.delta', 'output_text.done'],
  },
  'structured output': {
    turns: [{ text: '{"answer": 42}' }],
    body: { text: { format: { type: 'json_schema', name: 'answer', schema, strict: true } } },
    input: { text: { format: { jsonSchema: { name: 'answer', schema, strict: true } } } },
    ends: 'completed',
    shows: ['output_text.done'],
  },
};

const request = (body: object | undefined) => ({ model: 'test-model', input: 'Go', ...body });

const readSse = (text: string): Event[] =>
  text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6)) as Event] : []));

/** Reads the stored events of a response again. */
const readAgain = async (id: string): Promise<Event[]> =>
  readSse((await server.rest('GET', `/responses/${id}?stream=true`)).body);

async function throughSse({ turns, body }: Scenario): Promise<Event[]> {
  upstream.enqueue(...turns);
  return readSse((await server.rest('POST', '/responses', { ...request(body), stream: true })).body);
}

async function throughWebSocket({ turns, body, ends }: Scenario): Promise<Event[]> {
  upstream.enqueue(...turns);
  const client = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/responses`, {
    headers: { authorization: `Bearer ${server.key}` },
  });
  await once(client, 'open');
  const events: Event[] = [];
  const done = new Promise<void>((resolve) => {
    client.on('message', (data) => {
      const event = JSON.parse(data.toString()) as Event;
      events.push(event);
      if (event.type === `response.${ends}`) resolve();
    });
  });
  client.send(JSON.stringify({ type: 'response.create', ...request(body) }));
  await done;
  client.close();
  return events;
}

const FOLLOW = `subscription ($id: ID!) {
  responseEvents(id: $id) {
    type sequenceNumber
    ... on ResponseCreatedEvent { response { ...State } }
    ... on ResponseInProgressEvent { response { ...State } }
    ... on ResponseCompletedEvent { response { ...State } }
    ... on ResponseIncompleteEvent { response { ...State } }
    ... on ResponseFailedEvent { response { ...State } }
    ... on OutputItemAddedEvent { outputIndex item { ...Thing } }
    ... on OutputItemDoneEvent { outputIndex item { ...Thing } }
    ... on ContentPartAddedEvent { itemId outputIndex contentIndex part { ...Part } }
    ... on ContentPartDoneEvent { itemId outputIndex contentIndex part { ...Part } }
    ... on OutputTextDeltaEvent { itemId outputIndex contentIndex delta }
    ... on OutputTextDoneEvent { itemId outputIndex contentIndex text }
    ... on RefusalDeltaEvent { itemId outputIndex contentIndex delta }
    ... on RefusalDoneEvent { itemId outputIndex contentIndex refusal }
    ... on ReasoningTextDeltaEvent { itemId outputIndex contentIndex delta }
    ... on ReasoningTextDoneEvent { itemId outputIndex contentIndex text }
    ... on FunctionCallArgumentsDeltaEvent { itemId outputIndex delta }
    ... on FunctionCallArgumentsDoneEvent { itemId outputIndex name arguments }
    ... on FileSearchCallInProgressEvent { itemId outputIndex }
    ... on FileSearchCallSearchingEvent { itemId outputIndex }
    ... on FileSearchCallCompletedEvent { itemId outputIndex }
    ... on WebSearchCallInProgressEvent { itemId outputIndex }
    ... on WebSearchCallSearchingEvent { itemId outputIndex }
    ... on CustomToolCallInputDeltaEvent { itemId outputIndex delta }
    ... on CustomToolCallInputDoneEvent { itemId outputIndex input }
  }
}
fragment State on Response {
  id status model usage { inputTokens outputTokens totalTokens } error { code message } incompleteReason output { ...Thing }
}
fragment Thing on Item {
  id type status
  ... on Message { role content { ...Part } }
  ... on Reasoning { content { ...Part } }
  ... on FunctionCall { callId name arguments }
  ... on CustomToolCall { callId name input }
  ... on FileSearchCall { queries }
}
fragment Part on ContentPart { type ... on OutputText { text } ... on ReasoningText { text } ... on Refusal { refusal } }`;

async function throughGraphQL({ turns, input }: Scenario): Promise<{ events: Event[]; id: string }> {
  upstream.enqueue(...turns);
  const { data } = createHttpClient(server);
  const { createResponse } = await data(
    'mutation ($input: CreateResponseInput!) { createResponse(input: $input) { response { id } userErrors { message } } }',
    { input: { model: 'test-model', input: { text: 'Go' }, stream: true, ...input } },
  );
  expect(createResponse.userErrors).toEqual([]);
  const { id } = createResponse.response;
  const results = await collect(socket.iterate({ query: FOLLOW, variables: { id } }));
  expect(results.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  return { id, events: results.map((result) => result.data.responseEvents) };
}

/** Ids by their order, moments as one: two runs of the same request then look the same. */
function anonymous<T>(value: T): T {
  const names = new Map<string, string>();
  const text = JSON.stringify(value)
    .replaceAll(/"([a-z]+)_([0-9a-f]{32})"/g, (id, kind: string) => {
      if (!names.has(id)) names.set(id, `"${kind}#${names.size}"`);
      return names.get(id) as string;
    })
    .replaceAll(/"(created_at|completed_at)":\d+/g, '"$1":0');
  return JSON.parse(text) as T;
}

/** Deltas that follow one another as one, and numbers anew: what a stored response still knows of its stream. */
function joined(events: readonly Event[]): Event[] {
  const list: Event[] = [];
  for (const event of events) {
    const last = list.at(-1);
    if (event.type.endsWith('.delta') && last?.type === event.type && last.item_id === event.item_id)
      last.delta += event.delta;
    else list.push({ ...event });
  }
  return list.map((event, index) => ({ ...event, sequence_number: index }));
}

/** An event of the wire as the subscription above asks for it. */
function asAsked(event: Event): Loose {
  const part = (wire: Loose) => ({ type: wire.type, text: wire.text, refusal: wire.refusal });
  const thing = (wire: Loose) => ({
    id: wire.id,
    type: wire.type,
    status: wire.status,
    role: wire.role?.toUpperCase(),
    content: wire.type === 'reasoning' ? (wire.content ?? []).map(part) : wire.content?.map(part),
    callId: wire.call_id,
    name: wire.name,
    arguments: wire.arguments,
    input: wire.input,
    queries: wire.queries,
  });
  const state = (wire: Loose) => ({
    id: wire.id,
    status: wire.status.toUpperCase(),
    model: wire.model,
    usage: wire.usage && {
      inputTokens: wire.usage.input_tokens,
      outputTokens: wire.usage.output_tokens,
      totalTokens: wire.usage.total_tokens,
    },
    error: wire.error && { code: wire.error.code, message: wire.error.message },
    incompleteReason: wire.incomplete_details?.reason,
    output: wire.output.map(thing),
  });
  return {
    type: event.type,
    sequenceNumber: event.sequence_number,
    itemId: event.item_id,
    outputIndex: event.output_index,
    contentIndex: event.content_index,
    delta: event.delta,
    text: event.text,
    refusal: event.refusal,
    name: event.name,
    arguments: event.arguments,
    input: event.input,
    item: event.item && thing(event.item),
    part: event.part && part(event.part),
    response: event.response && state(event.response),
  };
}

/** Without members that are null or absent: the doors differ in which of the two they say. */
const withoutGaps = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, entry: unknown) => (entry === null ? undefined : entry)));

describe('the same events through every door', () => {
  it.each(Object.entries(scenarios))('%s', async (_name, scenario) => {
    const sse = await throughSse(scenario);
    const types = sse.map(({ type }) => type.replace('response.', ''));
    expect([types[0], types.at(-1)]).toEqual(['created', scenario.ends]);
    expect(types).toEqual(expect.arrayContaining(scenario.shows));
    expect(await readAgain(sse[0]?.response.id)).toEqual(sse);

    const ws = await throughWebSocket(scenario);
    expect(anonymous(ws)).toEqual(anonymous(sse));
    expect(await readAgain(ws[0]?.response.id)).toEqual(ws);

    const graphql = await throughGraphQL(scenario);
    const stored = await readAgain(graphql.id);
    expect(anonymous(stored)).toEqual(anonymous(sse));
    expect(withoutGaps(graphql.events)).toEqual(withoutGaps(stored.map(asAsked)));

    upstream.enqueue(...scenario.turns);
    const { status, body } = await server.rest('POST', '/responses', request(scenario.body));
    const last = sse.at(-1)?.response;
    if (status !== 200) {
      // A fault before any output is a plain error there.
      expect(last).toMatchObject({ status: 'failed', output: [] });
      expect(body.error).toMatchObject({ code: last.error.code, message: last.error.message });
      return;
    }
    expect(anonymous(body)).toEqual(anonymous(last));
    expect(anonymous(await readAgain(body.id))).toEqual(joined(anonymous(sse)));
  });
});
