import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHARGEABLE_TOOLS } from '../../src/domain/tool-calls.js';
import { createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/** What the stand-in says it counted, for every answer. */
const USAGE = {
  prompt_tokens: 10,
  completion_tokens: 20,
  total_tokens: 30,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 5 },
};

describe('prices', () => {
  let upstream: Upstream;
  let server: TestApp;
  let other: TestApp;
  /** What the next requests get instead of the usual answer. */
  const queued: Behaviour[] = [];
  beforeAll(async () => {
    upstream = await startUpstream({ handler: () => queued.shift() ?? { text: 'answer', usage: USAGE } });
    const config = {
      providers: [{ id: 'fake', base_url: upstream.url }],
      models: [
        { name: 'configured', provider: 'fake', price: { input: '1', output: '2' } },
        { name: 'open', provider: 'fake' },
      ],
    };
    server = await startTestApp({ config });
    other = await startTestApp({
      config: { ...config, money: { unpriced_models: 'deny' } },
      databaseUrl: server.databaseUrl,
    });
  });
  afterAll(async () => {
    await other.stop();
    await server.stop();
    await upstream.close();
  });

  const costOf = async (body: object, app = server): Promise<bigint> => {
    const { status, body: response } = await app.rest('POST', '/responses', { input: 'Hello', ...body });
    expect(status).toBe(200);
    const [row] = await server.sql<{ amount: string }>(`select amount::text from ledger where response_id = $1`, [
      String(response.id).replace('resp_', ''),
    ]);
    return BigInt(row?.amount ?? -1);
  };
  const mutate = async (query: string, variables: object) => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
    return (await answer.json()) as any;
  };

  it('come from the config file, reasoning as output and cached input as input', async () => {
    expect(await costOf({ model: 'configured' })).toBe(10n * 1000n + 20n * 2000n);
  });

  it('of a project take their place: input, cached input, output and reasoning each have their own', async () => {
    const { status, body } = await server.rest('POST', '/prices', {
      model: 'configured',
      input: '3',
      cached_input: '0.5',
      output: '7',
      reasoning: '11',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ object: 'price', input: '3', cached_input: '0.5', reasoning: '11', tool_calls: {} });
    expect(await costOf({ model: 'configured' })).toBe(6n * 3000n + 4n * 500n + 15n * 7000n + 5n * 11000n);
  });

  it('hold in every process as soon as they are set, and only in their project', async () => {
    await server.rest('POST', '/prices', { model: 'open', input: '1', output: '0' });
    for (;;) {
      if ((await costOf({ model: 'open' }, other).catch(() => 0n)) === 10_000n) break;
    }
    const foreign = await server.createForeignKey();
    const { body } = await server.rest('POST', '/responses', { model: 'open', input: 'x' }, foreign);
    expect(body.status).toBe('completed');
    const rows = await server.sql(`select amount from ledger where response_id = $1 and amount = 0`, [
      String(body.id).replace('resp_', ''),
    ]);
    expect(rows).toHaveLength(1);
    expect((await server.rest('GET', '/prices', undefined, foreign)).body.data).toEqual([]);
  });

  it('of later times wait for them, and can be taken back until then', async () => {
    const before = await costOf({ model: 'configured' });
    const effectiveAt = Math.floor(Date.now() / 1000) + 3600;
    const { data } = await mutate(
      `mutation ($at: DateTime!) {
         createPrice(input: { model: "configured", input: "9", output: "9", effectiveAt: $at }) {
           price { id effectiveAt output toolCalls { tool } } userErrors { message }
         }
       }`,
      { at: new Date(effectiveAt * 1000).toISOString() },
    );
    expect(data.createPrice.userErrors).toEqual([]);
    const { id } = data.createPrice.price;
    expect(await costOf({ model: 'configured' })).toBe(before);
    expect((await server.rest('DELETE', `/prices/${id}`)).status).toBe(200);
    expect((await server.rest('DELETE', `/prices/${id}`)).status).toBe(404);
    const { body } = await server.rest('GET', '/prices?model=configured');
    const [held] = body.data;
    expect((await server.rest('DELETE', `/prices/${held.id}`)).body.error).toMatchObject({ code: 'price_holds' });
  });

  it.each([
    [{ model: 'm', output: '1' }, 'missing_required_parameter', 'input'],
    [{ model: 'm', input: '-1', output: '1' }, 'invalid_value', 'input'],
    [{ model: 'm', input: '1', output: '1', effective_at: 1 }, 'invalid_value', 'effective_at'],
    [
      { model: 'm', input: '1', output: '1', tool_calls: { 'Web Search': '1' } },
      'invalid_value',
      'tool_calls.Web Search',
    ],
  ])('are refused as %j', async (body, code, param) => {
    const answer = await server.rest('POST', '/prices', body);
    expect([answer.status, answer.body.error.code, answer.body.error.param]).toEqual([400, code, param]);
  });

  it('of tools that cannot be charged are refused by name, with those that can, over REST and GraphQL', async () => {
    for (const tool of ['web_serch', 'function', 'shell', 'web_search_preview']) {
      const answer = await server.rest('POST', '/prices', {
        model: 'm',
        input: '1',
        output: '1',
        tool_calls: { mcp: '1', [tool]: '1' },
      });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({
        code: 'invalid_value',
        param: `tool_calls.${tool}`,
        message: `Invalid 'tool_calls.${tool}': supported values are: ${CHARGEABLE_TOOLS.map((name) => `'${name}'`).join(', ')}.`,
      });
      const { createPrice } = await createHttpClient(server).data(
        `mutation ($tool: String!) {
          createPrice(input: { model: "m", input: "1", output: "1", toolCalls: [{ tool: $tool, amount: "1" }] }) {
            price { id } userErrors { code message }
          }
        }`,
        { tool },
      );
      expect(createPrice).toMatchObject({ price: null, userErrors: [{ message: expect.stringContaining("'mcp'") }] });
    }
    expect((await server.rest('GET', '/prices?model=m')).body.data).toEqual([]);
  });

  it.each(['', 'a%00b', 'a'.repeat(257)])('are not listed for what can be no model: %s', async (model) => {
    const { status, body } = await server.rest('GET', `/prices?model=${model}`);
    expect([status, body.error.param]).toEqual([400, 'model']);
  });

  it('are for admins', async () => {
    const key = await server.createKey({ scopes: ['read', 'write'] });
    expect((await server.rest('GET', '/prices', undefined, key)).status).toBe(403);
    expect((await server.rest('POST', '/prices', {}, key)).status).toBe(403);
  });

  it('of tools are paid per call, and held before the call is made', async () => {
    await server.rest('POST', '/prices', {
      model: 'configured',
      input: '0',
      output: '0',
      tool_calls: { file_search: '0.25' },
    });
    const store = await server.rest('POST', '/vector_stores', { name: 's' });
    const tools = [{ type: 'file_search', vector_store_ids: [store.body.id] }];
    const call = () => queued.push({ toolCalls: [{ name: 'file_search', arguments: '{"query":"x"}' }] });
    call();
    expect(await costOf({ model: 'configured', tools })).toBe(250_000_000n);
    const [row] = await server.sql<{ tool_calls: object }>(
      `select tool_calls from ledger where tool_calls is not null`,
    );
    expect(row?.tool_calls).toEqual({ file_search: 1 });

    const key = await server.createKey({ budgets: [{ period: 'total', cap: 249_999_999n }] });
    call();
    const { body } = await server.rest('POST', '/responses', { model: 'configured', input: 'x', tools }, key);
    expect(body).toMatchObject({ error: { code: 'insufficient_quota' } });
    const [books] = await server.sql<{ settled: string; reserved: string }>(
      `select settled::text, reserved::text from budget_windows`,
    );
    expect(books).toEqual({ settled: '0', reserved: '0' });
  });

  it('that are missing keep a model from being used, where the server says so', async () => {
    const foreign = await server.createForeignKey();
    const { status, body } = await other.rest('POST', '/responses', { model: 'open', input: 'x' }, foreign);
    expect([status, body.error.code]).toEqual([400, 'model_not_priced']);
    const builtIn = await other.rest('POST', '/responses', { model: 'local', input: 'x' }, foreign);
    expect(builtIn.status).toBe(200);
  });

  it('are attributed: the ledger knows the end user and the label', async () => {
    const { body } = await server.rest('POST', '/responses', {
      model: 'configured',
      input: 'x',
      safety_identifier: 'user-1',
      metadata: { label: 'support' },
    });
    const [row] = await server.sql(`select end_user, label from ledger where response_id = $1`, [
      String(body.id).replace('resp_', ''),
    ]);
    expect(row).toEqual({ end_user: 'user-1', label: 'support' });
    const chat = { model: 'configured', messages: [{ role: 'user', content: 'x' }], user: 'user-2' };
    expect((await server.rest('POST', '/chat/completions', chat)).status).toBe(200);
    for (;;) if ((await server.sql(`select from ledger where end_user = 'user-2'`)).length === 1) break;
  });
});
