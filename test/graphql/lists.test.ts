import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startTestApp, type TestApp } from '../support/app.js';
import { createHttpClient } from './support/client.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;
beforeAll(async () => {
  app = await startTestApp();
  http = createHttpClient(app);
});
afterAll(() => app.stop());

interface Made {
  id: string;
  metadata: Record<string, string>;
  name: string;
}

const MAKERS: Record<string, (made: Omit<Made, 'id'>) => Promise<string>> = {
  conversations: async ({ metadata }) => (await app.rest('POST', '/conversations', { metadata })).body.id,
  vectorStores: async ({ metadata, name }) => (await app.rest('POST', '/vector_stores', { name, metadata })).body.id,
  prompts: async ({ name }) => (await app.rest('POST', '/prompts', { name, instructions: 'x' })).body.id,
  files: async ({ name }) => {
    const input = { filename: `${name}.txt`, text: name, purpose: 'USER_DATA' };
    const { createFile } = await http.data(
      'mutation ($input: CreateFileInput!) { createFile(input: $input) { file { id } userErrors { message } } }',
      { input },
    );
    return createFile.file.id;
  },
  apiKeys: async ({ name }) => {
    const { createApiKey } = await http.data(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } userErrors { message } } }',
      { input: { name } },
    );
    return createApiKey.apiKey.id;
  },
};

const TYPES: Record<string, string> = {
  conversations: 'ConversationFilter',
  vectorStores: 'VectorStoreFilter',
  prompts: 'PromptFilter',
  files: 'FileFilter',
  apiKeys: 'ApiKeyFilter',
};

async function page(
  list: string,
  args: { first?: number; last?: number; after?: string; before?: string; filter?: object; order?: string },
) {
  const query = `query ($first: Int, $last: Int, $after: String, $before: String, $filter: ${TYPES[list]}, $order: CreationOrder) {
    list: ${list}(first: $first, last: $last, after: $after, before: $before, filter: $filter, order: $order) {
      nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`;
  const { list: found } = await http.data(query, args);
  return { ids: found.nodes.map(({ id }: { id: string }) => id) as string[], ...found.pageInfo };
}

const everything = async (list: string, filter: object, order: string, first = 100): Promise<string[]> => {
  const ids: string[] = [];
  for (let after: string | undefined; ; ) {
    const found = await page(list, { first, filter, order, ...(after === undefined ? {} : { after }) });
    ids.push(...found.ids);
    if (!found.hasNextPage) return ids;
    after = found.endCursor;
  }
};

let count = 0;
const make = async (list: string, prefix: string, colour: string): Promise<Made> => {
  count += 1;
  const made = { name: `${prefix}-${count}`, metadata: { colour, number: String(count % 3) } };
  return { ...made, id: await (MAKERS[list] as (typeof MAKERS)[string])(made) };
};

describe('lists are filtered and ordered', () => {
  it.each(Object.keys(MAKERS))('%s: by time, in both orders', async (list) => {
    const before = new Date(Date.now() - 1).toISOString();
    const made: string[] = [];
    for (let n = 0; n < 3; n += 1) made.push((await make(list, 'time', 'red')).id);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const between = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const later = (await make(list, 'time', 'red')).id;
    const of = (filter: object, order = 'OLDEST_FIRST') => everything(list, filter, order, 2);
    expect(await of({ createdFrom: before, createdBefore: between })).toEqual(made);
    expect(await of({ createdFrom: before, createdBefore: between }, 'NEWEST_FIRST')).toEqual([...made].reverse());
    expect(await of({ createdFrom: between })).toEqual([later]);
    expect(await of({ createdBefore: '1999-01-01T00:00:00Z' })).toEqual([]);
  });

  it.each(['conversations', 'vectorStores'])('%s: by metadata', async (list) => {
    const made: Made[] = [];
    for (const colour of ['green', 'blue', 'green', 'blue', 'green']) made.push(await make(list, 'meta', colour));
    const ids = (metadata: object) =>
      made
        .filter((one) => Object.entries(metadata).every(([key, value]) => one.metadata[key] === value))
        .map(({ id }) => id);
    for (const metadata of [{ colour: 'green' }, { colour: 'blue', number: '1' }, { colour: 'none' }])
      expect(await everything(list, { metadata }, 'OLDEST_FIRST', 2)).toEqual(ids(metadata));
    const { body } = await http.post({ query: `{ ${list}(filter: { metadata: { a: 1 } }) { nodes { id } } }` });
    expect(body.errors?.[0]?.extensions).toMatchObject({ status: 400 });
  });

  it.each(['vectorStores', 'prompts', 'apiKeys'])('%s: by the beginning of the name, taken literally', async (list) => {
    const first = await make(list, 'name_a', 'red');
    const second = await make(list, 'nameXa', 'red');
    expect(await everything(list, { nameStartsWith: 'name_a' }, 'OLDEST_FIRST')).toEqual([first.id]);
    expect(await everything(list, { nameStartsWith: 'name' }, 'OLDEST_FIRST')).toEqual([first.id, second.id]);
    for (const nameStartsWith of ['%', 'name%', '\\', '\0', "'"])
      expect(await everything(list, { nameStartsWith }, 'OLDEST_FIRST')).toEqual([]);
  });

  it('keys: those that work, and those that have ended', async () => {
    const { id } = await make('apiKeys', 'ending', 'red');
    const { id: other } = await make('apiKeys', 'ending', 'red');
    await app.revokeKey(id);
    expect(await everything('apiKeys', { nameStartsWith: 'ending', live: true }, 'OLDEST_FIRST')).toEqual([other]);
    expect(await everything('apiKeys', { nameStartsWith: 'ending', live: false }, 'OLDEST_FIRST')).toEqual([id]);
  });

  it.each(['conversations', 'vectorStores', 'prompts'])(
    '%s: pages are stable while rows arrive, whatever the order, size and filter',
    async (list) => {
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            order: fc.constantFrom('NEWEST_FIRST', 'OLDEST_FIRST'),
            size: fc.integer({ min: 1, max: 4 }),
            before: fc.integer({ min: 0, max: 7 }),
            arrivals: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 6 }),
            backwards: fc.boolean(),
          }),
          async ({ order, size, before, arrivals, backwards }) => {
            count += 1;
            const batch = `batch${count}`;
            const filter = list === 'conversations' ? { metadata: { colour: batch } } : { nameStartsWith: batch };
            const there: string[] = [];
            for (let n = 0; n < before; n += 1) there.push((await make(list, batch, batch)).id);
            const late: string[] = [];
            const seen: string[] = [];
            const pending = [...arrivals];
            let cursor: string | undefined;
            for (;;) {
              const place = backwards
                ? { last: size, ...(cursor === undefined ? {} : { before: cursor }) }
                : { first: size, ...(cursor === undefined ? {} : { after: cursor }) };
              const found = await page(list, { ...place, filter, order });
              seen.push(...(backwards ? [...found.ids].reverse() : found.ids));
              if (!(backwards ? found.hasPreviousPage : found.hasNextPage)) break;
              cursor = backwards ? found.startCursor : found.endCursor;
              for (let n = pending.shift() ?? 0; n > 0; n -= 1) late.push((await make(list, batch, batch)).id);
            }
            const goesUp = (order === 'OLDEST_FIRST') !== backwards;
            // Every row that was there comes once and in order; new ones only at the end that is still ahead.
            const all = [...there, ...late];
            const expected = goesUp ? all.slice(0, Math.max(seen.length, there.length)) : [...there].reverse();
            expect(seen).toEqual(expected);
          },
        ),
        { numRuns: 10 },
      );
    },
  );

  it('an index finds what is asked for', async () => {
    const plan = async (sql: string): Promise<string> => {
      const rows = await app.sql<{ 'QUERY PLAN': string }>(`explain ${sql}`);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    await app.sql(
      `insert into threads (project_id, id, next_position) select $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 0 from generate_series(1, 20000) n`,
      [app.projectId],
    );
    await app.sql(
      `insert into conversations (project_id, id, metadata) select project_id, id, jsonb_build_object('user', right(id::text, 12)) from threads where id::text like '00000000-0000-7000-8000-%'`,
    );
    await app.sql('analyze conversations');
    const where = `project_id = '${app.projectId}'`;
    expect(
      await plan(
        `select id from conversations where ${where} and metadata @> '{"user":"000000000fff"}' order by id desc limit 21`,
      ),
    ).toContain('conversations_metadata');
  });
});
