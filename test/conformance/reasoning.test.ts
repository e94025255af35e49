import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import type { ResponseInputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/** A model's thoughts: shown where the upstream shows them, carried by the client under seal, and given back to the model. */
let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({
    config: {
      providers: [{ id: 'thinker', base_url: upstream.url, reasoning_field: 'reasoning_content' }],
      models: [{ name: '*', provider: 'thinker' }],
    },
  });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

const model = 'thinking-model';
const THOUGHT = 'The user greets me. ';
const include = ['reasoning.encrypted_content'] as const;
const lastMessages = () => upstream.requests.at(-1)?.body?.messages;
const thinks = () => upstream.enqueue({ reasoning: THOUGHT, text: 'Hello!' });

/** A stateless turn with its thoughts sealed. */
async function think(): Promise<OpenAI.Responses.Response> {
  thinks();
  return client.responses.create({ model, input: 'Hello', store: false, include: [...include] });
}
const reasoningOf = ({ output }: OpenAI.Responses.Response) => {
  const [item] = output;
  if (item?.type !== 'reasoning') throw new Error(`first came ${item?.type}`);
  return item;
};

it('raw thoughts are an item of their own, in front of the answer, with their events', async () => {
  thinks();
  const events: ResponseStreamEvent[] = [];
  for await (const event of await client.responses.create({ model, input: 'Hello', stream: true })) events.push(event);
  const said = events.flatMap((event) => (event.type === 'response.reasoning_text.delta' ? [event.delta] : []));
  expect(said.join('')).toBe(THOUGHT);
  const last = events.at(-1);
  if (last?.type !== 'response.completed') throw new Error(`ended with ${last?.type}`);
  expect(last.response.output).toMatchObject([
    { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: THOUGHT }] },
    { type: 'message', content: [{ text: 'Hello!' }] },
  ]);
  expect(JSON.stringify(events)).not.toContain('encrypted_content');
  expect((await client.responses.retrieve(last.response.id)).output).toEqual(last.response.output);
});

describe('encrypted_content', () => {
  it('appears when included, in events and answers alike, and hides what it holds', async () => {
    thinks();
    const stream = client.responses.stream({ model, input: 'Hello', include: [...include] });
    const done: ResponseStreamEvent[] = [];
    stream.on('response.output_item.done', (event) => done.push(event));
    const response = await stream.finalResponse();
    const sealed = reasoningOf(response).encrypted_content;
    expect(sealed).toEqual(expect.any(String));
    expect(Buffer.from(String(sealed), 'base64url').toString('latin1')).not.toContain('greets');
    expect(JSON.stringify(done)).toContain(String(sealed));
    const read = await client.responses.retrieve(response.id, { include: [...include] });
    expect(reasoningOf(read).encrypted_content).toBe(sealed);
    expect(reasoningOf(await client.responses.retrieve(response.id)).encrypted_content).toBeUndefined();
  });

  it('carries the thoughts of a stateless chain back to the model, whatever the client kept beside it', async () => {
    const first = await think();
    const { content: _content, ...kept } = reasoningOf(first);
    upstream.enqueue({ text: 'Again hello.' });
    const second = await client.responses.create({
      model,
      input: [
        { role: 'user', content: 'Hello' },
        kept,
        ...(first.output.slice(1) as ResponseInputItem[]),
        { role: 'user', content: 'And?' },
      ],
      store: false,
    });
    expect(second.output_text).toBe('Again hello.');
    expect(lastMessages()).toEqual([
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello!', reasoning_content: THOUGHT },
      { role: 'user', content: 'And?' },
    ]);
  });

  it('works in stored chains and conversations too', async () => {
    const first = await think();
    const { content: _content, ...kept } = reasoningOf(first);
    const conversation = await client.conversations.create({ items: [{ role: 'user', content: 'Hello' }, kept] });
    await client.responses.create({ model, input: 'And?', conversation: conversation.id });
    const stored = await client.responses.create({
      model,
      input: [{ role: 'user', content: 'Hello' }, kept, ...(first.output.slice(1) as ResponseInputItem[])],
    });
    await client.responses.create({ model, input: 'And?', previous_response_id: stored.id });
    expect(lastMessages()?.find((message) => message.reasoning_content === THOUGHT)).toBeDefined();
  });

  it.each([
    ['was changed', (blob: string) => `${blob.slice(0, -4)}AAAA`],
    ['was cut', (blob: string) => blob.slice(0, 30)],
    ['is not ours', () => 'gAAAAABmadeElsewhere'],
    ['is empty', () => ''],
  ])('that %s is refused', async (_what, spoil) => {
    const item = reasoningOf(await think());
    const encrypted_content = spoil(String(item.encrypted_content));
    const before = upstream.requests.length;
    const { status, body } = await server.rest('POST', '/responses', {
      model,
      input: [{ ...item, encrypted_content }],
    });
    expect({ status, error: body.error }).toMatchObject({
      status: 400,
      error: { type: 'invalid_request_error', code: 'invalid_encrypted_content', param: 'input' },
    });
    expect(upstream.requests.length).toBe(before);
  });

  it('opens in no other project', async () => {
    const item = reasoningOf(await think());
    const foreign = await server.createForeignKey();
    const input = [item, { role: 'user', content: 'And?' }];
    const { status, body } = await server.rest('POST', '/responses', { model, input }, foreign);
    expect({ status, code: body.error.code }).toEqual({ status: 400, code: 'invalid_encrypted_content' });
  });
});

describe('reasoning.context', () => {
  const thought = (text: string) => ({ type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text }] });
  const input = [
    { role: 'user', content: 'one' },
    thought('early'),
    { role: 'assistant', content: 'ok' },
    { role: 'user', content: 'two' },
    thought('late'),
    { role: 'assistant', content: 'well' },
  ];
  it.each([
    ['all_turns', ['early', 'late']],
    ['auto', ['early', 'late']],
    ['current_turn', ['late']],
  ])('%s: the model sees %j again; what was sent is kept whole', async (context, seen) => {
    const { body } = await server.rest('POST', '/responses', { model, input, reasoning: { context } });
    expect(lastMessages()?.flatMap((message) => message.reasoning_content ?? [])).toEqual(seen);
    expect((await server.rest('GET', `/responses/${body.id}/input_items`)).body.data).toHaveLength(input.length);
  });
});
