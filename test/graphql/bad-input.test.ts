import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startTestApp, type TestApp } from '../support/app.js';
import { createHttpClient, type Result } from './support/client.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;

beforeAll(async () => {
  // No model answers: whatever gets as far as a run is refused there.
  app = await startTestApp({ config: { models: [{ name: 'only', provider: 'local' }] } });
  http = createHttpClient(app);
});
afterAll(() => app.stop());

const NUMBER_OF_BODIES = 2000;
const AT_ONCE = 20;

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    '',
    '\u0000',
    '\ud800',
    -1,
    2 ** 31,
    1e308,
    'x'.repeat(70_000),
    [],
    {},
    { __proto__: null },
  ),
);
const maybe = (value: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 30, arbitrary: value }, { weight: 1, arbitrary: junk });
const text = fc.string({ unit: 'binary', maxLength: 40 });
const id = fc.constantFrom(
  'resp_00000000000000000000000000000000',
  'conv_00000000000000000000000000000000',
  'pmpt_1',
  'a\u0000b',
  '',
);

const metadata = fc.oneof(fc.dictionary(text, text, { maxKeys: 3 }), junk);

const content = fc.oneof(
  fc.record({ text: maybe(text) }),
  fc.record({
    parts: fc.array(fc.oneof(fc.record({ text }), fc.record({ json: junk }), fc.record({ image: junk })), {
      maxLength: 3,
    }),
  }),
);
const item = fc.oneof(
  fc.record({
    message: fc.record({ role: maybe(fc.constantFrom('USER', 'ASSISTANT', 'SYSTEM')), content: maybe(content) }),
  }),
  fc.record({ functionCallOutput: fc.record({ callId: maybe(text), output: maybe(content) }) }),
  fc.record({ functionCall: fc.record({ callId: text, name: text, arguments: text }) }),
  fc.record({ itemReference: id }),
  fc.record({ json: junk }),
);
const tool = fc.oneof(
  fc.record({ function: fc.record({ name: maybe(text), parameters: junk }) }),
  fc.record({ fileSearch: fc.record({ maxNumResults: maybe(fc.integer()), filters: junk }) }),
  fc.record({ json: junk }),
);
/** Each on its own can be what a request breaks on, so a request gets few of them. */
const parameters: Record<string, fc.Arbitrary<unknown>> = {
  model: maybe(fc.constantFrom('nobody', '', '\u0000')),
  input: maybe(fc.oneof(fc.record({ text }), fc.record({ items: fc.array(maybe(item), { maxLength: 4 }) }))),
  instructions: maybe(text),
  previousResponseId: maybe(id),
  conversationId: maybe(id),
  prompt: maybe(fc.record({ id, version: maybe(fc.integer()), variables: junk })),
  tools: maybe(fc.array(tool, { maxLength: 3 })),
  toolChoice: maybe(fc.oneof(fc.record({ function: text }), fc.record({ json: junk }))),
  metadata,
  temperature: maybe(fc.double()),
  maxOutputTokens: maybe(fc.integer()),
  text: maybe(fc.record({ format: maybe(fc.record({ jsonSchema: fc.record({ name: text, schema: junk }) })) })),
  include: maybe(fc.array(text)),
  user: maybe(text),
};
const responseInput = fc
  .subarray(Object.keys(parameters), { maxLength: 3 })
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, parameters[name]!]))))
  .map((given) => ({ model: 'only', input: { text: 'Hello.' }, ...given }));

const CREATE =
  'mutation M($input: CreateResponseInput!) { createResponse(input: $input) { response { id } userErrors { code field message } } }';
const CONVERSATION =
  'mutation M($input: CreateConversationInput!) { createConversation(input: $input) { conversation { id items { nodes { __typename id type } } } userErrors { code } } }';
const ADD =
  'mutation M($input: AddConversationItemsInput!) { addConversationItems(input: $input) { items { id } userErrors { code } } }';
const PROMPT =
  'mutation M($input: CreatePromptInput!) { createPrompt(input: $input) { prompt { id variables tools { type } } userErrors { code } } }';
const READ =
  'query Q($id: ID!, $first: Int, $after: String) { nodes(ids: [$id]) { id } response(id: $id) { id } conversation(id: $id) { id } responses(first: $first, after: $after, filter: { model: $after, conversationId: $id }) { nodes { id } } }';

const body = fc.oneof(
  { weight: 6, arbitrary: responseInput.map((input): unknown => ({ query: CREATE, variables: { input } })) },
  {
    weight: 2,
    arbitrary: fc
      .record({ items: maybe(fc.array(maybe(item), { maxLength: 4 })), metadata }, { requiredKeys: [] })
      .map((input): unknown => ({ query: CONVERSATION, variables: { input } })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ conversationId: id, items: fc.array(item, { maxLength: 3 }) })
      .map((input): unknown => ({ query: ADD, variables: { input } })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record(
        { name: maybe(text), instructions: maybe(text), variables: junk, tools: maybe(fc.array(tool)), metadata },
        { requiredKeys: ['name'] },
      )
      .map((input): unknown => ({ query: PROMPT, variables: { input } })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ id: maybe(id), first: maybe(fc.integer()), after: maybe(text) })
      .map((variables): unknown => ({ query: READ, variables })),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '(',
          ')',
          'query',
          'fragment F on Response',
          '...F',
          'response',
          ':',
          '"',
          '"""',
          '$a',
          '@skip',
          '#',
          '\u0000',
          '\ud800',
          '[',
          '7e9',
        ),
        { maxLength: 30 },
      )
      .map((words): unknown => ({ query: words.join(' ') })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ query: junk, variables: junk, operationName: junk, extensions: junk }, { requiredKeys: [] }),
  },
  { weight: 1, arbitrary: junk },
);

const isOurFault = (status: number, { errors }: Result<unknown>): boolean =>
  status >= 500 ||
  (errors ?? []).some(({ extensions }) => extensions.code === 'internal_error' || (extensions.status ?? 0) >= 500);

/** The code of the refusal, or the name of what was done. */
const outcomeOf = ({ data, errors }: Result<Record<string, { userErrors?: { code: string }[] }>>): string =>
  errors?.[0]?.extensions.code ??
  Object.entries(data ?? {})
    .map(([name, payload]) => payload?.userErrors?.[0]?.code ?? name)
    .join();

describe('whatever is sent to /graphql', () => {
  it('is refused or answered, and never breaks the server', async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(body, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (bodies) => {
        const answers = await Promise.all(bodies.map((sent) => http.post(sent)));
        for (const [index, { status, body: answer }] of answers.entries()) {
          outcomes.add(outcomeOf(answer));
          if (isOurFault(status, answer))
            throw new Error(`${JSON.stringify(bodies[index])} → ${status} ${JSON.stringify(answer)}`);
          if (answer.errors !== undefined) expect(answer.errors[0]?.extensions.requestId).toMatch(/^req_/);
        }
      }),
      { numRuns: NUMBER_OF_BODIES / AT_ONCE, endOnFailure: true },
    );
    // Had everything been refused at the door, this would prove little.
    expect(outcomes.size).toBeGreaterThan(12);
    expect([...outcomes]).toContain('createResponse');
    expect((await http.data('{ viewer { project { name } } }')).viewer.project.name).toBe('default');
  });
});
