import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startTestApp, type TestApp } from '../support/app.js';
import {
  asPieces,
  itemEvents,
  numbered,
  responseAnswer,
  type UpstreamEvent,
  type UpstreamItem,
} from '../support/responses-answers.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, SSE_DONE, sse } from '../support/upstream-answers.js';
import { reduce, type WireEvent } from './support/reduce.js';

/** Whatever a model says, in whatever pieces: the events of the stream describe exactly the response that is stored. */
const RUNS = 100;

let upstream: Upstream;
let server: TestApp;
/** What the upstream does next; after it, it says nothing more. */
let turns: Behaviour[] = [];
beforeAll(async () => {
  upstream = await startUpstream(({ path }) =>
    path.endsWith('/models') ? undefined : (turns.shift() ?? { text: '', items: [] }),
  );
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
    limits: { coalesceMs: 30 },
  });
});
afterEach(() => {
  turns = [];
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

const tools = [
  { type: 'function', name: 'get_weather', parameters: { type: 'object' }, strict: false },
  { type: 'custom', name: 'run_sql' },
  { type: 'file_search', vector_store_ids: [] },
];

const include = ['message.output_text.logprobs', 'code_interpreter_call.outputs'];
const included = include.map((value) => `include=${value}`).join('&');

interface Output {
  type: string;
  content?: { type: string; text?: string; refusal?: string }[];
  [member: string]: unknown;
}

/** Runs what the upstream has been told to say; the judgement is in here. */
async function judge(model: string, script: Behaviour[]): Promise<{ status: string; output: Output[] }> {
  turns = [...script];
  const answer = await fetch(`${server.url}/api/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, input: 'Go', tools, stream: true, include }),
  });
  const frames = (await answer.text()).split('\n\n');
  expect(frames.splice(-2)).toEqual(['data: [DONE]', '']);
  const events = frames.map((frame): WireEvent => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)));

  const reduced = reduce(events) as unknown as { id: string; status: string; output: Output[] };
  const last = events.at(-1) as unknown as { response: object };
  expect(reduced).toEqual(last.response);
  const { body: stored } = await server.rest('GET', `/responses/${reduced.id}?${included}`);
  expect(stored).toEqual(reduced);
  const { body: again } = await server.rest('GET', `/responses/${reduced.id}?stream=true&${included}`);
  expect(again.split('\n\n').slice(0, -2)).toEqual(frames);
  return reduced;
}

/** Text of every script, cut anywhere, in the middle of characters too. */
const pieces = (text: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.tuple(text, fc.array(fc.nat(1000), { maxLength: 6 })).map(([whole, places]) => {
    const cuts = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
    return [...cuts, whole.length].map((cut, index) => whole.slice(index === 0 ? 0 : cuts[index - 1], cut));
  });
const words = fc.string({
  unit: fc.oneof(fc.constantFrom(' ', '"', '\\', '\n', '</think>', '🚀'), fc.string({ unit: 'binary', maxLength: 2 })),
  maxLength: 20,
});

const annotation = fc.record({
  type: fc.constant('url_citation'),
  url: fc.webUrl(),
  title: words,
  start_index: fc.nat(20),
  end_index: fc.nat(20),
});

const delta = (fields: Record<string, unknown>) => chatChunk(fields);
/** A piece of text with the probability of its one token. */
const likely = (content: string): Chunk => {
  const { choices, ...rest } = delta({ content });
  const logprobs = { content: [{ token: content, logprob: -1, bytes: null, top_logprobs: [] }] };
  return { ...rest, choices: choices.map((choice) => ({ ...choice, logprobs })) };
};
type Chunk = ReturnType<typeof chatChunk>;
/** What one kind of speech sends, in order. */
const speech = fc.oneof(
  { weight: 4, arbitrary: pieces(words).map((list) => list.map((content) => delta({ content }))) },
  { weight: 1, arbitrary: pieces(words).map((list) => list.map(likely)) },
  { weight: 2, arbitrary: pieces(words).map((list) => list.map((text) => delta({ reasoning_content: text }))) },
  { weight: 1, arbitrary: pieces(words).map((list) => list.map((refusal) => delta({ refusal }))) },
  {
    weight: 1,
    arbitrary: fc.array(annotation, { minLength: 1, maxLength: 2 }).map((list) => [delta({ annotations: list })]),
  },
);
const callArguments = fc.constantFrom(
  ['get_weather', '{"city":"Zürich 🚀"}'],
  ['get_weather', '{"cut'],
  ['get_weather', '{}'],
  ['run_sql', '{"input":"select \\"a\\" \\ud83d\\ude00"}'],
  ['run_sql', 'select 1'],
  ['file_search', '{"queries":["one","two"]}'],
  ['file_search', '{"queries":['],
);
const call = callArguments.chain(([name, text]) => fc.tuple(fc.constant(name), pieces(fc.constant(text as string))));

/** Takes from several lists in turn, each in its own order: `picks` says from which. */
function merge<T>(lists: T[][], picks: number[]): T[] {
  const left = lists.map((list) => [...list]);
  const merged: T[] = [];
  for (let step = 0; left.some((list) => list.length > 0); step += 1) {
    const open = left.filter((list) => list.length > 0);
    merged.push(open[(picks[step] ?? 0) % open.length]?.shift() as T);
  }
  return merged;
}

const usage = fc.option(fc.constant({ prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 }));
/** One turn over chat completions. */
const chatTurn = fc
  .record({
    speeches: fc.array(speech, { maxLength: 5 }),
    calls: fc.array(call, { maxLength: 3 }),
    picks: fc.array(fc.nat(5), { maxLength: 30 }),
    reason: fc.constantFrom('stop', 'stop', 'tool_calls', 'length', 'content_filter'),
    usage,
    end: fc.constantFrom('whole', 'whole', 'whole', 'cut', 'reset'),
    at: fc.nat(1000),
    bytes: fc.array(fc.nat(5000), { maxLength: 6 }),
  })
  .map(({ speeches, calls, picks, reason, usage, end, at, bytes }) => {
    const called = calls.map(([name, texts], index) => [
      delta({ tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }] }),
      ...texts.map((text) => delta({ tool_calls: [{ index, function: { arguments: text } }] })),
    ]);
    const spoken = merge([speeches.flat(), ...called], picks);
    const sent = end === 'whole' ? spoken : spoken.slice(0, at % (spoken.length + 1));
    return { sent, end, reason, usage, bytes };
  });

type Turn = typeof chatTurn extends fc.Arbitrary<infer T> ? T : never;

function toBehaviour({ sent, end, reason, usage, bytes }: Turn): Behaviour {
  const chunks = [delta({ role: 'assistant', content: '' }), ...sent].map(sse);
  if (end === 'reset') return { chunks, reset: chunks.length };
  if (end === 'cut') return { chunks };
  chunks.push(sse(chatChunk({}, reason)));
  if (usage !== null) chunks.push(sse({ ...chatChunk({}), choices: [], usage }));
  return { chunks: cutBytes([...chunks, SSE_DONE].join(''), bytes) };
}

function cutBytes(text: string, places: number[]): Buffer[] {
  const whole = Buffer.from(text);
  const cuts = [...new Set(places.map((place) => place % whole.length))].sort((a, b) => a - b);
  return [...cuts, whole.length]
    .map((cut, index) => whole.subarray(index === 0 ? 0 : cuts[index - 1], cut))
    .filter(({ length }) => length > 0);
}

/** What one member brought; half a character at the end of a turn is none. */
const saidIn = ({ sent }: Turn, member: 'content' | 'refusal' | 'reasoning_content'): string =>
  sent
    .map(({ choices: [choice] }) => (choice as { delta: Record<string, string | undefined> }).delta[member] ?? '')
    .join('')
    .replace(/[\ud800-\udbff]$/, '');
const shownOf = (output: Output[], type: string): string =>
  output
    .flatMap(({ content }) => content ?? [])
    .map((part) => (part.type === type ? (part.text ?? part.refusal) : ''))
    .join('');

const status = fc.constant('completed');
const part = fc.oneof(
  fc.record({
    type: fc.constant('output_text'),
    text: words,
    annotations: fc.array(annotation, { maxLength: 2 }),
    logprobs: fc.constant([]),
  }),
  fc.record({ type: fc.constant('refusal'), refusal: words }),
);
const itemOf = (type: string, members: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ type: fc.constant(type), status, ...members });
const item: fc.Arbitrary<Record<string, unknown> & { type: string }> = fc.oneof(
  {
    weight: 4,
    arbitrary: itemOf('message', { role: fc.constant('assistant'), content: fc.array(part, { maxLength: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        type: fc.constant('reasoning'),
        summary: fc.array(fc.record({ type: fc.constant('summary_text'), text: words }), { maxLength: 3 }),
        content: fc.array(fc.record({ type: fc.constant('reasoning_text'), text: words }), {
          minLength: 1,
          maxLength: 2,
        }),
      },
      { requiredKeys: ['type', 'summary'] },
    ),
  },
  {
    weight: 2,
    arbitrary: itemOf('function_call', { name: fc.constantFrom('get_weather', 'file_search'), arguments: fc.json() }),
  },
  { weight: 1, arbitrary: itemOf('custom_tool_call', { name: fc.constant('run_sql'), input: words }) },
  {
    weight: 1,
    arbitrary: itemOf('web_search_call', { action: fc.record({ type: fc.constant('search'), query: words }) }),
  },
  {
    weight: 1,
    arbitrary: itemOf('code_interpreter_call', {
      code: words,
      container_id: fc.constant('cntr_1'),
      outputs: fc.constantFrom(null, [{ type: 'logs', logs: '1' }]),
    }),
  },
  { weight: 1, arbitrary: itemOf('image_generation_call', { result: fc.base64String() }) },
  { weight: 1, arbitrary: itemOf('thing_of_the_future', { payload: fc.jsonValue({ maxDepth: 2 }) }) },
);

/** One turn of an upstream that speaks the API itself. */
const hostedTurn = fc.record({
  items: fc
    .array(item, { maxLength: 5 })
    .map((items) =>
      items.map((given, index): UpstreamItem => ({ ...given, id: `up_${index}`, ...callIdOf(given, index) })),
    ),
  /** Which item's event comes next, where they interleave. */
  picks: fc.array(fc.nat(5), { maxLength: 40 }),
  cuts: fc.array(fc.nat(20), { maxLength: 5 }),
  /** Servers leave announcements out. */
  isSparse: fc.boolean(),
  end: fc.constantFrom('completed', 'completed', 'incomplete', 'failed', 'cut'),
  at: fc.nat(1000),
});
type HostedTurn = typeof hostedTurn extends fc.Arbitrary<infer T> ? T : never;

const callIdOf = ({ type }: { type: string }, index: number) =>
  type === 'function_call' || type === 'custom_tool_call' ? { call_id: `call_${index}` } : {};

const ANNOUNCEMENT = /(content_part|reasoning_summary_part)\.(added|done)|(text|refusal|arguments|input|code)\.done$/;

function toHostedBehaviour({ items, picks, cuts, isSparse, end, at }: HostedTurn): Behaviour {
  const spoken = merge(eventsOf(items, cuts), picks).filter(({ type }) => !(isSparse && ANNOUNCEMENT.test(type)));
  const model = 'hosted';
  const created = { type: 'response.created', response: responseAnswer(model, {}, true) };
  if (end === 'cut') return { chunks: asPieces(numbered([created, ...spoken.slice(0, at % (spoken.length + 1))])) };
  const status = end as 'completed' | 'incomplete' | 'failed';
  const response = responseAnswer(model, { items, status });
  return { chunks: asPieces(numbered([created, ...spoken, { type: `response.${status}`, response }])) };
}

const eventsOf = (items: UpstreamItem[], cuts: number[]): UpstreamEvent[][] =>
  items.map((each, index) => recut(itemEvents(each, index), cuts));

/** The items in the order in which they begin. */
const announcedBy = ({ items, picks, cuts }: HostedTurn): UpstreamItem[] =>
  merge(eventsOf(items, cuts), picks)
    .filter(({ type }) => type === 'response.output_item.added')
    .map(({ output_index: index }) => items[index as number] as UpstreamItem);

/** The same events with their texts in other pieces. */
function recut(events: UpstreamEvent[], cuts: number[]): UpstreamEvent[] {
  return events.flatMap((event, index) => {
    if (typeof event.delta !== 'string') return [event];
    if (events[index - 1]?.type === event.type) return [];
    const more = events[index + 1]?.type === event.type ? (events[index + 1]?.delta as string) : '';
    const text = event.delta + more;
    const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
    return [...places, text.length].map((place, n) => ({
      ...event,
      delta: text.slice(n === 0 ? 0 : places[n - 1], place),
    }));
  });
}

describe('the events of any stream add up to the stored response', () => {
  it('over chat completions: text, thoughts, refusals, citations and calls in any mix, cut anywhere', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(chatTurn, { minLength: 1, maxLength: 2 }), async (script) => {
        const { status, output } = await judge('chat-model', script.map(toBehaviour));
        seen.set(status, (seen.get(status) ?? 0) + 1);
        // Nothing that the model said is lost, and nothing is said that it did not say.
        const heard = script.slice(0, script.length - turns.length);
        const said = (member: 'content' | 'refusal' | 'reasoning_content'): string =>
          heard.map((turn) => saidIn(turn, member)).join('');
        expect(shownOf(output, 'output_text')).toBe(said('content'));
        expect(shownOf(output, 'refusal')).toBe(said('refusal'));
        expect(shownOf(output, 'reasoning_text')).toBe(said('reasoning_content'));
      }),
      { numRuns: RUNS },
    );
    // A generator that makes only one kind of end would find little.
    expect([...seen.keys()].sort()).toEqual(['completed', 'failed', 'incomplete']);
  }, 120_000);

  it('over the API itself: items of every type, interleaved, cut anywhere, announced or not', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(hostedTurn, { minLength: 1, maxLength: 2 }), async (script) => {
        const { status, output } = await judge('hosted', script.map(toHostedBehaviour));
        seen.set(status, (seen.get(status) ?? 0) + 1);
        const heard = script.slice(0, script.length - turns.length);
        if (heard.some(({ end }) => end === 'cut')) return;
        const made = heard.flatMap(announcedBy).filter(({ name }) => name !== 'file_search');
        const shown = output.filter(({ type }) => type !== 'file_search_call');
        const bare = (items: object[]) => items.map((each) => ({ ...each, id: null, call_id: null }));
        expect(bare(shown)).toEqual(bare(made));
      }),
      { numRuns: RUNS },
    );
    expect([...seen.keys()].sort()).toEqual(['completed', 'failed', 'incomplete']);
  }, 120_000);
});
