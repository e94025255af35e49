import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/** Every call has exactly one output before the model runs again, and every output its call: in a request, a chain, a conversation. */
let upstream: Upstream;
let server: TestApp;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

const model = 'test-model';
const user = { role: 'user', content: 'Hello' };
const tools = [{ type: 'function', name: 'look' }];
const callItem = { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' };
const outputItem = { type: 'function_call_output', call_id: 'call_1', output: 'seen' };
const customCall = { type: 'custom_tool_call', call_id: 'call_2', name: 'sql', input: 'select 1' };
const customOutput = { type: 'custom_tool_call_output', call_id: 'call_2', output: '1' };

const create = (body: object) => server.rest('POST', '/responses', { model, ...body });

/** Sends what is refused, and sees that nothing went upstream. */
async function refused(body: object): Promise<{ code: string | null; param: string | null; message: string }> {
  const before = upstream.requests.length;
  const answer = await create(body);
  expect({ status: answer.status, error: answer.body.error }).toMatchObject({
    status: 400,
    error: { type: 'invalid_request_error', code: null, param: 'input' },
  });
  expect(upstream.requests.length).toBe(before);
  return answer.body.error;
}

describe('in one request', () => {
  it.each<[string, object[], string]>([
    ['an output without a call', [user, outputItem], 'No tool call found for tool output with call_id call_1.'],
    ['an output of another kind', [customCall, { ...customOutput, call_id: 'x' }, customOutput], 'call_id x'],
    ['an output before its call', [outputItem, callItem], 'No tool call found'],
    ['a call without an output', [user, callItem], 'No tool output found for tool call call_1.'],
    ['a custom call without one', [user, customCall], 'No tool output found for tool call call_2.'],
    ['two calls of one id', [callItem, callItem, outputItem], 'Duplicate tool call with call_id call_1.'],
    ['two outputs', [callItem, outputItem, outputItem], 'Duplicate tool output for call call_1.'],
  ])('%s is refused by name', async (_what, input, message) => {
    expect((await refused({ input })).message).toContain(message);
  });

  it('calls with their outputs pass', async () => {
    const { body } = await create({ input: [user, callItem, customCall, customOutput, outputItem] });
    expect(body.status).toBe('completed');
  });
});

describe('in a chain', () => {
  const called = async () => {
    upstream.enqueue({ toolCalls: [{ id: 'call_1', name: 'look', arguments: '{}' }] });
    return (await create({ input: 'Hello', tools })).body.id as string;
  };

  it('going on without the output is refused; with it the chain goes on, and forks', async () => {
    const id = await called();
    expect((await refused({ previous_response_id: id, input: 'And?' })).message).toContain('call_1');
    expect((await refused({ previous_response_id: id })).message).toContain('call_1');
    expect(
      (await refused({ previous_response_id: id, input: [{ ...outputItem, call_id: 'call_9' }] })).message,
    ).toContain('call_9');
    for (const _fork of [1, 2])
      expect((await create({ previous_response_id: id, input: [outputItem] })).body).toMatchObject({
        status: 'completed',
        output: [{ content: [{ text: 'The tool said: seen' }] }],
      });
  });

  it('an output that was given already is refused the second time', async () => {
    const id = await called();
    const { body } = await create({ previous_response_id: id, input: [outputItem] });
    expect((await refused({ previous_response_id: body.id, input: [outputItem] })).message).toContain('Duplicate');
  });
});

describe('in a conversation', () => {
  it('any item is taken in; a run is refused until calls and outputs match', async () => {
    const made = await server.rest('POST', '/conversations', { items: [user, callItem] });
    expect(made.status).toBe(201);
    const conversation = made.body.id as string;
    expect((await refused({ conversation, input: 'And?' })).message).toContain('call_1');
    expect((await server.rest('POST', `/conversations/${conversation}/items`, { items: [outputItem] })).status).toBe(
      200,
    );
    expect((await create({ conversation, input: 'And?' })).body.status).toBe('completed');
  });

  it('taking the call out mends it as well', async () => {
    const made = await server.rest('POST', '/conversations', { items: [user, callItem] });
    const conversation = made.body.id as string;
    const call = made.body.items[1].id as string;
    await server.rest('DELETE', `/conversations/${conversation}/items/${call}`);
    expect((await create({ conversation, input: 'And?' })).body.status).toBe('completed');
  });

  it('over GraphQL the refusal names the input', async () => {
    const made = await server.rest('POST', '/conversations', { items: [callItem] });
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation Ask($input: CreateResponseInput!) { createResponse(input: $input) { response { id } userErrors { code field message } } }`,
        variables: { input: { model, conversationId: made.body.id, input: { text: 'And?' } } },
      }),
    });
    expect(await answer.json()).toMatchObject({
      data: { createResponse: { response: null, userErrors: [{ field: 'input' }] } },
    });
  });

  it('what changes between planning and the start of a run is noticed, and the conversation stays free', async () => {
    const { body: made } = await server.rest('POST', '/conversations', { items: [user] });
    const conversation = made.id as string;
    const runs = await Promise.all([
      ...Array.from({ length: 4 }, () => create({ conversation, input: 'And?' })),
      server.rest('POST', `/conversations/${conversation}/items`, { items: [callItem] }),
    ]);
    for (const { status, body } of runs.slice(0, 4))
      if (status !== 200) expect([null, 'conversation_locked']).toContain(body.error.code);
    await server.rest('POST', `/conversations/${conversation}/items`, { items: [outputItem] });
    expect((await create({ conversation, input: 'Now?' })).body.status).toBe('completed');
  });
});
