import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { collect, connectWs, createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';

/** What security scanners of GraphQL look for, on a server that only its own applications call: no findings. */
let app: TestApp;
let http: ReturnType<typeof createHttpClient>;
beforeAll(async () => {
  app = await startTestApp({ config: { graphql: { introspection: false, playground: false } } });
  http = createHttpClient(app);
});
afterAll(() => app.stop());

const repeat = (count: number, each: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => each(n)).join(' ');
const authorization = () => ({ authorization: `Bearer ${app.key}` });
const get = (path: string, headers: Record<string, string> = authorization()) =>
  fetch(`${app.url}${path}`, { headers });

/** The errors of a document on every transport; they have to be the same. */
async function refusals(query: string, variables?: Record<string, unknown>) {
  const overHttp = (await http.post({ query, variables })).body;
  const ws = connectWs(app.url, authorization());
  const overSocket = await collect(ws.iterate({ query, variables: variables ?? null })).then(
    ([result]) => result?.errors ?? [],
    (thrown) => thrown as typeof overHttp.errors,
  );
  await ws.dispose();
  const stream = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { ...authorization(), 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
  });
  const frame = /event: next\ndata: (.*)/.exec(await stream.text())?.[1] ?? '{}';
  const all = [overHttp.errors ?? [], overSocket ?? [], JSON.parse(frame).errors ?? []];
  const shown = all.map((errors) =>
    errors.map(({ message, extensions: { code, limit } }: never) => ({ message, code, limit })),
  );
  expect(shown[1]).toEqual(shown[0]);
  expect(shown[2]).toEqual(shown[0]);
  return shown[0] as { message: string; code: string; limit?: string }[];
}

describe('information', () => {
  it.each([
    ['introspection', getIntrospectionQuery()],
    ['introspection of one type', '{ __type(name: "Query") { fields { name } } }'],
    [
      'circular introspection',
      '{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }',
    ],
  ])('%s is off', async (_name, query) => {
    const errors = await refusals(query);
    expect(errors.map(({ message }) => message)).toContainEqual(expect.stringContaining('introspection'));
  });

  it.each([
    ['of fields', '{ respons(id: "x") { id } }', {}],
    ['of arguments', '{ response(idd: "x") { id } }', {}],
    ['of types', 'query ($x: Respons) { __typename }', {}],
    ['of enum values', '{ responses(filter: { status: COMPLETE }) { nodes { id } } }', {}],
    [
      'of enum values in variables',
      'query ($f: ResponseFilter) { responses(filter: $f) { nodes { id } } }',
      { f: { status: 'COMPLETE' } },
    ],
    [
      'of input fields in variables',
      'query ($f: ResponseFilter) { responses(filter: $f) { nodes { id } } }',
      { f: { stat: 1 } },
    ],
  ])('no suggestions %s', async (_name, query, variables) => {
    const errors = await refusals(query, variables);
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
  });

  it('no schema, no IDE, no landing page', async () => {
    for (const path of [
      '/schema.graphql',
      '/playground',
      '/playground/',
      '/graphiql',
      '/console',
      '/altair',
      '/voyager',
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect(await (await get('/')).text()).not.toMatch(/playground|schema\.graphql/);
    const page = await get('/graphql', { ...authorization(), accept: 'text/html' });
    expect(page.headers.get('content-type')).not.toContain('html');
  });

  it('no traces, no debugging, no name of the engine', async () => {
    const answer = await http.post({ query: '{ nothing }' });
    expect(JSON.stringify(answer.body)).not.toMatch(/stack|node_modules|\.ts|\.js|tracing/i);
    expect(answer.headers.get('x-powered-by')).toBeNull();
    expect(answer.headers.get('server')).toBeNull();
    const traced = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: {
        ...authorization(),
        'content-type': 'application/json',
        'apollo-federation-include-trace': 'ftv1',
        'x-apollo-tracing': '1',
      },
      body: '{"query":"{ __typename }"}',
    });
    const { extensions, ...told } = (await traced.json()) as { extensions: object };
    expect([Object.keys(told), Object.keys(extensions)]).toEqual([['data'], ['cost']]);
  });

  it('faults inside are told without their cause, on every transport', async () => {
    await app.sql('alter table prompts rename to hidden');
    try {
      expect(await refusals('{ prompts { nodes { id } } }')).toEqual([
        { message: 'The server had an internal error.', code: 'internal_error', limit: undefined },
      ]);
    } finally {
      await app.sql('alter table hidden rename to prompts');
    }
  });

  it('nothing without a key, not even a word on the document', async () => {
    for (const query of ['{ __typename }', '{ nothing }', '{']) {
      const { status, body } = await http.post({ query }, { key: null });
      expect([status, body.errors?.[0]?.extensions.code]).toEqual([401, 'invalid_api_key']);
    }
  });
});

describe('denial of service', () => {
  it('faults of variables do not repeat what was sent again and again', async () => {
    const sent = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`unknown${n}`, 'x'.repeat(1_000)]));
    const errors = await refusals('query ($f: ResponseFilter) { responses(filter: $f) { nodes { id } } }', { f: sent });
    expect(errors).toHaveLength(6);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(errors[0]?.message).toMatch(
      /^Variable "\$f" got invalid value .* "unknown0" is not defined by type "ResponseFilter"\.$/,
    );
    expect(JSON.stringify(errors).length).toBeLessThan(10_000);
  });

  it('an id without end is not repeated', async () => {
    const [error] = await refusals('mutation ($id: ID!) { deleteResponse(id: $id) { deletedId } }', {
      id: `resp_${'x'.repeat(500_000)}`,
    });
    expect(error?.code).toBe('not_found');
    expect(error?.message.length).toBeLessThan(2_000);
  });

  it.each([
    ['aliases', 'aliases', `{ viewer { ${repeat(101, (n) => `a${n}: __typename`)} } }`],
    ['directives', 'directives', `{ __typename ${repeat(60, () => '@include(if: true)')} }`],
    ['unknown directives', 'directives', `{ __typename ${repeat(500, (n) => `@a${n}`)} }`],
    ['field duplication', 'duplicates', `{ viewer { project { ${repeat(500, () => 'name')} } } }`],
    ['field duplication at the top', 'rootFields', `{ ${repeat(500, () => '__typename')} }`],
    ['fragment duplication', 'fragments', `{ ${repeat(500, (n) => `...F${n % 50}`)} }`],
    ['depth', 'depth', `{ response(id: "x") { ${'previousResponse { '.repeat(20)} id ${'} '.repeat(20)} } }`],
    [
      'lists of lists',
      'cost',
      '{ responses(first: 100) { nodes { conversation { items(first: 100) { nodes { id } } } } } }',
    ],
    ['tokens', 'tokens', `{ ${repeat(6000, (n) => `a${n}`)} }`],
  ])('%s are limited, on every transport', async (_name, limit, query) => {
    expect((await refusals(query)).map((error) => error.limit)).toContain(limit);
    expect((await http.post({ query })).status).toBe(400);
  });

  it('fragments cannot contain themselves', async () => {
    const errors = await refusals('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }');
    expect(errors[0]?.message).toMatch(/within itself/);
  });

  it('batches are off', async () => {
    const batch = Array.from({ length: 10 }, () => ({ query: '{ __typename }' }));
    const answer = await http.post(batch);
    expect(answer.status).toBe(400);
    expect(answer.body.data).toBeUndefined();
  });

  it('pages have a largest size', async () => {
    const errors = await refusals('{ responses(first: 101) { nodes { id } } }');
    expect(errors).toMatchObject([{ code: 'integer_above_max_value' }]);
  });

  it('texts that are made to be slow are read in one pass', async () => {
    const MiB = (1 << 20) - 100;
    for (const text of [
      `{ a(b: "${'\\"'.repeat(MiB / 2)}`,
      `"""${'\\"""'.repeat(MiB / 4)}`,
      '"\n'.repeat(MiB / 2),
      '{'.repeat(MiB),
    ])
      expect((await http.post({ query: text })).status).toBe(400);
  });
});

describe('requests of foreign pages', () => {
  const MUTATION = 'mutation { createConversation(input: {}) { conversation { id } } }';

  it('a GET changes nothing', async () => {
    const answer = await get(`/graphql?query=${encodeURIComponent(MUTATION)}`);
    expect(answer.status).toBe(405);
    expect((await http.data('{ conversations { nodes { id } } }')).conversations.nodes).toEqual([]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])('a POST of %j is not read', async (type) => {
    const answer = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...authorization(), ...(type === '' ? {} : { 'content-type': type }) },
      body: new TextEncoder().encode(
        type.includes('urlencoded') ? `query=${encodeURIComponent(MUTATION)}` : JSON.stringify({ query: MUTATION }),
      ),
    });
    expect(answer.status).toBe(415);
    expect((await http.data('{ conversations { nodes { id } } }')).conversations.nodes).toEqual([]);
  });

  it('a form of operations is not read without a header that a page must ask for first', async () => {
    const body = new FormData();
    body.set('operations', JSON.stringify({ query: MUTATION, variables: { file: null } }));
    body.set('map', '{"file":["variables.file"]}');
    body.set('file', new Blob(['text']), 'a.txt');
    const answer = await fetch(`${app.url}/graphql`, { method: 'POST', headers: authorization(), body });
    expect(answer.status).toBe(400);
    expect((await http.data('{ conversations { nodes { id } } }')).conversations.nodes).toEqual([]);
  });

  it('no page of another origin may read an answer', async () => {
    const answer = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...authorization(), 'content-type': 'application/json', origin: 'https://evil.example' },
      body: '{"query":"{ __typename }"}',
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(`${app.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('a key is never taken from a cookie or the address', async () => {
    const query = encodeURIComponent('{ __typename }');
    expect((await get(`/graphql?query=${query}`, { cookie: `authorization=Bearer ${app.key}` })).status).toBe(401);
    expect((await get(`/graphql?query=${query}&api_key=${app.key}&authorization=${app.key}`, {})).status).toBe(401);
  });
});
