import { describe, expect, it } from '@jest/globals';
import { execute, parse, specifiedRules, validate } from 'graphql';
import { errors } from '../../src/domain/errors.js';
import type { ResponseRecord } from '../../src/domain/response.js';
import type { Context } from '../../src/graphql/context.js';
import { createExecution } from '../../src/graphql/execution/index.js';
import { buildGraphQLSchema } from '../../src/graphql/index.js';

const schema = buildGraphQLSchema();
const executeOurs = createExecution(schema);

const row = (n: number): Partial<ResponseRecord> => ({
  id: `01a1ff0a-ac71-7080-9703-00000000000${n}`,
  status: n % 2 === 0 ? 'completed' : 'failed',
  model: `model "${n}"`,
  createdAtMs: 1_770_000_000_123 + n * 1000,
  completedAtMs: n % 3 === 0 ? null : 1_770_000_009_999,
  background: n % 2 === 0,
  usage: n % 2 === 0 ? { inputTokens: n, cachedInputTokens: 0, outputTokens: 2, reasoningTokens: 0 } : null,
  metadata: { n: String(n) },
  error: n % 2 === 0 ? null : { code: 'server_error', message: 'Upstream is gone.' },
});

/** A context whose list of responses is this; tells how often it was read. */
function contextOf(list: () => unknown) {
  let reads = 0;
  const context = {
    principal: { scopes: ['responses:read'] },
    loaders: { outputs: { load: async () => [] } },
    services: {
      responses: {
        async list() {
          reads += 1;
          return { rows: list(), hasNext: true, hasPrevious: false };
        },
      },
    },
  } as unknown as Context;
  return { context, reads: () => reads };
}

/** The result of ours and of graphql-js alone, and how often ours read the list. */
async function both(query: string, list: () => unknown, variableValues: Record<string, unknown> = {}) {
  const document = parse(query);
  expect(validate(schema, document, specifiedRules)).toEqual([]);
  const own = contextOf(list);
  const ours = await executeOurs({ document, variableValues, contextValue: own.context });
  const theirs = await execute({ schema, document, variableValues, contextValue: contextOf(list).context });
  return { ours, theirs, reads: own.reads() };
}

const rows = [0, 1, 2, 3].map(row);

/** Operations, and whether all they ask for are members. graphql-js makes results without a prototype, ours have one. */
const OPERATIONS: [what: string, isPlain: boolean, query: string, ...variables: Record<string, unknown>[]][] = [
  ['a list', true, '{ responses(first: 50) { nodes { id status model createdAt background } } }'],
  ['members of members', true, '{ responses { nodes { completedAt usage { totalTokens } error { code } metadata } } }'],
  ['names and aliases', true, '{ a: responses { __typename b: nodes { __typename c: id d: id } } }'],
  ['pages', true, '{ responses { pageInfo { hasNextPage endCursor startCursor } edges { cursor node { id } } } }'],
  [
    'fragments, and a list that is asked twice',
    true,
    `{ ...Page responses { nodes { ... on Node { id } model } } }
     fragment Page on Query { responses { nodes { ...Entry } } }
     fragment Entry on Response { status }`,
  ],
  ['two lists', true, '{ a: responses(first: 2) { nodes { id } } b: responses(last: 3) { nodes { model } } }'],
  ['variables', true, 'query ($n: Int!) { responses(first: $n) { nodes { id } } }', { n: 3 }],
  ['variables that are wrong', false, 'query ($n: Int!) { responses(first: $n) { nodes { id } } }', { n: 'three' }],
  ['a directive', false, '{ responses { nodes { id model @skip(if: true) } } }'],
  ['a field that waits', false, '{ responses { nodes { id outputText } } }'],
  ['a name that objects have', false, '{ responses { nodes { __proto__: id } } }'],
  ['introspection', false, '{ __schema { queryType { name } } responses { nodes { id } } }'],
  ['a subject that may be of any type', false, '{ node(id: "none") { id } responses { nodes { id } } }'],
];

describe('what is executed without graphql-js', () => {
  it.each(OPERATIONS)('%s: the same result, member for member', async (_what, isPlain, query, ...[variables]) => {
    const { ours, theirs } = await both(query, () => rows, variables);
    expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
    expect(Object.getPrototypeOf(ours.data ?? Object.create(null)) !== null).toBe(isPlain);
  });

  it.each<[string, () => unknown]>([
    ['a missing member', () => [row(0), { ...row(1), model: null }]],
    ['a member of no kind', () => [{ ...row(0), status: 'unheard of' }]],
    ['a fault in place of a member', () => [{ ...row(0), model: new Error('No model.') }]],
    ['a member that is still to come', () => [{ ...row(0), model: Promise.resolve('late') }]],
    ['a member that comes to nothing', () => [{ ...row(0), model: Promise.reject(new Error('Never.')) }]],
    ['no list', () => 'rows'],
    ['an entry that is null', () => [null]],
    [
      'a list that cannot be read',
      () => {
        throw errors.notFound('resp_1');
      },
    ],
  ])('%s is told as graphql-js tells it, and nothing runs twice', async (_what, list) => {
    const { ours, theirs, reads } = await both('{ responses { nodes { id status model } } }', list);
    expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
    expect(reads).toBe(1);
  });

  it('a refused argument runs nothing', async () => {
    const { ours, theirs, reads } = await both('{ responses(first: 1000) { nodes { id } } }', () => rows);
    expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
    expect(ours.errors).toHaveLength(1);
    expect(reads).toBe(0);
  });

  it('a mutation whose payload waits for more runs once', async () => {
    let cancellations = 0;
    const context = {
      principal: { scopes: ['responses:write', 'responses:read'] },
      loaders: { outputs: { load: async () => [] } },
      services: {
        responses: {
          async cancel() {
            cancellations += 1;
            return row(0);
          },
        },
      },
    } as unknown as Context;
    const query = 'mutation { cancelResponse(id: "resp_1") { response { id outputText } userErrors { code } } }';
    for (const runs of [1, 2]) {
      const result = await executeOurs({ document: parse(query), contextValue: context });
      expect(result).toMatchObject({ data: { cancelResponse: { response: { outputText: '' }, userErrors: [] } } });
      expect(cancellations).toBe(runs);
    }
  });
});
