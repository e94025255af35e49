import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, SSE_DONE, sse } from '../support/upstream-answers.js';

/** Whatever an upstream writes, the run's end can be stored and billed. */
describe('an upstream that writes odd things', () => {
  let upstream: Upstream;
  let server: TestApp;
  let key: string;
  beforeAll(async () => {
    upstream = await startUpstream();
    server = await startTestApp({
      upstream: { baseUrl: upstream.url, apiKey: null },
      config: {
        providers: [{ id: 'odd', base_url: upstream.url }],
        models: [{ name: 'priced', provider: 'odd', price: { input: '1', output: '1' }, max_output_tokens: 100 }],
      },
    });
    key = await server.createKey({ budgets: [{ period: 'total', cap: 1_000_000_000_000n }] });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  const usage = (prompt: unknown, completion: unknown) => ({ prompt_tokens: prompt, completion_tokens: completion });
  const named = (model: string): Behaviour => ({
    chunks: [sse(chatChunk({ content: 'Hello' }, null, model)), sse(chatChunk({}, 'stop', model)), SSE_DONE],
  });

  it.each<[string, Behaviour]>([
    ['more tokens than there are', { text: 'Hello', usage: usage(9e15, 9e15) }],
    ['more tokens than a column holds', { text: 'Hello', usage: usage(2_147_483_648, 2_147_483_648) }],
    ['negative tokens', { text: 'Hello', usage: usage(-5, -5) }],
    ['fractions of tokens', { text: 'Hello', usage: usage(1.5, 2.5) }],
    [
      'more cached tokens than tokens',
      { text: 'Hello', usage: { ...usage(1, 1), prompt_tokens_details: { cached_tokens: 99 } } },
    ],
    ['tokens that are text', { text: 'Hello', usage: usage('many', null) }],
    ['a NUL in its name', named('a\0b')],
    ['half a character in its name', named('a\ud800')],
    ['a name as long as a book', named('m'.repeat(100_000))],
    ['NULs and half characters in its text', { text: 'a\0b \ud800 c' }],
    ['odd call ids, names and arguments', { toolCalls: [{ id: 'call\0', name: 'f\ud800', arguments: '\0{"' }] }],
    ['annotations that are none', { text: 'Hello', annotations: [{ type: 'x\0', '\0': '\ud800' }] }],
  ])('%s', async (_what, behaviour) => {
    for (const stream of [false, true]) {
      upstream.enqueue(behaviour);
      const answer = await server.rest('POST', '/responses', { model: 'priced', input: 'Hello', stream }, key);
      expect(answer.status).toBe(200);
      const { id } = stream ? JSON.parse(/"response":(\{.*?\})\}$/m.exec(answer.body)?.[1] ?? '{}') : answer.body;
      const read = await server.rest('GET', `/responses/${id}`, undefined, key);
      expect(read.body).toMatchObject({ status: 'completed', usage: { input_tokens: expect.any(Number) } });
      for (const tokens of [read.body.usage.input_tokens, read.body.usage.output_tokens])
        expect(tokens).toBeGreaterThanOrEqual(0);
      if (!stream) expect(read.body).toEqual(answer.body);
      expect(read.body.model.length).toBeLessThanOrEqual(256);
    }
    const [window] = await server.sql<{ settled: string; reserved: string; paid: string }>(
      'select settled, reserved, (select sum(amount) from ledger) as paid from budget_windows',
    );
    expect(window).toMatchObject({ settled: window?.paid, reserved: '0' });
    expect(await server.sql('select 1 from runs')).toEqual([]);
  });

  it('an error whose words are odd', async () => {
    const error = { message: 'No\0 \ud800 way', code: 'c\0', param: '\ud800', type: 'x' };
    for (const stream of [false, true]) {
      upstream.enqueue({ status: 400, body: { error } });
      const answer = await server.rest('POST', '/responses', { model: 'priced', input: 'Hello', stream }, key);
      expect(answer.status).toBe(stream ? 200 : 400);
    }
    const failed = await server.sql(`select status from responses where status <> 'completed'`);
    expect(failed).toEqual([{ status: 'failed' }, { status: 'failed' }]);
    expect(await server.sql('select 1 from runs')).toEqual([]);
  });
});
