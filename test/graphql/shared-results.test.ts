import { describe, expect, it } from '@jest/globals';
import { type ExecutionResult, execute, parse } from 'graphql';
import type { ResponseEvent } from '../../src/domain/response-event.js';
import type { Context } from '../../src/graphql/context.js';
import { createEventReader } from '../../src/graphql/events/event-reader.js';
import { buildGraphQLSchema } from '../../src/graphql/index.js';
import { createSubscribe, isPrinted, type Results } from '../../src/graphql/transports/result-stream.js';
import { createSharing } from '../../src/graphql/transports/shared-results.js';

const schema = buildGraphQLSchema();
const subscribe = createSubscribe(schema);

const response = {
  id: `resp_${'1'.repeat(32)}`,
  status: 'completed',
  model: 'm',
  created_at: 1,
  conversation: { id: `conv_${'2'.repeat(32)}` },
  output: [{ type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] }],
};
const bodies = [
  { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'H"i' },
  { type: 'response.unheard_of', anything: [1] },
  { type: 'response.completed', response },
];
const events: ResponseEvent[] = bodies.map((body, sequenceNumber) => ({
  sequenceNumber,
  type: body.type,
  json: JSON.stringify({ ...body, sequence_number: sequenceNumber }),
}));

const reader = createEventReader();
function contextOf(): Context {
  const conversations = { load: async () => ({ id: '2222', createdAtMs: 0 }) };
  async function* follow() {
    yield events;
  }
  return {
    principal: { scopes: ['responses:read', 'conversations:read'] },
    services: { responses: { follow: async () => follow() } },
    signal: new AbortController().signal,
    events: reader,
    loaders: { conversations },
    renewLoaders: () => undefined,
    abandon: () => undefined,
  } as unknown as Context;
}

const ask = (selection: string) =>
  parse(`subscription { told: responseEvents(id: "x") { ${selection} } }
    fragment Ended on ResponseCompletedEvent { response { id status createdAt usage { totalTokens } } }`);

async function resultsOf(document: ReturnType<typeof parse>): Promise<Results[]> {
  const stream = await subscribe({ schema, document, contextValue: contextOf() });
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
  const results: Results[] = [];
  for await (const each of stream) results.push(each);
  return results;
}

const printedOf = async (document: ReturnType<typeof parse>) =>
  (await resultsOf(document)).flatMap((results) => (isPrinted(results) ? results : []));

const theirs = (document: ReturnType<typeof parse>) =>
  Promise.all(events.map((rootValue) => execute({ schema, document, rootValue, contextValue: contextOf() })));

describe('what many are told of one run', () => {
  it.each([
    'type sequenceNumber ... on OutputTextDeltaEvent { delta itemId } ... on OtherResponseEvent { json }',
    '__typename ...Ended',
    'type ... on ResponseCompletedEvent { response { outputText } }',
  ])('is printed once for all of them, as graphql-js would for each: %s', async (selection) => {
    const document = ask(selection);
    const [printed, again] = [await printedOf(document), await printedOf(document)];
    expect(printed.map(({ json }) => json)).toEqual((await theirs(document)).map((each) => JSON.stringify(each)));
    expect(again.map((each, n) => each === printed[n])).toEqual(printed.map(() => true));
  });

  it.each([
    'type ... on ResponseCompletedEvent { response { conversation { id } } }',
    'type ... on ResponseCompletedEvent { response { previousResponse { id } } }',
    'type @include(if: true)',
  ])('is executed for each where it may differ: %s', async (selection) => {
    const document = ask(selection);
    const results = await resultsOf(document);
    const told = results.flatMap((each): ExecutionResult[] =>
      isPrinted(each) ? each.map(({ json }) => JSON.parse(json)) : [each],
    );
    expect(JSON.stringify(told)).toBe(JSON.stringify(await theirs(document)));
    expect(results.some((each) => !isPrinted(each))).toBe(true);
  });

  it('is nothing of other subscriptions', () => {
    const document = parse('subscription { conversationEvents(id: "x") { type } }');
    expect(createSharing(schema)({ schema, document })).toBeNull();
  });
});
