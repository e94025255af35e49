import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/** Bodies per endpoint. */
const RUNS = 500;
const CONCURRENCY = 16;

/** Free text: anything at all is good here. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\0', 'a\0b', '\ud800', '__proto__', '{{who}}'),
);
const word = fc.string({ unit: fc.constantFrom(...'abcdefghij'), minLength: 1, maxLength: 8 });
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom('', '\0', 'x'.repeat(600), `resp_${'0'.repeat(32)}`, -1, 1e308, 2_147_483_648, 0.5, [], {}),
);
const object = fc.object({ maxDepth: 3, values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)] });

const part = fc.oneof(
  fc.record({ type: fc.constantFrom('input_text', 'output_text'), text }),
  fc.record({ type: fc.constant('refusal'), refusal: text }),
  fc.record({ type: fc.constant('input_image'), image_url: text }),
);
const message = fc.record({
  role: fc.constantFrom('user', 'assistant', 'system', 'developer'),
  content: fc.oneof(text, fc.array(part, { maxLength: 3 })),
});
const callAndOutput = fc.tuple(word, word, text, text).map(([callId, name, args, output]) => [
  { type: 'function_call', call_id: callId, name, arguments: args },
  { type: 'function_call_output', call_id: callId, output },
]);
const reasoning = fc.record({ type: fc.constant('reasoning'), summary: fc.constant([]) });
const items = fc
  .tuple(fc.array(fc.oneof(message, message, reasoning), { minLength: 1, maxLength: 3 }), fc.option(callAndOutput))
  .map(([plain, calls]) => [...plain, ...(calls ?? [])]);

const tools = fc.uniqueArray(
  fc.oneof(
    fc.record({ type: fc.constant('function'), name: word, parameters: object, description: text }),
    fc.constantFrom({ type: 'file_search' }, { type: 'web_search' }),
  ),
  { maxLength: 3, selector: (tool) => ('name' in tool ? tool.name : tool.type) },
);
const metadata = fc.dictionary(word, word, { maxKeys: 4 });
const format = fc.oneof(
  fc.constantFrom({ type: 'text' }, { type: 'json_object' }),
  fc.record({ type: fc.constant('json_schema'), name: word, schema: object }),
);
const optional = (shape: Record<string, fc.Arbitrary<unknown>>) => fc.record(shape, { requiredKeys: [] });

const settings = optional({
  instructions: text,
  tools,
  tool_choice: fc.constantFrom('none', 'auto'),
  parallel_tool_calls: fc.boolean(),
  max_tool_calls: fc.integer({ min: 1, max: 10_000 }),
  max_output_tokens: fc.integer({ min: 16, max: 2_147_483_647 }),
  temperature: fc.double({ min: 0, max: 2, noNaN: true }),
  top_p: fc.double({ min: 0, max: 1, noNaN: true }),
  text: fc.record({ format }),
  reasoning: fc.record({ effort: fc.constantFrom('low', 'high', null) }),
  include: fc.array(word),
  metadata,
  store: fc.boolean(),
  stream: fc.boolean(),
  service_tier: fc.constantFrom('auto', 'flex'),
  user: word,
});
const createResponse = (known: object[]) =>
  fc
    .tuple(fc.record({ model: word, input: fc.oneof(text, items) }), settings, fc.constantFrom({}, {}, ...known))
    .map(([required, more, history]) => ({ ...required, ...more, ...history }));

const promptFields = {
  display_name: word,
  instructions: fc.constantFrom('Greet {{who}}.', '{{ }}', '{{__proto__}}', 'Be brief.'),
  model: word,
  temperature: fc.double({ min: 0, max: 2, noNaN: true }),
  tools,
  variables: fc.dictionary(word, fc.option(text)),
  metadata,
};
const newPrompt = fc
  .tuple(fc.record({ name: fc.uuid() }), optional(promptFields))
  .map(([name, fields]) => ({ ...name, ...fields }));

const chatCompletion = fc.record(
  {
    model: fc.constantFrom('test-model', 'local'),
    messages: fc.array(fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content: text }), {
      minLength: 1,
      maxLength: 4,
    }),
    stream: fc.boolean(),
    stream_options: fc.record({ include_usage: fc.boolean() }),
    max_tokens: fc.integer({ min: 1, max: 1000 }),
    n: fc.constant(1),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
  },
  { requiredKeys: ['model', 'messages'] },
);

const embeddings = fc.record(
  {
    model: fc.constant('local-embedding-2'),
    input: fc.oneof(
      fc.constant('One text.'),
      fc.array(fc.constantFrom('One text.', 'Another.'), { minLength: 1, maxLength: 3 }),
    ),
    encoding_format: fc.constantFrom('float', 'base64'),
    dimensions: fc.constant(384),
  },
  { requiredKeys: ['model', 'input'] },
);

/** What goes wrong with a good body: a value anywhere in it is replaced, removed, or given a neighbour. */
const fault = fc.record({
  where: fc.nat(),
  how: fc.constantFrom('replace', 'remove', 'add'),
  name: text,
  value: anything,
});
type Fault = typeof fault extends fc.Arbitrary<infer T> ? T : never;

/** Good bodies, bodies with one or two faults, and now and then no body at all. */
const nearly = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 3, arbitrary: good },
    { weight: 6, arbitrary: fc.tuple(good, fc.array(fault, { minLength: 1, maxLength: 2 })).map(spoil) },
    { weight: 1, arbitrary: anything },
  );

function spoil([good, faults]: [unknown, Fault[]]): unknown {
  const body = structuredClone(good);
  for (const { where, how, name, value } of faults) {
    const places = placesIn(body);
    const place = places[where % places.length];
    if (place === undefined) return value;
    const [container, key] = place;
    if (how === 'replace') container[key] = value;
    else if (how === 'add') container[Array.isArray(container) ? container.length : name] = value;
    else if (Array.isArray(container)) container.splice(Number(key), 1);
    else delete container[key];
  }
  return body;
}

type Container = Record<PropertyKey, unknown>;

function placesIn(value: unknown): [Container, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => [[value as Container, key], ...placesIn(entry)]);
}

describe('generated bodies over REST: no fault of the server, every refusal in the envelope', () => {
  let upstream: Upstream;
  let server: TestApp;
  let conversationId: string;
  let promptId: string;
  beforeAll(async () => {
    upstream = await startUpstream(({ path }) =>
      path.endsWith('/embeddings') ? { body: { object: 'list', data: [], usage: { prompt_tokens: 1 } } } : undefined,
    );
    server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null }, limits: { graceMs: 50 } });
    conversationId = (await server.rest('POST', '/conversations', {})).body.id;
    const made = await server.rest('POST', '/prompts', { name: 'generated', instructions: 'Greet {{who}}.' });
    promptId = made.body.id;
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  /** Sends generated bodies, several at a time, and looks at every answer. A failure names its seed and its body. */
  const throwAt = async (method: string, path: string, good: fc.Arbitrary<unknown>): Promise<void> => {
    const seed = Number(process.env.PROPERTY_SEED ?? Date.now() & 0x7fffffff);
    const bodies = fc.sample(nearly(good), {
      seed,
      numRuns: RUNS,
    });
    const statuses = new Map<number, number>();
    const send = async (): Promise<void> => {
      for (let index = bodies.length; index > 0; index = bodies.length) {
        const body = JSON.stringify(bodies.pop());
        const answer = await fetch(`${server.url}/api/v1${path}`, {
          method,
          headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
          body,
        });
        const said = await answer.text();
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        if (!isSound(answer, said)) throw new Error(`seed ${seed}: ${answer.status} ${said} for ${body}`);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, send));
    // A generator that only makes garbage, or only good bodies, would find nothing.
    expect(statuses.get(400)).toBeGreaterThan(RUNS / 20);
    expect((statuses.get(200) ?? 0) + (statuses.get(201) ?? 0)).toBeGreaterThan(RUNS / 20);
    expect((await server.rest('GET', '/models')).status).toBe(200);
  };

  it('POST /responses', async () => {
    const parent = await server.rest('POST', '/responses', { model: 'test-model', input: 'hello' });
    await throwAt(
      'POST',
      '/responses',
      createResponse([
        { previous_response_id: parent.body.id },
        { conversation: conversationId },
        { prompt: { id: 'generated', variables: { who: 'you' } } },
        { background: true, store: true },
      ]),
    );
  });

  it('POST /responses/input_tokens', () =>
    throwAt('POST', '/responses/input_tokens', createResponse([{ conversation: conversationId }])));

  it('POST /responses/compact', () =>
    throwAt('POST', '/responses/compact', fc.record({ model: fc.constant('test-model'), input: items })));

  it('POST /chat/completions', () => throwAt('POST', '/chat/completions', chatCompletion));

  it('POST /embeddings', () => throwAt('POST', '/embeddings', embeddings));

  it('POST /conversations', () => throwAt('POST', '/conversations', optional({ items, metadata })));

  it('POST /conversations/{id}/items', () =>
    throwAt('POST', `/conversations/${conversationId}/items`, fc.record({ items })));

  it('POST /prompts', () => throwAt('POST', '/prompts', newPrompt));

  it('PUT /prompts/{id}', () => throwAt('PUT', `/prompts/${promptId}`, optional(promptFields)));

  it('and what they left behind can be read', async () => {
    for (const list of [
      '/conversations',
      '/prompts',
      `/conversations/${conversationId}/items`,
      `/prompts/${promptId}/versions`,
    ]) {
      const { status, body } = await server.rest('GET', `${list}?limit=100`);
      expect(status).toBe(200);
      expect(body.data.length).toBeGreaterThan(0);
    }
    const stored = await server.sql<{ id: string }>('select id from responses');
    expect(stored.length).toBeGreaterThan(0);
    const unfinished = await server.sql(`select status from responses where status in ('queued', 'in_progress')`);
    expect(unfinished.length).toBeLessThan(RUNS);
    for (const { id } of stored) {
      const { status } = await server.rest('GET', `/responses/resp_${id.replaceAll('-', '')}`);
      expect(status).toBe(200);
    }
  });
});

function isSound(answer: Response, said: string): boolean {
  if (answer.headers.get('x-request-id') === null || answer.status >= 500) return false;
  if (answer.status < 400) return answer.status === 200 || answer.status === 201;
  const { error } = JSON.parse(said) as { error?: Record<string, unknown> };
  const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
  return (
    typeof error?.message === 'string' &&
    error.message !== '' &&
    typeof error.type === 'string' &&
    isTextOrNull(error.code) &&
    isTextOrNull(error.param)
  );
}
