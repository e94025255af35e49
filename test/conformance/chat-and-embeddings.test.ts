import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, SSE_DONE, sse } from '../support/upstream-answers.js';

/** One nano-unit a token: costs are token counts. */
const ONE_NANO = '0.001';
const MAX_OUTPUT = 64;
const USAGE = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };

let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
/** What the next requests get instead of the usual answer. */
const queued: Behaviour[] = [];
beforeAll(async () => {
  upstream = await startUpstream({
    handler: ({ path }) => (path.endsWith('/models') ? undefined : (queued.shift() ?? { usage: USAGE })),
    models: ['upstream-made', 'other'],
  });
  const price = { input: ONE_NANO, output: ONE_NANO };
  server = await startTestApp({
    config: {
      providers: [
        { id: 'fake', base_url: upstream.url },
        { id: 'native', base_url: upstream.url, dialect: 'responses' },
      ],
      models: [
        { name: 'priced', provider: 'fake', upstream_model: 'upstream-made', max_output_tokens: MAX_OUTPUT, price },
        { name: 'native', provider: 'native', max_output_tokens: MAX_OUTPUT, price },
        { name: 'vendor/embedder', provider: 'fake', price },
        { name: 'local-embedding-2', provider: 'local', price },
      ],
    },
  });
  client = sdk(server.key);
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});
beforeEach(async () => {
  queued.length = 0;
  await server.sql('delete from ledger');
});

const sdk = (apiKey: string) => new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey, maxRetries: 0 });
const budgeted = (cap = 1_000_000n) => server.createKey({ budgets: [{ period: 'total', cap }] });
const messages = [{ role: 'user' as const, content: 'Hello' }];

interface LedgerRow {
  model: string;
  provider: string;
  input_tokens: number;
  output_tokens: number;
  estimated: boolean;
  amount: string;
}
/** The paid rows once there are `count`: bills that no budget depends on are written after the answer. */
const ledger = async (count: number): Promise<LedgerRow[]> => {
  for (;;) {
    const rows = await server.sql<LedgerRow & object>(
      'select model, provider, input_tokens, output_tokens, estimated, amount from ledger where input_tokens > 0 order by id',
    );
    if (rows.length >= count) return rows;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
/** Money of the newest budget, once nothing is held any more. */
const settled = async (): Promise<bigint> => {
  for (;;) {
    const [row] = await server.sql<{ settled: string; reserved: string }>(
      `select w.settled, w.reserved from budget_windows w join budgets b on b.id = w.budget_id
       order by b.created_at desc limit 1`,
    );
    if (row?.reserved === '0') return BigInt(row.settled);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
const refusal = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OpenAI.APIError)) throw new Error(`Not refused: ${String(error)}`);
  return { status: error.status, code: error.code, param: error.param, message: error.message };
};

describe('chat.completions', () => {
  it('pass everything through, under the upstream’s name of the model, and come back as they are', async () => {
    const completion = await client.chat.completions.create({
      model: 'priced',
      messages,
      seed: 7,
      ...{ vendor_parameter: { deep: [1] } },
    });
    expect(completion).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'You said: Hello' }, finish_reason: 'stop' }],
      usage: USAGE,
    });
    const { path, body } = upstream.requests.at(-1) ?? {};
    expect(path).toBe('/v1/chat/completions');
    expect(body).toEqual({ model: 'upstream-made', messages, seed: 7, vendor_parameter: { deep: [1] } });
    expect(await ledger(1)).toEqual([
      { model: 'priced', provider: 'fake', input_tokens: 10, output_tokens: 20, estimated: false, amount: '30' },
    ]);
  });

  it('stream; usage is metered, and shown only to a client that asked for it', async () => {
    const collect = async (more: object) => {
      const stream = await client.chat.completions.create({ model: 'priced', messages, stream: true, ...more });
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      return chunks;
    };
    const quiet = await collect({});
    expect(upstream.requests.at(-1)?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(quiet.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('You said: Hello');
    expect(quiet.every((chunk) => chunk.choices.length === 1 && !('usage' in chunk))).toBe(true);
    const told = await collect({ stream_options: { include_usage: true } });
    expect(told.at(-1)).toMatchObject({ choices: [], usage: USAGE });
    expect((await ledger(2)).map(({ amount, estimated }) => [amount, estimated])).toEqual([
      ['30', false],
      ['30', false],
    ]);
  });

  it('are accumulated by the SDK’s own stream helper, tool calls included', async () => {
    queued.push({ toolCalls: [{ id: 'call_1', name: 'look_up', arguments: '{"city":"Rome"}' }], usage: USAGE });
    const final = await client.chat.completions
      .stream({
        model: 'priced',
        messages,
        tools: [{ type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } }],
      })
      .finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls).toMatchObject([
      { id: 'call_1', function: { name: 'look_up', arguments: '{"city":"Rome"}' } },
    ]);
    expect(await ledger(1)).toMatchObject([{ amount: '30' }]);
  });

  it('are counted here when the upstream counts nothing', async () => {
    queued.push({ text: 'four words are here', usage: null }, { text: 'four words are here', usage: null });
    await client.chat.completions.create({ model: 'priced', messages });
    const stream = await client.chat.completions.create({ model: 'priced', messages, stream: true });
    for await (const _chunk of stream);
    for (const row of await ledger(2)) {
      expect(row).toMatchObject({ estimated: true, output_tokens: 4 });
      expect(row.input_tokens).toBeGreaterThan(2);
    }
  });

  it('reserve and settle like responses: the upstream is told the limit, the rest comes back', async () => {
    const key = await budgeted();
    await sdk(key).chat.completions.create({ model: 'priced', messages });
    expect(upstream.requests.at(-1)?.body).toMatchObject({ max_tokens: MAX_OUTPUT });
    await sdk(key).chat.completions.create({ model: 'priced', messages, max_completion_tokens: 5 });
    expect(upstream.requests.at(-1)?.body).not.toHaveProperty('max_tokens');
    expect(await settled()).toBe(60n);
    expect(await server.sql('select 1 from runs')).toEqual([]);
  });

  it('are refused with 429 before the upstream hears of them when a budget cannot cover all answers', async () => {
    const before = upstream.requests.length;
    const key = await budgeted(BigInt(MAX_OUTPUT * 4));
    const asked = sdk(key).chat.completions.create({ model: 'priced', messages, n: 4 });
    expect(await refusal(asked)).toMatchObject({ status: 429, code: 'insufficient_quota' });
    expect(upstream.requests).toHaveLength(before);
    expect(await settled()).toBe(0n);
  });

  it('hold money while they run', async () => {
    const key = await budgeted();
    queued.push({ usage: USAGE, delayMs: 300 });
    const asked = sdk(key).chat.completions.create({ model: 'priced', messages });
    await upstream.waitForRequest(upstream.requests.length + 1);
    const [held] = await server.sql<{ amount: string }>('select amount from reservations');
    expect(Number(held?.amount)).toBeGreaterThan(MAX_OUTPUT);
    await asked;
    expect(await settled()).toBe(30n);
  });

  it('end with their client; what was generated until then is paid', async () => {
    const key = await budgeted();
    queued.push({ chunks: ['one ', 'two '].map((content) => sse(chatChunk({ content }))), hang: 2 });
    const aborted = upstream.requests.filter((request) => request.isAborted).length;
    const stream = await sdk(key).chat.completions.create({ model: 'priced', messages, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'two ') break;
    await upstream.waitForAbort(aborted + 1);
    const cost = await settled();
    expect(cost).toBeGreaterThan(2n);
    expect(cost).toBeLessThan(200n);
    expect(await ledger(1)).toMatchObject([{ estimated: true, output_tokens: 3, amount: String(cost) }]);
  });

  it('end with their client before the first byte; the prompt that was sent is paid', async () => {
    const key = await budgeted();
    queued.push({ hang: 'headers' });
    const leaving = new AbortController();
    const before = upstream.requests.length;
    const aborted = upstream.requests.filter((request) => request.isAborted).length;
    const asked = sdk(key).chat.completions.create({ model: 'priced', messages }, { signal: leaving.signal });
    asked.catch(() => undefined);
    await upstream.waitForRequest(before + 1);
    leaving.abort();
    await upstream.waitForAbort(aborted + 1);
    await ledger(1);
    expect(await settled()).toBeGreaterThan(0n);
  });

  it('tell of a break in mid-stream as an error event, after all that came before', async () => {
    queued.push({ chunks: [sse(chatChunk({ content: 'half' }))], reset: 1 });
    const stream = await client.chat.completions.create({ model: 'priced', messages, stream: true });
    let said = '';
    const read = (async () => {
      for await (const chunk of stream) said += chunk.choices[0]?.delta.content ?? '';
    })();
    expect(await refusal(read)).toMatchObject({ code: 'server_error' });
    expect(said).toBe('half');
    expect(await ledger(1)).toMatchObject([{ estimated: true }]);
  });

  it.each<[string, Behaviour, object]>([
    [
      'a refusal, with the upstream’s own parameter names',
      { status: 400, body: { error: { message: 'No such role.', param: 'messages[0].role', code: 'invalid_value' } } },
      { status: 400, code: 'invalid_value', param: 'messages[0].role' },
    ],
    [
      'a prompt that is too long',
      { status: 400, body: { error: { message: 'Too long.', param: 'messages', code: 'context_length_exceeded' } } },
      { status: 400, code: 'context_length_exceeded', param: 'messages' },
    ],
    [
      'an endpoint the upstream does not have',
      { status: 404 },
      { status: 400, code: 'unsupported_value', param: 'model' },
    ],
    [
      'a model the upstream does not have',
      { status: 404, body: { error: { message: 'No such model.', code: 'model_not_found' } } },
      { status: 404, code: 'model_not_found' },
    ],
    ['credentials the upstream refuses', { status: 401, body: { error: { message: 'key' } } }, { status: 503 }],
    ['an answer that is no JSON', { body: '<html>' }, { status: 502 }],
    ['an error under status 200', { body: { error: { message: 'odd' } } }, { status: 502 }],
    ['events where none were asked for', { chunks: [SSE_DONE] }, { status: 502 }],
  ])('pass on %s in the envelope, and hold nothing afterwards', async (_what, behaviour, expected) => {
    queued.push(behaviour);
    const key = await budgeted();
    expect(await refusal(sdk(key).chat.completions.create({ model: 'priced', messages }))).toMatchObject(expected);
    await settled();
  });

  it.each<[string, object, object]>([
    ['no model', { model: undefined }, { code: 'missing_required_parameter', param: 'model' }],
    ['no messages', { messages: undefined }, { code: 'missing_required_parameter', param: 'messages' }],
    ['an empty list', { messages: [] }, { code: 'empty_array', param: 'messages' }],
    ['a message without a role', { messages: [{}] }, { code: 'missing_required_parameter', param: 'messages[0].role' }],
    ['too many answers', { n: 129 }, { code: 'integer_above_max_value', param: 'n' }],
    ['no tokens', { max_tokens: 0 }, { code: 'integer_below_min_value', param: 'max_tokens' }],
  ])('refuse %s', async (_what, members, expected) => {
    const { status, body } = await server.rest('POST', '/chat/completions', { model: 'priced', messages, ...members });
    expect(status).toBe(400);
    expect(body.error).toMatchObject(expected);
  });

  it('reach an upstream of the Responses API by its chat completions, and say so where it has none', async () => {
    const key = await budgeted();
    await sdk(key).chat.completions.create({ model: 'native', messages });
    expect(upstream.requests.at(-1)).toMatchObject({
      path: '/v1/chat/completions',
      body: { model: 'native', max_completion_tokens: MAX_OUTPUT },
    });
    queued.push({ status: 404, body: { error: { message: 'Not found.' } } });
    const refused = await refusal(client.chat.completions.create({ model: 'native', messages }));
    expect(refused).toMatchObject({ status: 400, code: 'unsupported_value', param: 'model' });
    expect(refused.message).toContain('has no POST /chat/completions');
  });

  it('know no model that is not configured: 404, as this endpoint has it', async () => {
    const asked = client.chat.completions.create({ model: 'nobody', messages });
    expect(await refusal(asked)).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
  });

  it('reach the built-in model too', async () => {
    const completion = await client.chat.completions.create({
      model: 'local',
      messages: [{ role: 'user', content: 'What is 2 + 3?' }],
    });
    expect(completion).toMatchObject({ model: 'local-extractive-1' });
    expect(completion.choices[0]?.message.content).toContain('5');
    const wrong = client.chat.completions.create({ model: 'local-embedding-2', messages });
    expect(await refusal(wrong)).toMatchObject({ status: 400, code: 'unsupported_value', param: 'model' });
    expect(await ledger(1)).toMatchObject([{ provider: 'local', amount: '0', estimated: false }]);
  });
});

describe('embeddings', () => {
  const norm = (vector: readonly number[]): number => Math.hypot(...vector);

  it('are made by the built-in model: batches, as numbers and as base64, near for near meanings', async () => {
    const input = ['A cat sleeps on the sofa.', 'A kitten naps on the couch.', 'The invoice is due on Friday.'];
    const make = (encoding_format: 'float' | 'base64') =>
      client.embeddings.create({ model: 'local-embedding-2', input, encoding_format, dimensions: 384 });
    const { data, usage, model } = await make('float');
    expect(model).toBe('local-embedding-2');
    expect(data.map(({ index, embedding }) => [index, embedding.length])).toEqual([0, 1, 2].map((i) => [i, 384]));
    const [cat = [], kitten = [], invoice = []] = data.map(({ embedding }) => embedding);
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
    expect(norm(cat)).toBeCloseTo(1, 3);
    expect(dot(cat, kitten)).toBeGreaterThan(dot(cat, invoice));
    const packed = await make('base64');
    const floats = Buffer.from(packed.data[1]?.embedding as unknown as string, 'base64');
    expect(floats.readFloatLE(4)).toBeCloseTo(kitten[1] ?? 0, 6);
    // Asked for nothing, the SDK asks for base64 by itself and gives numbers.
    const byDefault = await client.embeddings.create({ model: 'local-embedding-2', input: input[0] ?? '' });
    expect(byDefault.data[0]?.embedding[0]).toBeCloseTo(cat[0] ?? 0, 6);
    const rows = await ledger(3);
    expect(rows[0]).toMatchObject({ provider: 'local', input_tokens: usage.prompt_tokens, output_tokens: 0 });
    expect(rows[0]?.amount).toBe(String(usage.prompt_tokens));
  });

  it('go to the model’s upstream, and hold and settle money by their input', async () => {
    queued.push({
      body: { object: 'list', data: [{ object: 'embedding', index: 0, embedding: [1] }], usage: { prompt_tokens: 3 } },
    });
    const key = await budgeted();
    const made = await sdk(key).embeddings.create({
      model: 'vendor/embedder',
      input: [[1, 2, 3]],
      encoding_format: 'float',
      user: 'someone',
    });
    expect(made.data[0]?.embedding).toEqual([1]);
    expect(upstream.requests.at(-1)).toMatchObject({
      path: '/v1/embeddings',
      body: { model: 'vendor/embedder', input: [[1, 2, 3]], encoding_format: 'float', user: 'someone' },
    });
    expect(await settled()).toBe(3n);
    const poor = sdk(await budgeted(1n)).embeddings.create({
      model: 'vendor/embedder',
      input: 'many words are too many',
    });
    expect(await refusal(poor)).toMatchObject({ status: 429, code: 'insufficient_quota' });
  });

  it.each<[string, object, object]>([
    ['no input', { input: undefined }, { code: 'missing_required_parameter', param: 'input' }],
    ['an empty text', { input: '' }, { code: 'empty_string', param: 'input' }],
    ['an empty list', { input: [] }, { param: 'input' }],
    ['too many texts', { input: Array(2049).fill('a') }, { code: 'array_above_max_length', param: 'input' }],
    ['a mixture', { input: ['a', 1] }, { code: 'invalid_value', param: 'input' }],
    ['another length', { dimensions: 100 }, { code: 'unsupported_value', param: 'dimensions' }],
    ['another form', { encoding_format: 'hex' }, { code: 'invalid_value', param: 'encoding_format' }],
    ['tokens, which the built-in model does not take', { input: [1, 2] }, { code: 'invalid_type', param: 'input' }],
    ['a text that is too long', { input: 'word '.repeat(9000) }, { code: 'context_length_exceeded', param: 'input' }],
  ])('refuse %s', async (_what, members, expected) => {
    const body = { model: 'local-embedding-2', input: 'a text', ...members };
    const answer = await server.rest('POST', '/embeddings', body);
    expect([answer.status, answer.body.error]).toMatchObject([400, expected]);
  });
});

describe('models', () => {
  it('are those of the routes, each with its owner and, where the upstream knows it, its age', async () => {
    const models = [];
    for await (const model of client.models.list()) models.push(model);
    expect(models.map(({ id, owned_by }) => [id, owned_by])).toEqual([
      ['local', 'local'],
      ['local-embedding-2', 'local'],
      ['local-extractive-1', 'local'],
      ['native', 'native'],
      ['priced', 'fake'],
      ['vendor/embedder', 'fake'],
    ]);
    expect(models.find(({ id }) => id === 'priced')?.created).toBe(1);
    expect(models.find(({ id }) => id === 'local-embedding-2')?.created).toBeGreaterThan(1_700_000_000);
  });

  it('are read one by one, slashes and all; others are not found', async () => {
    expect(await client.models.retrieve('vendor/embedder')).toMatchObject({ id: 'vendor/embedder', object: 'model' });
    for (const id of ['nobody', '*', 'other', 'priced/more'])
      expect(await refusal(client.models.retrieve(id))).toMatchObject({ status: 404, code: 'model_not_found' });
  });
});
