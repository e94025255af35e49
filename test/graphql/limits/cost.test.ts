import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { collect, connectWs, createHttpClient } from '../support/client.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

interface Told {
  extensions?: { cost?: { requested: number; limit: number } };
}

/** What every transport tells of one operation. */
async function costs(server: TestApp, query: string, variables: Record<string, unknown> = {}) {
  const { body } = await createHttpClient(server).post({ query, variables });
  const stream = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
  });
  const ws = connectWs(server.url, { authorization: `Bearer ${server.key}` });
  const [told] = await collect(ws.iterate({ query, variables }));
  await ws.dispose();
  const streamed = JSON.parse(/data: (\{.*\})/.exec(await stream.text())?.[1] ?? '{}');
  return [body, streamed, told].map((result) => (result as Told).extensions?.cost);
}

describe('extensions.cost', () => {
  it.each([
    ['a field', '{ viewer { project { name } } }', {}, 3],
    ['a list of a given length', '{ responses(first: 50) { nodes { id status } } }', {}, 1 + 50 * 3],
    ['a list of the default length', '{ responses { nodes { id } } }', {}, 1 + 20 * 2],
    [
      'a length that a variable gives: at its most',
      'query ($n: Int) { responses(first: $n) { nodes { id } } }',
      { n: 3 },
      1 + 100 * 2,
    ],
    [
      'lists in lists',
      '{ conversations(first: 10) { nodes { items(first: 5) { nodes { id } } } } }',
      {},
      1 + 10 * (1 + 1 + 5 * 2),
    ],
    ['a length below one, as one', '{ responses(first: -5000) { nodes { id } } }', {}, 1 + 2],
    ['ids', '{ nodes(ids: ["resp_1", "resp_2", "resp_3"]) { id } }', {}, 1 + 3],
  ])('%s counts as it would be resolved, on every transport alike', async (_what, query, variables, requested) => {
    const cost = { requested, limit: 10_000 };
    expect(await costs(app, query, variables)).toEqual([cost, cost, cost]);
  });

  it('is of the operation that ran', async () => {
    const query = 'query A { viewer { project { name } } } query B { responses(first: 5) { nodes { id } } }';
    const { body } = await createHttpClient(app).post({ query, operationName: 'B' });
    expect((body as Told).extensions?.cost?.requested).toBe(11);
  });

  it('a refusal has the same two numbers', async () => {
    const query = '{ conversations(first: 100) { nodes { items(first: 100) { nodes { id } } } } }';
    const { body } = await createHttpClient(app).post({ query });
    expect(body.errors?.[0]?.extensions).toMatchObject({ limit: 'cost', cost: { requested: 20_201, limit: 10_000 } });
  });

  it('can be switched off', async () => {
    const quiet = await startTestApp({ config: { graphql: { cost: false } } });
    expect(await costs(quiet, '{ viewer { project { name } } }')).toEqual([undefined, undefined, undefined]);
    await quiet.stop();
  });
});
