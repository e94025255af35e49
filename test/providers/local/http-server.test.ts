import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { createEmbedder } from '../../../src/providers/local/embedder.js';
import { jsonSchema, tool, toolTurn, user } from './support/chat.js';
import type { Chunk } from './support/client.js';
import { startModelServer, type TestServer } from './support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

/** What a reader makes of a stream. */
function fold(chunks: Chunk[]) {
  let content = '';
  const annotations: unknown[] = [];
  const calls: { name: string; arguments: string }[] = [];
  let reason: string | null = null;
  for (const chunk of chunks) {
    const choice = chunk.choices[0];
    if (choice === undefined) continue;
    content += choice.delta.content ?? '';
    annotations.push(...(choice.delta.annotations ?? []));
    for (const call of choice.delta.tool_calls ?? []) {
      calls[call.index] ??= { name: call.function.name ?? '', arguments: '' };
      const known = calls[call.index];
      if (known !== undefined) known.arguments += call.function.arguments;
    }
    reason = choice.finish_reason ?? reason;
  }
  return { content, annotations, calls, reason, usage: chunks.at(-1)?.usage };
}

const weather = tool('get_weather', 'Get the current weather for a city', { location: { type: 'string' } }, [
  'location',
]);
const roof = 'The roof of the town hall is painted dark green.';
const found = { results: [{ url: 'https://example.com/', title: 'Hall', text: roof, score: 1 }] };
const requests: [string, unknown, Record<string, unknown>][] = [
  ['text', 'Count from 1 to 50', {}],
  ['text of emoji', 'Echo 👩‍👩‍👧 naïve 👋🏽', {}],
  ['parallel calls', 'get_weather in Rome, file_search too', { tools: [weather, tool('file_search')] }],
  ['citations', [user('What colour is the roof?'), ...toolTurn('web_search', found)], {}],
  ['JSON', 'age: 5', jsonSchema({ type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] })],
  ['a cut answer', 'Count from 1 to 50', { max_tokens: 7 }],
  ['a cut call', 'get_weather in Rome', { tools: [weather], max_completion_tokens: 5 }],
  ['a stop sequence', 'Count from 1 to 50', { stop: [', 4', 'x'] }],
];

describe('POST /v1/chat/completions', () => {
  it.each(requests)('says the same in a stream and in one piece: %s', async (_, messages, rest) => {
    const whole = await server.client.chat(messages, rest);
    const choice = whole.choices[0];
    const streamed = fold(await server.client.stream(messages, rest));
    expect(streamed).toEqual({
      content: choice?.message.content ?? '',
      annotations: choice?.message.annotations ?? [],
      calls: (choice?.message.tool_calls ?? []).map((call) => ({
        name: call.function.name,
        arguments: call.function.arguments,
      })),
      reason: choice?.finish_reason,
      usage: whole.usage,
    });
  });

  it('sends one token per delta, after a first one with the role', async () => {
    const chunks = await server.client.stream('Count from 1 to 3');
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content)).toEqual([
      '',
      '1',
      ',',
      ' ',
      '2',
      ',',
      ' ',
      '3',
      undefined,
      undefined,
    ]);
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 7 } });
  });
  it('sends no usage that was not asked for', async () => {
    const chunks = await server.client.stream('Hello', { stream_options: undefined });
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
  });
  it('reports exact tokens: the answer’s, and the texts plus framing of the prompt', async () => {
    const text = 'Echo the quick brown fox <|endoftext|> 👋';
    const { choices, usage } = await server.client.chat([{ role: 'system', content: 'Be brief.' }, user(text)]);
    const count = (part: string) => encode(part, { disallowedSpecial: new Set() }).length;
    expect(usage?.completion_tokens).toBe(count(choices[0]?.message.content ?? ''));
    expect(usage?.prompt_tokens).toBe(count('Be brief.') + count(text) + 2 * 4 + 3);
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });
  it('ends with `length` exactly at the limit, inside a call’s arguments too', async () => {
    const text = await server.client.chat('Count from 1 to 50', { max_tokens: 7 });
    expect(text.choices[0]).toMatchObject({ message: { content: '1, 2, 3' }, finish_reason: 'length' });
    expect(text.usage?.completion_tokens).toBe(7);
    const call = await server.client.chat('get_weather in Rome', { tools: [weather], max_tokens: 5 });
    expect(call.choices[0]?.finish_reason).toBe('length');
    expect(call.choices[0]?.message.tool_calls?.[0]?.function.arguments).toBe('{"location":"');
    expect(call.usage?.completion_tokens).toBe(5);
  });
  it('shows no half of a code point when the limit falls inside one', async () => {
    for (let limit = 1; limit <= 8; limit += 1) {
      const { choices } = await server.client.chat('Echo 👩‍👩‍👧x', { max_tokens: limit });
      const content = choices[0]?.message.content ?? '?';
      expect('👩‍👩‍👧x'.startsWith(content)).toBe(true);
      expect(encode(content).length).toBeLessThanOrEqual(limit);
    }
  });
  it('does not say `length` for an answer that just fits', async () => {
    const { choices } = await server.client.chat('Count from 1 to 3', { max_tokens: 7 });
    expect(choices[0]?.finish_reason).toBe('stop');
  });
  it('streams citations in chat style with the place of each quote', async () => {
    const messages = [user('What colour is the roof?'), ...toolTurn('web_search', found)];
    const { annotations, content } = fold(await server.client.stream(messages));
    const place = { start_index: 0, end_index: content.length };
    expect(annotations).toEqual([
      { type: 'url_citation', url_citation: { url: 'https://example.com/', title: 'Hall', ...place } },
    ]);
    const files = { results: [{ file_id: 'file_1', filename: 'hall.md', text: roof, score: 1 }] };
    const { choices } = await server.client.chat([user('What colour is the roof?'), ...toolTurn('file_search', files)]);
    expect(choices[0]?.message.annotations).toEqual([
      { type: 'file_citation', file_citation: { file_id: 'file_1', filename: 'hall.md', index: roof.length } },
    ]);
  });
  it('answers under its own name, whatever model is asked for', async () => {
    for (const model of ['gpt-oss-120b', 'local', ''])
      expect((await server.client.chat('Hello', { model })).model).toBe('local-extractive-1');
  });
  it('has no model local-script unless that is enabled', async () => {
    const { status, body } = await server.client.json('/v1/chat/completions', {
      model: 'local-script',
      messages: [user('@say hi')],
    });
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
  });
  it('is deterministic', async () => {
    const ask = () => server.client.chat('What is the weather in Paris?', { tools: [weather], temperature: 2 });
    const args = async () => (await ask()).choices[0]?.message.tool_calls?.map((call) => call.function);
    expect(await args()).toEqual(await args());
  });
  it('goes on serving when a reader leaves in the middle', async () => {
    const body = JSON.stringify({ model: 'x', stream: true, messages: [user('Count from 1 to 10000')] });
    const socket = connect(server.socketPath);
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    expect((await server.client.chat('Count from 1 to 2')).choices[0]?.message.content).toBe('1, 2');
    expect(server.faults).toEqual([]);
  });
});

describe('bad requests', () => {
  const message = user('x');
  it.each<[string, unknown, number, string | null]>([
    ['no JSON', '{', 400, null],
    ['no object', '[]', 400, null],
    ['no model', { messages: [message] }, 400, 'model'],
    ['a model that is no string', { model: 5, messages: [message] }, 400, 'model'],
    ['no messages', { model: 'x' }, 400, 'messages'],
    ['an empty list', { model: 'x', messages: [] }, 400, 'messages'],
    ['an unknown role', { model: 'x', messages: [{ role: 'robot', content: 'x' }] }, 400, 'messages[0]'],
    ['content that is no text', { model: 'x', messages: [{ role: 'user', content: 5 }] }, 400, 'messages[0].content'],
    ['several choices', { model: 'x', messages: [message], n: 2 }, 400, 'n'],
    ['a tool without a name', { model: 'x', messages: [message], tools: [{ type: 'function' }] }, 400, 'tools[0]'],
    ['a limit of zero', { model: 'x', messages: [message], max_tokens: 0 }, 400, 'max_tokens'],
    [
      'an unknown format',
      { model: 'x', messages: [message], response_format: { type: 'xml' } },
      400,
      'response_format',
    ],
    [
      'a call without a function',
      { model: 'x', messages: [{ role: 'assistant', tool_calls: [{}] }] },
      400,
      'messages[0].tool_calls',
    ],
  ])('refuses %s in the envelope', async (_, body, expected, param) => {
    const { status, text } = await server.client.post('/v1/chat/completions', body);
    expect(status).toBe(expected);
    expect(JSON.parse(text)).toMatchObject({
      error: { message: expect.any(String), type: 'invalid_request_error', param },
    });
  });
  it('answers 404 for a path it does not have', async () => {
    const { status, body } = await server.client.json('/v1/nothing', {});
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { type: 'invalid_request_error' } });
  });
});

describe('the other routes', () => {
  it('counts tokens of many texts', async () => {
    const { body } = await server.client.json('/v1/tokenize', {
      texts: ['hello world', '', '<|endoftext|>', 'a'.repeat(50_000)],
    });
    expect(body).toEqual({ counts: [2, 0, 7, 6_250] });
    expect((await server.client.json('/v1/tokenize', { texts: 'x' })).status).toBe(400);
  });
  it('embeds texts as unit vectors, as numbers or base64, alike every time', async () => {
    const input = ['My name is Alice.', 'What is my name?', ...Array.from({ length: 20 }, (_, i) => `Text ${i}.`)];
    const { body } = await server.client.json('/v1/embeddings', { model: 'any', input });
    const vectors = (body.data as { embedding: number[] }[]).map((entry) => entry.embedding);
    expect(vectors).toHaveLength(22);
    const dot = (a: number[] = [], b: number[] = []) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
    expect(dot(vectors[0], vectors[0])).toBeCloseTo(1, 4);
    expect(dot(vectors[0], vectors[1])).toBeCloseTo(0.62, 1);
    const packed = await server.client.json('/v1/embeddings', {
      model: 'any',
      input: input[0],
      encoding_format: 'base64',
    });
    const bytes = Buffer.from((packed.body.data as { embedding: string }[])[0]?.embedding ?? '', 'base64');
    expect(bytes.byteLength).toBe(384 * 4);
    expect(bytes.readFloatLE(0)).toBeCloseTo(vectors[0]?.[0] ?? 9, 5);
    expect(body).toMatchObject({ model: 'local-embedding-2', usage: { prompt_tokens: expect.any(Number) } });
  });
  it.each([
    ['an empty text', ['']],
    ['no text', []],
    ['tokens', [[1, 2]]],
    ['a text over the limit', ['word '.repeat(8_200)]],
  ])('refuses to embed %s', async (_, input) => {
    expect((await server.client.json('/v1/embeddings', { model: 'any', input })).status).toBe(400);
  });
  it('lists what it serves and how it judges nearness', async () => {
    const { body } = await server.client.json('/v1/models');
    const data = body.data as { id: string; owned_by: string }[];
    expect(data.map((model) => model.id)).toEqual(['local-extractive-1', 'local-embedding-2']);
    expect(data[0]).toMatchObject({ owned_by: 'built-in', aliases: ['local'], similarity: { method: 'embeddings' } });
  });
});

describe('without the embedding model', () => {
  let broken: TestServer;
  beforeAll(async () => {
    broken = await startModelServer({
      embedder: createEmbedder({ workerUrl: new URL('file:///nowhere/embedding-worker.js') }),
    });
  });
  afterAll(() => broken.close());

  it('judges by shared words instead, and says so', async () => {
    const messages = [user('My name is Alice.'), user('What is my name?')];
    expect((await broken.client.chat(messages)).choices[0]?.message.content).toBe('You said: "My name is Alice."');
    const { body } = await broken.client.json('/v1/models');
    expect(body.data).toMatchObject([
      { similarity: { method: 'lexical', state: 'failed', reason: expect.stringContaining('could not be loaded') } },
      { available: false },
    ]);
  });
  it('refuses to embed with a 503 instead of making up vectors', async () => {
    const { status, body } = await broken.client.json('/v1/embeddings', { model: 'any', input: 'x' });
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: { code: 'embeddings_unavailable' } });
  });
});
