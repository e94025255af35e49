import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/** One nano-unit a token: costs are token counts. */
const PRICE = { input: '0.001', output: '0.001' };
const USAGE = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };

type Input = OpenAI.Responses.ResponseInputItem[];
interface Message {
  role: string;
  content: string;
}

let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
/** What the next requests get instead of the usual answer. */
const queued: Behaviour[] = [];
beforeAll(async () => {
  upstream = await startUpstream({ handler: () => queued.shift() ?? { text: 'They spoke of Rome.', usage: USAGE } });
  server = await startTestApp({
    config: {
      providers: [{ id: 'fake', base_url: upstream.url }],
      models: [{ name: 'priced', provider: 'fake', max_output_tokens: 5000, price: PRICE }],
    },
  });
  client = sdk(server.key);
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});
beforeEach(() => {
  queued.length = 0;
});

const sdk = (apiKey: string) => new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey, maxRetries: 0 });
const lastMessages = (): Message[] => (upstream.requests.at(-1)?.body?.messages ?? []) as Message[];
const long = (what: string): string => `${what} `.repeat(200).trim();
/** What cannot be kept as it is, and cannot be cut either. */
const heard: Input = [{ role: 'assistant', content: 'Rome is warm.' }];
const talk: Input = [
  { role: 'user', content: 'Where shall we go?' },
  { role: 'assistant', content: long('Rome is warm.') },
  { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Rome"}' },
  { type: 'function_call_output', call_id: 'call_1', output: long('30 degrees.') },
  { role: 'user', content: 'Then Rome.' },
];

describe('responses.compact', () => {
  it('keeps what the user said, and seals a summary the model wrote of everything', async () => {
    const compacted = await client.responses.compact({ model: 'priced', input: talk, instructions: 'Be brief.' });
    expect(compacted).toMatchObject({
      object: 'response.compaction',
      id: expect.stringMatching(/^resp_[0-9a-f]{32}$/),
    });
    expect(compacted.usage).toMatchObject({ input_tokens: 10, output_tokens: 20, total_tokens: 30 });
    expect(compacted.output).toMatchObject([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Where shall we go?' }] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Then Rome.' }] },
      { type: 'compaction', id: expect.stringMatching(/^cmp_[0-9a-f]{32}$/) },
    ]);
    expect(JSON.stringify(compacted.output)).not.toContain('They spoke of Rome.');
    const [system, transcript] = lastMessages();
    expect(system?.content).toContain('Be brief.');
    for (const line of ['user: Where', 'assistant: Rome', 'called get_weather({"city":"Rome"})', 'tool answered: 30'])
      expect(transcript?.content).toContain(line);
    expect(upstream.requests.at(-1)?.body).not.toHaveProperty('tools');
  });

  it('gives output that the next request takes as it is: the model sees the summary, and far less', async () => {
    const { output } = await client.responses.compact({ model: 'priced', input: talk });
    const input = [...output, { role: 'user', content: 'When?' }] as Input;
    await client.responses.create({ model: 'priced', input });
    expect(lastMessages().map(({ content }) => content)).toEqual([
      'Where shall we go?',
      'Then Rome.',
      'Summary of the conversation so far:\n\nThey spoke of Rome.',
      'When?',
    ]);
    const before = await client.responses.inputTokens.count({ input: [...talk, { role: 'user', content: 'When?' }] });
    const after = await client.responses.inputTokens.count({ input });
    expect(after.input_tokens).toBeLessThan(before.input_tokens / 10);
  });

  it('is kept by chains and conversations, and shown by them sealed as it came', async () => {
    const { output } = await client.responses.compact({ model: 'priced', input: talk });
    const blob = output.at(-1);
    const first = await client.responses.create({ model: 'priced', input: output as Input });
    await client.responses.create({ model: 'priced', input: 'Go on.', previous_response_id: first.id });
    expect(lastMessages().some(({ content }) => content.includes('They spoke of Rome.'))).toBe(true);
    const [stored] = (await client.responses.inputItems.list(first.id)).data;
    expect(stored).toMatchObject({
      type: 'compaction',
      encrypted_content: (blob as { encrypted_content: string }).encrypted_content,
    });

    const { id } = await client.conversations.create({ items: output as Input });
    await client.responses.create({ model: 'priced', input: 'Go on.', conversation: id });
    expect(lastMessages().some(({ content }) => content.includes('They spoke of Rome.'))).toBe(true);
  });

  it('sums a stored chain up, earlier compactions included', async () => {
    const first = await client.responses.create({ model: 'priced', input: talk });
    const { output } = await client.responses.compact({ model: 'priced', previous_response_id: first.id });
    queued.push({ text: 'A summary of a summary.', usage: USAGE });
    const again = await client.responses.compact({ model: 'priced', input: output as Input });
    expect(lastMessages().at(-1)?.content).toContain('They spoke of Rome.');
    expect(JSON.stringify(again.output)).not.toContain('They spoke of Rome.');
    await client.responses.create({ model: 'priced', input: again.output as Input });
    expect(lastMessages().at(-1)?.content).toContain('A summary of a summary.');
  });

  it('shrinks also where the user said most: the oldest of it goes into the summary', async () => {
    const input: Input = Array.from({ length: 20 }, (_, n) => ({ role: 'user', content: long(`Wish ${n}.`) }));
    const { output } = await client.responses.compact({ model: 'priced', input });
    expect(output.length).toBeLessThan(8);
    expect(output.at(-2)).toMatchObject({ content: [{ text: long('Wish 19.') }] });
  });

  it('asks no model where everything can be kept', async () => {
    const before = upstream.requests.length;
    const { output, usage } = await client.responses.compact({
      model: 'priced',
      input: 'Remember: the key is under the mat.',
    });
    expect([output.map(({ type }) => type), usage.total_tokens]).toEqual([['message', 'compaction'], 0]);
    expect(upstream.requests.length).toBe(before);
    await client.responses.create({ model: 'priced', input: output as Input });
    expect(lastMessages().map(({ content }) => content)).toEqual(['Remember: the key is under the mat.']);
  });

  it('is done in pieces when the context is too long for the model', async () => {
    const tooLong = { status: 400, body: { error: { message: 'Too long.', code: 'context_length_exceeded' } } };
    queued.push(
      tooLong,
      { text: 'First half.', usage: USAGE },
      tooLong,
      { text: 'Third.', usage: USAGE },
      { text: 'Fourth.', usage: USAGE },
    );
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 1_000_000n }] });
    const { output, usage } = await sdk(key).responses.compact({ model: 'priced', input: talk });
    expect(usage.total_tokens).toBe(90);
    await client.responses.create({ model: 'priced', input: output as Input });
    expect(lastMessages().at(-1)?.content).toContain('First half.\n\nThird.\n\nFourth.');
    expect(await server.sql('select settled, reserved from budget_windows')).toEqual([
      { settled: '90', reserved: '0' },
    ]);
  });

  it('is paid like a response, refused when a budget cannot cover it, and stores nothing', async () => {
    const count = async () => (await server.sql('select count(*)::int as n from responses'))[0];
    const before = [await count(), upstream.requests.length];
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 50n }] });
    const { status, body } = await server.rest('POST', '/responses/compact', { model: 'priced', input: talk }, key);
    expect([status, body.error.code]).toEqual([429, 'insufficient_quota']);
    expect([await count(), upstream.requests.length]).toEqual(before);
    await client.responses.compact({ model: 'priced', input: talk });
    expect(await count()).toEqual(before[0]);
  });

  it.each<[string, object, Behaviour | null, number, object]>([
    ['no model', { model: undefined }, null, 400, { code: 'missing_required_parameter', param: 'model' }],
    ['nothing to compact', { input: undefined }, null, 400, { code: 'missing_required_parameter', param: 'input' }],
    ['an unknown parent', { previous_response_id: 'resp_0' }, null, 400, { code: 'previous_response_not_found' }],
    [
      'a refusal of the upstream',
      {},
      { status: 429, headers: { 'retry-after': '60' } },
      429,
      { code: 'rate_limit_exceeded' },
    ],
    ['a model that writes nothing', {}, { text: '' }, 502, { code: 'server_error' }],
    [
      'an item too long for any model',
      {},
      { status: 400, body: { error: { message: 'x', code: 'context_length_exceeded' } } },
      400,
      { code: 'context_length_exceeded' },
    ],
  ])('answers %s with its error', async (_what, members, behaviour, status, error) => {
    if (behaviour !== null) queued.push(behaviour);
    const answer = await server.rest('POST', '/responses/compact', { model: 'priced', input: heard, ...members });
    expect([answer.status, answer.body.error]).toMatchObject([status, error]);
  });

  it('ends with its client', async () => {
    queued.push({ hang: 'headers' });
    const leaving = new AbortController();
    const before = upstream.requests.length;
    const aborted = upstream.requests.filter((request) => request.isAborted).length;
    const asked = client.responses.compact({ model: 'priced', input: talk }, { signal: leaving.signal });
    asked.catch(() => undefined);
    await upstream.waitForRequest(before + 1);
    leaving.abort();
    await upstream.waitForAbort(aborted + 1);
  });

  it('works with the built-in model, by quoting', async () => {
    const input: Input = [
      { role: 'user', content: 'Tell me of the harbour.' },
      { role: 'assistant', content: `The lighthouse stands in the harbour since 1856. ${long('It rained a little.')}` },
    ];
    const { output } = await client.responses.compact({ model: 'local', input });
    const asked = { role: 'user', content: 'Since when does the lighthouse stand in the harbour?' } as const;
    const answer = await client.responses.create({ model: 'local', input: [...(output as Input), asked] });
    expect(answer.output_text).toContain('1856');
  });

  it('is a mutation in GraphQL, whose output goes into the next request', async () => {
    const graphql = createHttpClient(server);
    const { compact } = await graphql.data(
      `mutation ($input: CompactInput!) {
        compact(input: $input) {
          context { output { id type ... on Message { text } ... on Compaction { encryptedContent } } usage { totalTokens } }
          userErrors { code field }
        }
      }`,
      { input: { model: 'priced', input: { items: talk.map((json) => ({ json })) } } },
    );
    expect(compact).toMatchObject({ context: { usage: { totalTokens: 30 } }, userErrors: [] });
    const { encryptedContent } = compact.context.output.at(-1);
    await graphql.data(
      `mutation ($input: CreateResponseInput!) { createResponse(input: $input) { response { id } userErrors { code } } }`,
      { input: { model: 'priced', input: { items: [{ compaction: { encryptedContent } }] } } },
    );
    expect(lastMessages().at(-1)?.content).toContain('They spoke of Rome.');
  });
});

describe('context_management', () => {
  const manage = (compact_threshold: number) => ({
    context_management: [{ type: 'compaction' as const, compact_threshold }],
  });
  const asked = 'And what shall I pack?';
  const texts = () => lastMessages().map(({ content }) => content);

  it('lets a context alone that is not longer than the threshold', async () => {
    const before = upstream.requests.length;
    const { output } = await client.responses.create({
      model: 'priced',
      input: [...talk, { role: 'user', content: asked }],
      ...manage(5000),
    });
    expect(output.map(({ type }) => type)).toEqual(['message']);
    expect(upstream.requests.length).toBe(before + 1);
  });

  it('sums a longer one up first, shows it as an item, and answers what was asked; both calls are paid', async () => {
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 1_000_000n }] });
    queued.push({ text: 'They want to go to Rome.', usage: USAGE }, { text: 'A hat.', usage: USAGE });
    const response = await sdk(key).responses.create({
      model: 'priced',
      input: [...talk.slice(0, 4), { role: 'user', content: asked }],
      ...manage(500),
    });
    expect(response.output.map(({ type }) => type)).toEqual(['compaction', 'message']);
    expect(response.output_text).toBe('A hat.');
    expect(response.usage?.total_tokens).toBe(60);
    expect(texts()).toEqual([
      'Where shall we go?',
      'Summary of the conversation so far:\n\nThey want to go to Rome.',
      asked,
    ]);
    const [books] = await server.sql(
      'select w.settled, w.reserved from budget_windows w join budgets b on b.id = w.budget_id order by b.created_at desc limit 1',
    );
    expect(books).toEqual({ settled: '60', reserved: '0' });
  });

  it('really shrinks what comes after: the chain goes on from the summary', async () => {
    queued.push({ text: 'S1.', usage: USAGE }, { text: 'A hat.', usage: USAGE });
    const first = await client.responses.create({
      model: 'priced',
      input: [...talk.slice(0, 4), { role: 'user', content: asked }],
      ...manage(500),
    });
    await client.responses.create({
      model: 'priced',
      input: 'Only that?',
      previous_response_id: first.id,
      ...manage(500),
    });
    expect(texts()).toEqual([
      'Where shall we go?',
      'Summary of the conversation so far:\n\nS1.',
      asked,
      'A hat.',
      'Only that?',
    ]);
    const whole = (await client.responses.inputItems.list(first.id)).data.length;
    expect(whole).toBe(5);
  });

  it('shrinks a conversation, whose items all stay to be read', async () => {
    const { id } = await client.conversations.create({ items: talk });
    queued.push({ text: 'S2.', usage: USAGE }, { text: 'A hat.', usage: USAGE });
    await client.responses.create({ model: 'priced', input: asked, conversation: id, ...manage(500) });
    await client.responses.create({ model: 'priced', input: 'Only that?', conversation: id, ...manage(500) });
    expect(texts()).toEqual([
      'Where shall we go?',
      'Summary of the conversation so far:\n\nS2.',
      'Then Rome.',
      asked,
      'A hat.',
      'Only that?',
    ]);
    const types = [];
    for await (const item of client.conversations.items.list(id, { order: 'asc' })) types.push(item.type);
    expect(types).toEqual([
      ...talk.map((item) => item.type ?? 'message'),
      'message',
      'compaction',
      'message',
      'message',
      'message',
    ]);
  });

  it('comes in a stream that the SDK accumulates to what GET shows', async () => {
    const stream = client.responses.stream({
      model: 'priced',
      input: [...talk, { role: 'user', content: asked }],
      ...manage(500),
    });
    const final = await stream.finalResponse();
    expect(final.output.map(({ type }) => type)).toEqual(['compaction', 'message']);
    const stored = await client.responses.retrieve(final.id);
    expect(stored.output[0]).toEqual(final.output[0]);
  });

  it('compacts alone when the input ends with a compaction_trigger', async () => {
    queued.push({ text: 'S3.', usage: USAGE });
    const before = upstream.requests.length;
    const input = [...talk, { type: 'compaction_trigger' }] as unknown as Input;
    const { output, status } = await client.responses.create({ model: 'priced', input });
    expect([status, output.map(({ type }) => type)]).toEqual(['completed', ['compaction']]);
    expect(upstream.requests.length).toBe(before + 1);
    await client.responses.create({ model: 'priced', input: [...output, { role: 'user', content: asked }] as Input });
    expect(texts()).toEqual(['Where shall we go?', 'Then Rome.', 'Summary of the conversation so far:\n\nS3.', asked]);
  });

  it.each<[string, object, object]>([
    ['a trigger that is not last', { input: [{ type: 'compaction_trigger' }, talk[0]] }, { param: 'input' }],
    ['a trigger with nothing before it', { input: [{ type: 'compaction_trigger' }] }, { param: 'input' }],
    [
      'another kind',
      { input: 'x', context_management: [{ type: 'magic' }] },
      { code: 'invalid_value', param: 'context_management[0].type' },
    ],
    [
      'no room at all',
      { input: 'x', ...manage(0) },
      { code: 'integer_below_min_value', param: 'context_management[0].compact_threshold' },
    ],
  ])('refuses %s', async (_what, body, error) => {
    const answer = await server.rest('POST', '/responses', { model: 'priced', ...body });
    expect([answer.status, answer.body.error]).toMatchObject([400, error]);
  });

  it('fails the response when summing up fails, before the model has answered', async () => {
    queued.push({ status: 400, body: { error: { message: 'No.', code: 'invalid_prompt' } } });
    const answer = await server.rest('POST', '/responses', {
      model: 'priced',
      input: [...talk, { role: 'user', content: asked }],
      ...manage(500),
    });
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_prompt']);
  });

  it('stops with its run', async () => {
    queued.push({ hang: 'headers' });
    const before = upstream.requests.length;
    const aborted = upstream.requests.filter((request) => request.isAborted).length;
    const { id } = await client.responses.create({
      model: 'priced',
      input: [...talk, { role: 'user', content: asked }],
      background: true,
      ...manage(500),
    });
    await upstream.waitForRequest(before + 1);
    await client.responses.cancel(id);
    await upstream.waitForAbort(aborted + 1);
    expect((await client.responses.retrieve(id)).status).toBe('cancelled');
  });
});

describe('a compaction item', () => {
  let blob: string;
  beforeAll(async () => {
    const { output } = await client.responses.compact({ model: 'priced', input: talk });
    blob = (output.at(-1) as { encrypted_content: string }).encrypted_content;
  });

  it.each<[string, () => string]>([
    ['was changed', () => `${blob.slice(0, -2)}${blob.endsWith('AA') ? 'BB' : 'AA'}`],
    ['was made elsewhere', () => 'gAAAAABmadeElsewhere'],
    ['was cut', () => blob.slice(0, blob.length / 2)],
  ])('that %s is refused: as input, and as an item of a conversation', async (_what, changed) => {
    const items = [{ type: 'compaction', encrypted_content: changed() }];
    const created = await server.rest('POST', '/responses', { model: 'priced', input: items });
    expect([created.status, created.body.error]).toMatchObject([
      400,
      { code: 'invalid_encrypted_content', param: 'input' },
    ]);
    const kept = await server.rest('POST', '/conversations', { items });
    expect([kept.status, kept.body.error]).toMatchObject([
      400,
      { code: 'invalid_encrypted_content', param: 'items[0].encrypted_content' },
    ]);
  });

  it('opens in its own project only', async () => {
    const foreign = await server.createForeignKey();
    const body = { model: 'priced', input: [{ type: 'compaction', encrypted_content: blob }] };
    const { status, body: refused } = await server.rest('POST', '/responses', body, foreign);
    expect([status, refused.error.code]).toEqual([400, 'invalid_encrypted_content']);
  });
});
