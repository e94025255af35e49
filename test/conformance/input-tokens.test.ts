import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';

describe('responses.inputTokens', () => {
  let server: TestApp;
  let client: OpenAI;
  beforeAll(async () => {
    server = await startTestApp();
    client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
  });
  afterAll(() => server.stop());

  const model = 'local';
  const weather = {
    type: 'function' as const,
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    strict: false,
  };
  const format = {
    type: 'json_schema' as const,
    name: 'city',
    schema: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  };
  const textFile = `data:text/plain;base64,${Buffer.from('Paris is the capital of France.').toString('base64')}`;

  it.each<[string, OpenAI.Responses.ResponseCreateParamsNonStreaming]>([
    ['a text', { model, input: 'How many tokens are these?' }],
    ['instructions', { model, instructions: 'Be brief, be kind.', input: 'Hello' }],
    ['text in another script', { model, input: '東京は日本の首都です。' }],
    [
      'messages of every role',
      {
        model,
        input: [
          { role: 'system', content: 'System.' },
          { role: 'developer', content: 'Developer.' },
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'One.' },
              { type: 'input_text', text: 'Two.' },
            ],
          },
          { role: 'assistant', content: 'Answer.' },
          { role: 'user', content: 'And?' },
        ],
      },
    ],
    [
      'calls and their outputs',
      {
        model,
        input: [
          { role: 'user', content: 'Where is it warm?' },
          { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Rome"}' },
          { type: 'function_call', call_id: 'call_2', name: 'get_weather', arguments: '{"city":"Oslo"}' },
          { type: 'function_call_output', call_id: 'call_1', output: '30 degrees' },
          { type: 'function_call_output', call_id: 'call_2', output: '5 degrees' },
        ],
      },
    ],
    ['tools', { model, input: 'Hello', tools: [weather], tool_choice: 'none' }],
    ['a schema', { model, input: 'The city is Rome.', text: { format } }],
    [
      'a text file',
      {
        model,
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_file', filename: 'a.txt', file_data: textFile },
              { type: 'input_text', text: 'What is the capital?' },
            ],
          },
        ],
      },
    ],
  ])('counts %s exactly as the built-in model bills it', async (_what, request) => {
    const response = await client.responses.create(request);
    const counted = await client.responses.inputTokens.count(request as OpenAI.Responses.InputTokenCountParams);
    expect(counted).toMatchObject({ object: 'response.input_tokens', input_tokens: response.usage?.input_tokens });
  });

  it('counts what came before: a chain, a conversation, a prompt', async () => {
    const first = await client.responses.create({ model, input: 'My name is Alice.' });
    const next = { model, input: 'What is my name?', previous_response_id: first.id };
    const chained = await client.responses.inputTokens.count(next);
    expect((await client.responses.create(next)).usage?.input_tokens).toBe(chained.input_tokens);

    const { id } = await client.conversations.create({
      items: [{ type: 'message', role: 'user', content: 'Rex is a dog.' }],
    });
    const inside = { model, input: 'Who is Rex?', conversation: id };
    const { input_tokens } = await client.responses.inputTokens.count(inside);
    expect((await client.responses.create(inside)).usage?.input_tokens).toBe(input_tokens);
    expect((await client.responses.inputTokens.count(inside)).input_tokens).toBeGreaterThan(input_tokens);

    await server.rest('POST', '/prompts', { name: 'kind', instructions: 'Be kind to {{who}}.' });
    const prompted = { model, input: 'Hello', prompt: { id: 'kind', variables: { who: 'everybody you meet' } } };
    const { body } = await server.rest('POST', '/responses/input_tokens', prompted);
    expect((await client.responses.create(prompted)).usage?.input_tokens).toBe(body.input_tokens);
  });

  it('needs neither a model nor input', async () => {
    const empty = await client.responses.inputTokens.count({});
    const text = await client.responses.inputTokens.count({ input: 'One two three' });
    expect(text.input_tokens).toBe(empty.input_tokens + 3 + 4);
    expect((await server.rest('POST', '/responses/input_tokens')).body).toEqual({
      object: 'response.input_tokens',
      input_tokens: empty.input_tokens,
    });
  });

  it('does not take the text of an image for what the model sees of it', async () => {
    const image_url = `data:image/png;base64,${'A'.repeat(100_000)}`;
    const counted = await client.responses.inputTokens.count({
      input: [{ role: 'user', content: [{ type: 'input_image', image_url, detail: 'auto' }] }],
    });
    expect(counted.input_tokens).toBeGreaterThan(500);
    expect(counted.input_tokens).toBeLessThan(1500);
  });

  it('stores nothing and costs nothing', async () => {
    const rows = async () => {
      const tables = ['responses', 'items', 'ledger', 'runs', 'reservations'];
      return Promise.all(tables.map((table) => server.sql(`select count(*) from ${table}`)));
    };
    const before = await rows();
    const key = await server.createKey({ budgets: [{ period: 'total', cap: 0n }] });
    expect((await server.rest('POST', '/responses/input_tokens', { input: 'x', store: true }, key)).status).toBe(200);
    expect(await rows()).toEqual(before);
  });

  it.each<[string, object, number, object]>([
    ['a model name that is too long', { model: 'x'.repeat(257) }, 400, { param: 'model' }],
    ['an unknown parent', { previous_response_id: 'resp_0' }, 400, { code: 'previous_response_not_found' }],
    ['an unknown conversation', { conversation: `conv_${'0'.repeat(32)}` }, 404, { param: 'conversation' }],
    [
      'an output without its call',
      { input: [{ type: 'function_call_output', call_id: 'c', output: 'x' }] },
      400,
      { param: 'input' },
    ],
    ['a tool without a name', { tools: [{ type: 'function' }] }, 400, { param: 'tools[0].name' }],
  ])('refuses %s as a create would', async (_what, body, status, error) => {
    const answer = await server.rest('POST', '/responses/input_tokens', body);
    expect([answer.status, answer.body.error]).toMatchObject([status, error]);
  });

  it('is a query in GraphQL, with faults in the payload', async () => {
    const graphql = createHttpClient(server);
    const query = `query ($input: CreateResponseInput!) {
      inputTokens(input: $input) { inputTokens userErrors { code field } }
    }`;
    const { input_tokens } = await client.responses.inputTokens.count({
      instructions: 'Be brief.',
      input: 'Hello there',
    });
    const asked = { instructions: 'Be brief.', input: { text: 'Hello there' } };
    expect(await graphql.data(query, { input: asked })).toEqual({
      inputTokens: { inputTokens: input_tokens, userErrors: [] },
    });
    expect(await graphql.data(query, { input: { previousResponseId: 'resp_0' } })).toEqual({
      inputTokens: {
        inputTokens: null,
        userErrors: [{ code: 'previous_response_not_found', field: 'previousResponseId' }],
      },
    });
  });

  it('keeps what is another project’s to itself', async () => {
    const { id } = await client.responses.create({ model, input: 'Secret.' });
    const foreign = await server.createForeignKey();
    const answer = await server.rest('POST', '/responses/input_tokens', { previous_response_id: id }, foreign);
    expect(answer.body.error.code).toBe('previous_response_not_found');
  });
});
