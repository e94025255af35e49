import { composeServices } from '@apollo/composition';
import { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, isObjectType, isUnionType, parse } from 'graphql';
import { createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';

/** A company's own subgraph: tickets that refer to responses and prompts, and a field of its own on every conversation. */
const TICKETS = `
  type Ticket @key(fields: "id") { id: ID!  title: String!  answer: Response  prompt: Prompt  talk: Conversation }
  type Response @key(fields: "id", resolvable: false) { id: ID! }
  type Prompt @key(fields: "id", resolvable: false) { id: ID! }
  type Conversation @key(fields: "id") { id: ID!  rating: Int! }
  type PageInfo @shareable { hasNextPage: Boolean! }
`;

let app: TestApp;
let router: ApolloServer;
let ids: { response: string; prompt: string; conversation: string };
/** What the gateway passes on as the caller's key. */
let key: string;

function tickets() {
  const schema = buildSchema(`
    scalar _Any
    union _Entity = Conversation
    type _Service { sdl: String! }
    type Ticket { id: ID!  title: String!  answer: Response  prompt: Prompt  talk: Conversation }
    type Response { id: ID! }
    type Prompt { id: ID! }
    type Conversation { id: ID!  rating: Int! }
    type PageInfo { hasNextPage: Boolean! }
    type Query { tickets: [Ticket!]!  _entities(representations: [_Any!]!): [_Entity]!  _service: _Service! }
  `);
  const union = schema.getType('_Entity');
  if (isUnionType(union)) union.resolveType = () => 'Conversation';
  const fields = schema.getQueryType()?.getFields() ?? {};
  if (fields._entities)
    fields._entities.resolve = (_root, { representations }) =>
      representations.map(({ id }: { id: string }) => ({ id }));
  const conversation = schema.getType('Conversation');
  const rating = isObjectType(conversation) ? conversation.getFields().rating : undefined;
  if (rating) rating.resolve = ({ id }: { id: string }) => id.length;
  if (fields.tickets)
    fields.tickets.resolve = () => [
      {
        id: '1',
        title: 'It works',
        answer: { id: ids.response },
        prompt: { id: ids.prompt },
        talk: { id: ids.conversation },
      },
      { id: '2', title: 'Lost', answer: { id: `resp_${'0'.repeat(32)}` }, prompt: { id: 'nonsense' }, talk: null },
    ];
  return schema;
}

beforeAll(async () => {
  app = await startTestApp({ config: { graphql: { federation: true } } });
  ({ key } = app);
  const conversation = (await app.rest('POST', '/conversations', { metadata: { about: 'a ticket' } })).body.id;
  const prompt = (await app.rest('POST', '/prompts', { name: 'support', instructions: 'Help.' })).body.id;
  const response = (await app.rest('POST', '/responses', { model: 'local-script', input: '@say 42', conversation }))
    .body.id;
  ids = { response, prompt, conversation };
  const { _service } = await createHttpClient(app).data('{ _service { sdl } }');
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';
  const { supergraphSdl, errors } = composeServices([
    { name: 'antiphon', url: `${app.url}/graphql`, typeDefs: parse(_service.sdl) },
    { name: 'tickets', url: 'local', typeDefs: parse(`${link} ${TICKETS} type Query { tickets: [Ticket!]! }`) },
  ]);
  expect(errors).toBeUndefined();
  const gateway = new ApolloGateway({
    supergraphSdl: supergraphSdl as string,
    buildService: ({ name, url }) =>
      name === 'tickets'
        ? new LocalGraphQLDataSource(tickets())
        : new RemoteGraphQLDataSource({
            url: url as string,
            willSendRequest: ({ request }) => request.http?.headers.set('authorization', `Bearer ${key}`),
          }),
  });
  router = new ApolloServer({ gateway });
  await router.start();
});
afterAll(async () => {
  await router.stop();
  await app.stop();
});

// biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
async function ask(query: string): Promise<any> {
  const { body } = await router.executeOperation({ query });
  return body.kind === 'single' ? body.singleResult : null;
}

describe('as a subgraph of a federation', () => {
  it('a router joins what another subgraph refers to, in one query', async () => {
    const { data, errors } = await ask(`{
      tickets {
        title
        answer { status outputText conversation { metadata rating } }
        prompt { name instructions }
        talk { rating items(first: 1) { nodes { id } } }
      }
    }`);
    expect(errors).toBeUndefined();
    expect(data.tickets).toEqual([
      {
        title: 'It works',
        answer: {
          status: 'COMPLETED',
          outputText: '42',
          conversation: { metadata: { about: 'a ticket' }, rating: 37 },
        },
        prompt: { name: 'support', instructions: 'Help.' },
        talk: { rating: 37, items: { nodes: [{ id: expect.stringMatching(/^msg_/) }] } },
      },
      { title: 'Lost', answer: null, prompt: null, talk: null },
    ]);
  });

  it('its own queries and mutations go through the router as they are', async () => {
    const { data } = await ask(`mutation {
      createResponse(input: { model: "local-script", input: { text: "@say through" } }) { response { outputText } userErrors { message } }
    }`);
    expect(data.createResponse).toEqual({ response: { outputText: 'through' }, userErrors: [] });
  });

  it('references are read with the rights of the caller’s key', async () => {
    const entities = (representations: object[], asked = app.key) =>
      createHttpClient(app).run(
        `query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename ... on Response { id } ... on Conversation { id } } }`,
        { representations },
        asked,
      );
    const response = { __typename: 'Response', id: ids.response };
    expect((await entities([response, { __typename: 'Conversation', id: ids.response }])).data._entities).toEqual([
      response,
      null,
    ]);
    expect((await entities([response], await app.createForeignKey())).data._entities).toEqual([null]);
    const denied = await entities([response], await app.createKey({ scopes: ['prompts:read'] }));
    expect(denied.data).toEqual({ _entities: [null] });
    expect(denied.errors).toMatchObject([
      { path: ['_entities', 0], extensions: { code: 'permission_denied', status: 403 } },
    ]);
    for (const wrong of [
      { __typename: 'File', id: 'x' },
      { id: ids.response },
      { __typename: 'Response' },
      { __typename: 'toString', id: 'x' },
    ])
      expect((await entities([wrong])).errors?.[0]?.extensions).toMatchObject({
        status: 400,
        param: 'representations',
      });
    expect((await entities(Array.from({ length: 101 }, () => response))).errors?.[0]?.extensions).toMatchObject({
      code: 'array_above_max_length',
    });
  });

  it('tells nobody how long its fields took', async () => {
    const answer = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${app.key}`,
        'content-type': 'application/json',
        'apollo-federation-include-trace': 'ftv1',
      },
      body: JSON.stringify({ query: '{ models { id } }' }),
    });
    const { data, extensions } = (await answer.json()) as { data: object; extensions: object };
    expect(data).toMatchObject({ models: expect.anything() });
    expect(Object.keys(extensions)).toEqual(['cost']);
  });

  it('is off unless asked for', async () => {
    const plain = await startTestApp();
    const { errors } = await createHttpClient(plain).run('{ _service { sdl } }');
    expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    await plain.stop();
  });
});
