import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';

const SEARCH = 2_500_000n;
const NOBODY = `vs_${'0'.repeat(32)}`;

describe('what searches cost', () => {
  let server: TestApp;
  let store: string;
  beforeAll(async () => {
    const price = { input: '0', output: '0', tool_calls: { file_search: '0.0025' } };
    server = await startTestApp({
      config: {
        models: [
          { name: 'local-embedding-2', provider: 'local', price },
          { name: 'local', provider: 'local', price },
        ],
        knowledge: { unknown_vector_stores: 'not_found' },
      },
    });
    const form = new FormData();
    form.append('purpose', 'assistants');
    form.append('file', new Blob(['The ferry leaves every two hours.']), 'ferry.txt');
    const headers = { authorization: `Bearer ${server.key}` };
    const sent = await fetch(`${server.url}/api/v1/files`, { method: 'POST', headers, body: form });
    const { id } = (await sent.json()) as { id: string };
    store = (await server.rest('POST', '/vector_stores', { file_ids: [id] })).body.id;
    for (
      let status = '';
      status !== 'completed';
      status = (await server.rest('GET', `/vector_stores/${store}`)).body.status
    )
      await new Promise((resolve) => setTimeout(resolve, 50));
  });
  afterAll(() => server.stop());

  /** What was booked since this was last asked. */
  let seen = 0;
  const booked = async (count: number) => {
    for (let n = 0; n < 200; n += 1) {
      const rows = await server.sql<{ amount: string; tool_calls: object | null; model: string }>(
        'select amount, tool_calls, model from ledger order by created_at, id',
      );
      if (rows.length >= seen + count) {
        const news = rows.slice(seen);
        seen = rows.length;
        return news;
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('Nothing was booked.');
  };
  const search = (query: unknown, key?: string) =>
    server.rest('POST', `/vector_stores/${store}/search`, { query }, key);
  const spent = async () => {
    const [row] = await server.sql<{ settled: string; reserved: string }>(
      `select w.settled, w.reserved from budget_windows w
       join budgets b on b.project_id = w.project_id and b.id = w.budget_id order by b.created_at desc limit 1`,
    );
    return row;
  };

  it('is charged for a search by itself, however many questions it asks at once', async () => {
    expect((await search(['When does the ferry leave?', 'How often?'])).status).toBe(200);
    expect(await booked(1)).toEqual([
      { amount: String(SEARCH), tool_calls: { file_search: 1 }, model: 'local-embedding-2' },
    ]);
  });

  it('is charged for each call of file_search that a response makes', async () => {
    const tools = [{ type: 'file_search', vector_store_ids: [store] }];
    const { body } = await server.rest('POST', '/responses', {
      model: 'local',
      input: 'When does the ferry leave?',
      tools,
    });
    const calls = body.output.filter(({ type }: { type: string }) => type === 'file_search_call').length;
    expect(calls).toBeGreaterThan(0);
    expect(await booked(1)).toMatchObject([
      { amount: String(SEARCH * BigInt(calls)), tool_calls: { file_search: calls } },
    ]);
  });

  it('is held by budgets: one that is short refuses the search, one that is not is given back what failed', async () => {
    const poor = await server.createKey({ budgets: [{ period: 'total', cap: SEARCH - 1n }] });
    expect(await search('ferry', poor)).toMatchObject({ status: 429, body: { error: { code: 'insufficient_quota' } } });
    const enough = await server.createKey({ budgets: [{ period: 'total', cap: SEARCH }] });
    expect((await server.rest('POST', `/vector_stores/${NOBODY}/search`, { query: 'ferry' }, enough)).status).toBe(404);
    expect(await spent()).toEqual({ settled: '0', reserved: '0' });
    expect((await search('ferry', enough)).status).toBe(200);
    expect(await spent()).toEqual({ settled: String(SEARCH), reserved: '0' });
    expect((await search('ferry', enough)).status).toBe(429);
  });

  it('shows in the metrics how long they took', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(Number(/^antiphon_search_duration_seconds_count (\d+)/m.exec(text)?.[1])).toBeGreaterThanOrEqual(3);
  });

  it('is nothing where a store is not there and the settings say 404: on both doors, streamed or not', async () => {
    const unknown = (ids: string[]) => ({
      model: 'local',
      input: 'x',
      tools: [
        { type: 'function', name: 'f', parameters: {} },
        { type: 'file_search', vector_store_ids: ids },
      ],
    });
    for (const body of [unknown([NOBODY]), unknown([store, NOBODY]), { ...unknown([NOBODY]), stream: true }])
      expect(await server.rest('POST', '/responses', body)).toMatchObject({
        status: 404,
        body: {
          error: {
            message: `Vector store '${NOBODY}' was not found.`,
            param: expect.stringMatching(/^tools\[1\]\.vector_store_ids/),
          },
        },
      });
    expect((await server.rest('POST', '/responses', unknown(['nonsense']))).status).toBe(404);
    expect((await server.rest('POST', '/responses', unknown([store]), await server.createForeignKey())).status).toBe(
      404,
    );
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation { createResponse(input: { model: "local", input: { text: "x" }, tools: [{ fileSearch: { vectorStoreIds: ["${NOBODY}"] } }] }) { userErrors { message field } } }`,
      }),
    });
    expect(await answer.json()).toMatchObject({
      data: { createResponse: { userErrors: [{ message: `Vector store '${NOBODY}' was not found.` }] } },
    });
  });
});
