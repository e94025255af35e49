import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { asPieces, itemEvents, type UpstreamItem } from '../support/responses-answers.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/** Whatever an upstream of the Responses API writes, the run's end can be stored, read and billed. */
describe('a responses upstream that writes odd things', () => {
  let upstream: Upstream;
  let server: TestApp;
  let key: string;
  beforeAll(async () => {
    upstream = await startUpstream();
    server = await startTestApp({
      config: {
        providers: [{ id: 'odd', base_url: upstream.url, dialect: 'responses' }],
        models: [{ name: 'priced', provider: 'odd', price: { input: '1', output: '1' }, max_output_tokens: 100 }],
      },
    });
    key = await server.createKey({ budgets: [{ period: 'total', cap: 1_000_000_000_000n }] });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  const said = (text: unknown, more: object = {}): UpstreamItem => ({
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    content: [{ type: 'output_text', text, ...more }],
  });
  const usage = (input: unknown, output: unknown) => ({ input_tokens: input, output_tokens: output });
  const final = (output: unknown, more: object = {}) => [
    ...asPieces([{ type: 'response.completed', response: { status: 'completed', output, ...more } }]),
  ];

  it.each<[string, Behaviour]>([
    ['more tokens than there are', { usage: usage(9e15, 9e15) }],
    ['negative tokens, and fractions', { usage: usage(-5, 1.5) }],
    ['tokens that are text', { usage: usage('many', null) }],
    ['no usage', { usage: null }],
    ['NULs and half characters', { items: [said('a\0b \ud800 c')] }],
    ['text that is none', { items: [said(7, { annotations: 'none' })] }],
    ['content that is none', { items: [{ type: 'message', id: 'm', content: 'text' }] }],
    ['parts that are none', { items: [{ type: 'message', id: 'm', content: [null, 1, {}, { type: 7 }] }] }],
    ['summaries that are none', { items: [{ type: 'reasoning', id: 'r', summary: 'no', content: { a: 1 } }] }],
    ['a call without a name', { items: [{ type: 'function_call', id: 'f', call_id: 'c\0', arguments: { a: 1 } }] }],
    ['a custom call without anything', { items: [{ type: 'custom_tool_call', id: 'f' }] }],
    ['a search without anything', { items: [{ type: 'web_search_call' }, { type: 'file_search_call' }] }],
    ['types as long as a book', { items: [{ type: 't'.repeat(100_000), id: 'x' }] }],
    ['items that are none', { items: [null, 1, 'x', [], {}, { type: 7 }, said('Hello')] as never }],
  ])('%s', async (_what, behaviour) => {
    for (const stream of [false, true, 'late']) {
      // Everything in the last event, or piece by piece.
      const items = behaviour.items ?? [said('Hello')];
      upstream.enqueue(stream === 'late' ? { chunks: final(items, { usage: behaviour.usage }) } : behaviour);
      const answer = await server.rest(
        'POST',
        '/responses',
        { model: 'priced', input: 'Hello', stream: Boolean(stream) },
        key,
      );
      expect(answer.status).toBe(200);
      await checkLast('completed');
    }
  });

  const first = itemEvents(said('Hello'), 0);
  it.each<[string, string[]]>([
    ['events about items that are not there', asPieces(first.slice(1)).concat(final([said('Hello')]))],
    [
      'events without places',
      asPieces(first.map(({ output_index: _i, ...event }) => event)).concat(final([said('Hello')])),
    ],
    [
      'deltas that are none',
      asPieces([...first.slice(0, 2), { ...first[2], delta: { a: 1 } } as never]).concat(final([said('x')])),
    ],
    [
      'places far off',
      asPieces([{ ...first[2], content_index: 1e9 } as never, ...first]).concat(final([said('Hello')])),
    ],
    [
      'parts that are none',
      asPieces([first[0] as never, { ...first[1], part: null } as never]).concat(final([said('x')])),
    ],
    ['the same item twice', asPieces([...first, ...first]).concat(final([said('Hello')]))],
    ['an output that is none', asPieces(first).concat(final('nothing'))],
    ['a response without members', ['data: {"type":"response.completed","response":{}}\n\n']],
  ])('%s', async (_what, chunks) => {
    upstream.enqueue({ chunks });
    const answer = await server.rest('POST', '/responses', { model: 'priced', input: 'Hello', stream: true }, key);
    expect(answer.body).toContain('event: response.completed');
    await checkLast('completed');
  });

  it('more than a response may hold, in small pieces: stopped, kept and paid', async () => {
    const delta = {
      type: 'response.output_text.delta',
      output_index: 0,
      content_index: 0,
      delta: 'x'.repeat(1_000_000),
    };
    const pieces = asPieces([...first.slice(0, 2), ...new Array(20).fill(delta)]);
    upstream.enqueue({ chunks: pieces });
    const answer = await server.rest('POST', '/responses', { model: 'priced', input: 'Hello', stream: true }, key);
    expect(answer.body.length).toBeLessThan(60_000_000);
    const [row] = await server.sql('select status, error from responses order by id desc limit 1');
    expect(row).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
    await checkBills();
  });

  /** The last response can be read on both doors, is paid, and left nothing behind. */
  async function checkLast(status: string) {
    const [row] = await server.sql<{ id: string }>('select id from responses order by id desc limit 1');
    const id = `resp_${row?.id.replaceAll('-', '')}`;
    const read = await server.rest('GET', `/responses/${id}`, undefined, key);
    expect(read.body).toMatchObject({ status, usage: { input_tokens: expect.any(Number) } });
    for (const tokens of [read.body.usage.input_tokens, read.body.usage.output_tokens])
      expect(tokens).toBeGreaterThanOrEqual(0);
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `query ($id: ID!) { response(id: $id) { id outputText output {
          id type status ... on Message { role content { type } } ... on FunctionCall { name arguments } ... on Reasoning { summary { text } content { type ... on ReasoningText { text } } }
          ... on CustomToolCall { callId name input } ... on FileSearchCall { queries }
        } } }`,
        variables: { id },
      }),
    });
    expect(await answer.json()).toMatchObject({ data: { response: { id } } });
    const replay = await server.rest('GET', `/responses/${id}?stream=true`, undefined, key);
    expect(replay).toMatchObject({ status: 200, body: expect.stringContaining(`event: response.${status}`) });
    await checkBills();
  }

  async function checkBills() {
    const [window] = await server.sql<{ settled: string; reserved: string; paid: string }>(
      'select settled, reserved, (select sum(amount) from ledger) as paid from budget_windows',
    );
    expect(window).toMatchObject({ settled: window?.paid, reserved: '0' });
    expect(await server.sql('select 1 from runs')).toEqual([]);
  }
});
