import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { createHttpClient } from './support/client.js';

/** Enough to meet every kind of fault many times; together more than 2,000 bodies. */
const RUNS = 500;
const CONCURRENCY = 16;

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '__proto__',
    'constructor',
    `resp_${'0'.repeat(32)}`,
    'x'.repeat(600),
  ),
);
const anything = fc.jsonValue({ maxDepth: 4 });
/** Mostly what belongs there, sometimes anything at all. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary }, { weight: 1, arbitrary: anything });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(mostly(arbitrary), { nil: undefined, freq: 3 });

const metadata = fc.dictionary(text, text, { maxKeys: 18 });
const tool = fc.oneof(
  fc.constantFrom({ fileSearch: {} }, { webSearch: {} }, { json: { type: 'mcp' } }, { json: null }),
  fc.record({ function: fc.record({ name: text, parameters: anything }) }),
);
const item = fc.oneof(
  fc.record({
    message: fc.record({
      role: fc.constantFrom('USER', 'ASSISTANT', 'SYSTEM', 'DEVELOPER'),
      content: fc.record({ text }),
    }),
  }),
  fc.record({ functionCallOutput: fc.record({ callId: text, output: fc.record({ text }) }) }),
  fc.record({ itemReference: text }),
  fc.record({ json: anything }),
);
const createResponse = fc.record(
  {
    model: mostly(text),
    input: mostly(fc.oneof(fc.record({ text }), fc.record({ items: fc.array(mostly(item), { maxLength: 4 }) }))),
    instructions: maybe(text),
    previousResponseId: maybe(text),
    conversationId: maybe(text),
    prompt: maybe(fc.record({ id: text, variables: anything })),
    tools: maybe(fc.array(mostly(tool), { maxLength: 3 })),
    maxOutputTokens: maybe(fc.integer()),
    temperature: maybe(fc.double()),
    metadata: maybe(metadata),
    store: maybe(fc.boolean()),
    stream: maybe(fc.boolean()),
    background: maybe(fc.boolean()),
  },
  { requiredKeys: [] },
);

describe('generated input over GraphQL never breaks the server', () => {
  let upstream: Upstream;
  let server: TestApp;
  let graphql: ReturnType<typeof createHttpClient>;
  beforeAll(async () => {
    upstream = await startUpstream();
    server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null }, limits: { graceMs: 50 } });
    graphql = createHttpClient(server);
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  /** Sends generated bodies, several at a time, and looks at every answer. */
  const throwAt = async (toBody: (value: unknown) => unknown, arbitrary: fc.Arbitrary<unknown>): Promise<void> => {
    const seed = Date.now() & 0x7fffffff;
    const values = fc.sample(arbitrary, { seed, numRuns: RUNS });
    const send = async (): Promise<void> => {
      for (let value = values.pop(); value !== undefined; value = values.pop()) {
        const body = toBody(value);
        const answer = await graphql.post(body);
        const codes = (answer.body.errors ?? []).map(({ extensions }) => extensions?.code);
        const isSound =
          answer.status < 500 && !codes.includes('internal_error') && !codes.includes('INTERNAL_SERVER_ERROR');
        if (!isSound)
          throw new Error(`seed ${seed}: ${answer.status} ${JSON.stringify(answer.body)} for ${JSON.stringify(body)}`);
        for (const error of answer.body.errors ?? []) expect(typeof error.extensions.code).toBe('string');
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, send));
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  };

  const mutation = (name: string, input: string) =>
    `mutation ($input: ${input}!) { ${name}(input: $input) { userErrors { code field message } } }`;

  it(
    'createResponse',
    () =>
      throwAt(
        (input) => ({ query: mutation('createResponse', 'CreateResponseInput'), variables: { input } }),
        mostly(createResponse),
      ),
    60_000,
  );

  it('conversations and their items', async () => {
    const made = await graphql.data('mutation { createConversation(input: {}) { conversation { id } } }');
    const { id } = made.createConversation.conversation;
    await throwAt(
      (input) => ({ query: mutation('createConversation', 'CreateConversationInput'), variables: { input } }),
      fc.record(
        { items: maybe(fc.array(mostly(item), { maxLength: 22 })), metadata: maybe(metadata) },
        { requiredKeys: [] },
      ),
    );
    await throwAt(
      (items) => ({
        query: mutation('addConversationItems', 'AddConversationItemsInput'),
        variables: { input: { conversationId: id, items } },
      }),
      fc.array(mostly(item), { maxLength: 22 }),
    );
  }, 60_000);

  it(
    'prompts',
    () =>
      throwAt(
        (input) => ({ query: mutation('createPrompt', 'CreatePromptInput'), variables: { input } }),
        fc.record(
          {
            name: mostly(text),
            displayName: maybe(text),
            instructions: maybe(text),
            model: maybe(text),
            temperature: maybe(fc.double()),
            tools: maybe(fc.array(mostly(tool), { maxLength: 3 })),
            variables: maybe(fc.dictionary(text, fc.option(text))),
            metadata: maybe(metadata),
          },
          { requiredKeys: ['name'] },
        ),
      ),
    60_000,
  );

  it(
    'arguments of queries, and documents that are none',
    () =>
      throwAt(
        (value) => value,
        fc.oneof(
          fc.record({
            query: fc.constant(
              `query ($id: ID!, $first: Int, $after: String) {
              response(id: $id) { id } conversation(id: $id) { id } node(id: $id) { id } prompt(by: { name: $id }) { id }
              responses(first: $first, after: $after) { nodes { id } } conversations(first: $first, before: $after) { nodes { id } }
            }`,
            ),
            variables: fc.record({ id: mostly(text), first: maybe(fc.integer()), after: maybe(text) }),
          }),
          fc.record({ query: text, variables: anything, operationName: maybe(text) }),
          anything,
        ),
      ),
    60_000,
  );
});
