import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GraphQLObjectType, getNamedType, isLeafType } from 'graphql';
import { buildGraphQLSchema } from '../../src/graphql/index.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createHttpClient } from './support/client.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;
let id: string;

const response = buildGraphQLSchema().getType('Response') as GraphQLObjectType;
/** Every field of a response, with something below it where that is needed. */
const fields = Object.values(response.getFields()).map(({ name, type }) => {
  const named = getNamedType(type);
  if (isLeafType(named)) return name;
  return `${name} { ${named.name.endsWith('Connection') ? 'nodes { id }' : '__typename'} }`;
});

beforeAll(async () => {
  app = await startTestApp();
  http = createHttpClient(app);
  const prompt = (await app.rest('POST', '/prompts', { name: 'asked', instructions: 'Answer.' })).body.id;
  const conversation = (await app.rest('POST', '/conversations', {})).body.id;
  const body = { model: 'local', input: 'Hello.', metadata: { a: 'b' }, prompt: { id: prompt }, conversation };
  id = (await app.rest('POST', '/responses', body)).body.id;
});
afterAll(() => app.stop());

describe('a list of responses', () => {
  it.each(fields)('shows %s, asked alone, as the response itself does', async (field) => {
    const alone = await http.data(`query ($id: ID!) { response(id: $id) { ${field} } }`, { id });
    const listed = await http.data(`{ responses { nodes { ${field} } edges { node { ${field} } } } }`);
    expect(listed.responses).toEqual({ nodes: [alone.response], edges: [{ node: alone.response }] });
  });

  it('reads what fragments, aliases and a repeated list ask for', async () => {
    const { responses } = await http.data(`
      query ($no: Boolean = false) {
        responses { ...Page }
        responses { nodes { background } edges @include(if: true) { node { ... on Node { ... on Response { store } } } } }
      }
      fragment Page on ResponseConnection { nodes { told: metadata usage { totalTokens } ...Entry } }
      fragment Entry on Response { status instructions @skip(if: $no) }`);
    expect(responses.nodes[0]).toEqual({
      told: { a: 'b' },
      usage: { totalTokens: expect.any(Number) },
      status: 'COMPLETED',
      instructions: 'Answer.',
      background: false,
    });
    expect(responses.edges).toEqual([{ node: { store: true } }]);
  });
});
