import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { AntiphonConfig } from '../../src/config/schema/index.js';
import { newUuid } from '../../src/domain/ids.js';
import { withTypes } from '../../src/persistence/database.js';
import { beginRuns } from '../../src/persistence/statements/begin-runs.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { runBeginning } from '../support/runs.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { fillTables } from './fill-tables.js';

const OWNER = newUuid();

interface Sent {
  /** Of a statement that is planned once. */
  name: string | undefined;
  text: string;
  values: unknown[];
}

const READS_ALL = /Seq Scan on (items|responses|response_events\w*|threads)\b/;

describe('SQL statements', () => {
  let upstream: Upstream;
  let server: TestApp;
  let sent: Sent[] = [];
  beforeAll(async () => {
    const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
    jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
      const [first, second] = args as [string | pg.QueryConfig, unknown[] | undefined];
      const { name, text, values }: pg.QueryConfig =
        typeof first === 'string' ? { text: first, values: second ?? [] } : first;
      sent.push({ name, text, values: values ?? [] });
      return query.apply(this, args);
    } as never);
    upstream = await startUpstream();
    // The heartbeat would be counted too.
    server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null }, limits: { leaseMs: 600_000 } });
    await ask({ input: 'warm up' });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
    jest.restoreAllMocks();
  });
  beforeEach(() => {
    sent = [];
  });

  const ask = async (body: object): Promise<string> => {
    const answer = await server.rest('POST', '/responses', { model: 'any', ...body });
    expect(answer.status).toBe(200);
    return answer.body.id;
  };
  /** Statements of a piece of work, without the check of the key, which is cached for a second, and looks at how large tables are. */
  const statementsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    sent = [];
    await work();
    return sent
      .map(({ text }) => text.trim().split('\n')[0] as string)
      .filter((text) => !/k\.scopes|reltuples/.test(text));
  };

  it('per stored create are two: the beginning and the end', async () => {
    const statements = await statementsOf(() => ask({ input: 'x' }));
    expect(statements).toHaveLength(2);
    expect(statements[0]).toMatch(/^with run /);
    expect(statements[1]).toMatch(/^with fin /);
  });

  it('are no more where webhooks are set up', async () => {
    const url = 'https://example.com/';
    const { body } = await server.rest('POST', '/webhook_endpoints', {
      name: 'a',
      url,
      event_types: ['response.failed'],
    });
    expect(await statementsOf(() => ask({ input: 'x' }))).toHaveLength(2);
    await server.rest('DELETE', `/webhook_endpoints/${body.id}`);
  });

  it('are no more under rate limits that are counted in the process, and without any that are not', async () => {
    await server.app.container.reload(
      AntiphonConfig.parse({
        rate_limits: [
          {
            scope: 'key',
            requests_per_minute: 6000,
            tokens_per_minute: 1_000_000,
            concurrent_runs: 50,
            concurrent_streams: 50,
          },
        ],
      }),
    );
    expect(await statementsOf(() => ask({ input: 'x' }))).toHaveLength(2);
    await server.app.container.reload(AntiphonConfig.parse({}));
    expect(await statementsOf(() => ask({ input: 'x' }))).toHaveLength(2);
  });

  it('are one more for each rate limit that is counted in PostgreSQL, one for all places, and one where they are given back', async () => {
    const other = await startTestApp({
      upstream: { baseUrl: upstream.url, apiKey: null },
      limits: { leaseMs: 600_000 },
      config: {
        rate_limit_store: 'postgres',
        rate_limits: [
          { scope: 'key', requests_per_minute: 6000, tokens_per_minute: 1_000_000, concurrent_runs: 50 },
          { scope: 'project', concurrent_runs: 50 },
          { scope: 'key', model: 'none', requests_per_minute: 1 },
        ],
      },
    });
    const askOther = async () => {
      expect((await other.rest('POST', '/responses', { model: 'any', input: 'x' })).status).toBe(200);
    };
    await askOther();
    const statements = await statementsOf(async () => {
      await askOther();
      while (sent.filter(({ text }) => /rate_(windows|places)/.test(text)).length < 5)
        await new Promise((resolve) => setImmediate(resolve));
    });
    const of = (pattern: RegExp) => statements.filter((text) => pattern.test(text)).length;
    expect([of(/rate_windows/), of(/take_rate_places/), of(/delete from rate_places/)]).toEqual([3, 1, 1]);
    expect(statements).toHaveLength(2 + 5);
    await other.stop();
  });

  it('per create with an idempotency key are three: the key is looked up first', async () => {
    const statements = await statementsOf(async () => {
      const answer = await fetch(`${server.url}/v1/responses`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${server.key}`,
          'content-type': 'application/json',
          'idempotency-key': 'counted',
        },
        body: JSON.stringify({ model: 'any', input: 'x' }),
      });
      expect(answer.status).toBe(200);
      await answer.text();
    });
    expect(statements).toHaveLength(3);
  });

  it('are as many for a chain of thirty as for a chain of one', async () => {
    let parent = await ask({ input: 'x' });
    const short = await statementsOf(async () => {
      parent = await ask({ input: 'x', previous_response_id: parent });
    });
    for (let turn = 0; turn < 28; turn += 1) parent = await ask({ input: 'x', previous_response_id: parent });
    const long = await statementsOf(() => ask({ input: 'x', previous_response_id: parent }));
    expect(long).toEqual(short);
    expect(long).toHaveLength(3);
  });

  it('per change of a conversation is one more, however many follow it, and none while nothing happens', async () => {
    const { access, conversationFollower } = server.app.container.services;
    const principal = await access.authenticate(`Bearer ${server.key}`);
    const id = (await server.rest('POST', '/conversations', {})).body.id;
    const left = new AbortController();
    const followers = await Promise.all(
      Array.from({ length: 20 }, () => conversationFollower.follow(principal, id, null, left.signal)),
    );
    for (const follower of followers) expect((await follower.next()).value?.[0]?.type).toBe('conversation.followed');
    let pending = followers.map((follower) => follower.next());
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await statementsOf(() => new Promise((resolve) => setTimeout(resolve, 1_300)))).toEqual([]);
    const statements = await statementsOf(async () => {
      await server.rest('POST', `/conversations/${id}/items`, { items: [{ role: 'user', content: 'to all' }] });
      for (const told of await Promise.all(pending)) expect(told.value?.[0]?.type).toBe('conversation.item.added');
    });
    expect(statements).toHaveLength(2);
    pending = followers.map((follower) => follower.next());
    left.abort();
    for (const over of await Promise.all(pending)) expect(over.done).toBe(true);
    expect(server.app.container.followers()).toBe(0);
  });

  it('per create that keeps nothing is one, for its bill', async () => {
    const statements = await statementsOf(async () => {
      const answer = await server.rest('POST', '/responses', { model: 'any', input: 'x', store: false });
      expect(answer.status).toBe(200);
      while (!sent.some(({ text }) => text.includes('insert into ledger')))
        await new Promise((resolve) => setImmediate(resolve));
    });
    expect(statements).toHaveLength(1);
  });

  it('per token count are one for what came before, and none without', async () => {
    const id = await ask({ input: 'x' });
    const count = (body: object) => statementsOf(() => server.rest('POST', '/responses/input_tokens', body));
    expect(await count({ input: 'x' })).toHaveLength(0);
    expect(await count({ input: 'x', previous_response_id: id })).toHaveLength(1);
  });

  it('per chat completion are one, for its bill', async () => {
    const statements = await statementsOf(async () => {
      const messages = [{ role: 'user', content: 'x' }];
      expect((await server.rest('POST', '/chat/completions', { model: 'any', messages })).status).toBe(200);
      while (!sent.some(({ text }) => text.includes('insert into ledger')))
        await new Promise((resolve) => setImmediate(resolve));
    });
    expect(statements).toHaveLength(1);
  });

  it('per read are one: a response, a page of conversations', async () => {
    const id = await ask({ input: 'x' });
    expect(await statementsOf(() => server.rest('GET', `/responses/${id}`))).toHaveLength(1);
    expect(await statementsOf(() => server.rest('GET', '/conversations'))).toHaveLength(1);
  });

  it('per page after a cursor are one, which also tells whether the cursor is there', async () => {
    const ids = { responses: [] as string[], conversations: [] as string[] };
    for (let count = 0; count < 3; count += 1) {
      ids.responses.push(await ask({ input: 'x' }));
      ids.conversations.push((await server.rest('POST', '/conversations', {})).body.id);
    }
    const read = async (list: 'responses' | 'conversations', after: string, before: string | null = null) => {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          query: `query ($after: String, $before: String) { ${list}(first: 1, after: $after, before: $before) { nodes { id } } }`,
          variables: { after, before },
        }),
      });
      return (await answer.json()) as {
        data: Record<string, { nodes: { id: string }[] }>;
        errors: { message: string }[];
      };
    };
    for (const list of ['responses', 'conversations'] as const) {
      const [first, second, third] = ids[list] as [string, string, string];
      const statements = await statementsOf(async () => {
        expect((await read(list, third)).data[list]?.nodes).toEqual([{ id: second }]);
      });
      expect(statements).toHaveLength(1);
      expect((await read(list, second, first)).data[list]?.nodes).toEqual([]);
      expect((await read(list, third, first)).data[list]?.nodes).toEqual([{ id: second }]);
      const unknown = `${list === 'responses' ? 'resp' : 'conv'}_${'0'.repeat(32)}`;
      for (const answer of [await read(list, unknown), await read(list, third, unknown)])
        expect(answer.errors[0]?.message).toMatch(/The cursor is not a member of this list/);
    }
    // What is deleted is no cursor any more.
    const [gone] = ids.responses as [string];
    await server.rest('DELETE', `/responses/${gone}`);
    expect((await read('responses', gone)).errors).toHaveLength(1);
  });

  it('per list of fifty responses with their conversations over GraphQL are at most three', async () => {
    const { body } = await server.rest('POST', '/conversations', {});
    for (let turn = 0; turn < 50; turn += 1)
      await ask({ input: 'x', ...(turn % 2 === 0 ? { conversation: body.id } : {}) });
    const statements = await statementsOf(async () => {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          query: '{ responses(first: 50) { nodes { id status outputText conversation { id metadata } } } }',
        }),
      });
      const { data } = (await answer.json()) as { data: { responses: { nodes: { conversation: object | null }[] } } };
      expect(data.responses.nodes).toHaveLength(50);
      expect(data.responses.nodes.filter(({ conversation }) => conversation !== null)).toHaveLength(25);
    });
    expect(statements.length).toBeLessThanOrEqual(3);
  });

  it('per list with lists inside are as many for six rows as for one', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const { body: prompt } = await server.rest('POST', '/prompts', { name, instructions: `${name} 1` });
      await server.rest('PUT', `/prompts/${prompt.id}`, { instructions: `${name} 2` });
      const { body: conversation } = await server.rest('POST', '/conversations', {
        items: [`${name} said`, `${name} went on`].map((content) => ({ role: 'user', content })),
      });
      await ask({ input: `${name} asks`, conversation: conversation.id });
    }
    interface Nodes<T> {
      nodes: T[];
      pageInfo: { hasNextPage: boolean };
    }
    interface Data {
      conversations: Nodes<{
        items: Nodes<{ content: { text: string }[] }>;
        responses: Nodes<{ inputItems: Nodes<{ id: string }> }>;
      }>;
      prompts: Nodes<{ name: string; versions: Nodes<{ version: number; instructions: string }> }>;
    }
    const list = async (first: number): Promise<Data> => {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          variables: { first },
          query: `query ($first: Int) {
            conversations(first: $first) {
              nodes {
                items(first: 3) { nodes { ... on Message { content { ... on InputText { text } } } } pageInfo { hasNextPage } }
                responses(first: 1) { nodes { inputItems(first: 1) { nodes { id } pageInfo { hasNextPage } } } }
              }
            }
            prompts(first: $first) { nodes { name versions(first: 1) { nodes { version instructions } pageInfo { hasNextPage } } } }
          }`,
        }),
      });
      return ((await answer.json()) as { data: Data }).data;
    };
    const one = await statementsOf(() => list(1));
    let data: Data | undefined;
    const six = await statementsOf(async () => {
      data = await list(6);
    });
    expect(six.length).toBe(one.length);
    const names = ['f', 'e', 'd', 'c', 'b', 'a'];
    expect(data?.conversations.nodes.map(({ items }) => items.nodes.map(({ content }) => content[0]?.text))).toEqual(
      names.map((name) => [`${name} said`, `${name} went on`, `${name} asks`]),
    );
    expect(data?.conversations.nodes.every(({ items }) => items.pageInfo.hasNextPage)).toBe(true);
    expect(data?.conversations.nodes.every(({ responses }) => responses.nodes[0]?.inputItems.nodes.length === 1)).toBe(
      true,
    );
    expect(data?.prompts.nodes.map(({ versions }) => versions.nodes)).toEqual(
      names.map((name) => [{ version: 2, instructions: `${name} 2` }]),
    );
    expect(data?.prompts.nodes.every(({ versions }) => versions.pageInfo.hasNextPage)).toBe(true);
  });

  const readNodes = async (ids: string[]): Promise<void> => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', variables: { ids } }),
    });
    expect(await answer.json()).toMatchObject({ data: { nodes: ids.map((id) => ({ id })) } });
  };

  it('per kind of nodes are as many for three as for one', async () => {
    const post = async (path: string, body: object) => (await server.rest('POST', path, body)).body;
    const { items } = await post('/conversations', {
      items: ['x', 'y', 'z'].map((content) => ({ role: 'user', content })),
    });
    const { id: prompt } = await post('/prompts', { name: 'nodes', instructions: '1' });
    for (const instructions of ['2', '3']) await server.rest('PUT', `/prompts/${prompt}`, { instructions });
    const three = async (path: string, body: (n: number) => object) =>
      Promise.all([1, 2, 3].map(async (n) => (await post(path, body(n))).id as string));
    const kinds: string[][] = [
      items.map(({ id }: { id: string }) => id),
      [1, 2, 3].map((version) => `${prompt.replace('pmpt', 'pmptv')}_${version}`),
      await three('/budgets', () => ({ scope: 'end_user', period: 'day', limit: '1' })),
      await three('/prices', (n) => ({ model: `node ${n}`, input: '1', output: '1' })),
      await three('/api_keys', () => ({ name: 'node' })),
    ];
    const find = (count: number) => readNodes(kinds.flatMap((kind) => kind.slice(0, count)));
    const [one, many] = [await statementsOf(() => find(1)), await statementsOf(() => find(3))];
    // Prompts in two, items in one, budgets and prices with what they hold.
    expect(one).toHaveLength(6);
    expect(many).toHaveLength(6);
  });

  it('of a batch let one run into a conversation and keep the others out', async () => {
    const client = new pg.Client({ connectionString: server.databaseUrl });
    await client.connect();
    const conversationId = newUuid();
    const begin = (over = {}) => runBeginning(server.projectId, over);
    const batch = [begin({ conversationId }), begin(), begin({ conversationId })];
    const outcomes = await beginRuns(withTypes(client), OWNER, batch, '');
    await client.end();
    expect(outcomes.map(({ kind }) => kind)).toEqual(['placed', 'placed', 'locked']);
  });

  it('find their rows by index once the tables are full', async () => {
    const first = await ask({ input: 'x' });
    const get = () => server.rest('GET', `/responses/${first}`);
    sent = [];
    await get();
    // What is planned for small tables is not kept.
    expect(sent.filter(({ name }) => name !== undefined)).toEqual([]);
    await fillTables(server.sql, server.projectId, 20_000);
    await server.sql('analyze');
    // Every now and then it is looked whether they are in use.
    for (let count = 0; count < 70; count += 1) await get();
    sent = [];
    const events = await server.rest('POST', '/responses', {
      model: 'any',
      input: 'x',
      previous_response_id: first,
      stream: true,
    });
    expect(events.body).toContain('response.completed');
    await server.rest('GET', `/responses/${first}`);
    const { body: input } = await server.rest('GET', `/responses/${first}/input_items`);
    await readNodes([input.data[0].id]);
    const hot = sent.filter(({ text }) => /responses|items|response_events|threads/.test(text));
    expect(hot.length).toBeGreaterThanOrEqual(7);
    for (const { text, values } of hot) {
      const rows = await server.sql<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).not.toMatch(READS_ALL);
    }
    const planned = sent.filter(({ name }) => name !== undefined);
    expect(planned.length).toBeGreaterThanOrEqual(4);
    for (const { text } of planned) {
      const rows = await server.sql<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${text}`);
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).not.toMatch(READS_ALL);
    }
  });
});
