import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'undici';
import { toolTurn, user } from '../support/chat.js';
import { startModelServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startModelServer({ enableScript: true });
});
afterAll(() => server.close());

const model = 'local-script';
const play = (script: string, rest: Record<string, unknown> = {}) => server.client.chat(script, { model, ...rest });
const message = async (script: string) => (await play(script)).choices[0]?.message;
const raw = (script: string, stream: boolean) =>
  server.client.post('/v1/chat/completions', { model, stream, messages: [user(script)] });

describe('local-script', () => {
  it('is listed and answers under its own name', async () => {
    const { body } = await server.client.json('/v1/models');
    expect((body.data as { id: string }[]).map(({ id }) => id)).toContain(model);
    expect((await play('@say hi')).model).toBe(model);
  });
  it('says, reasons and refuses', async () => {
    expect(await message('Please.\n@reason thinking\n@say a\\nb')).toMatchObject({
      reasoning_content: 'thinking',
      content: 'a\nb',
    });
    expect(await message('@refuse I will not.')).toMatchObject({ content: null, refusal: 'I will not.' });
  });
  it('makes parallel and malformed calls', async () => {
    const calls = (await message('@call f {"a": 1}\n@call g\n@malformed-arguments h'))?.tool_calls?.map(
      (call) => call.function,
    );
    expect(calls).toEqual([
      { name: 'f', arguments: '{"a": 1}' },
      { name: 'g', arguments: '{}' },
      { name: 'h', arguments: '{"broken": ' },
    ]);
  });
  it('goes on with the next turn after the tools', async () => {
    const script = '@call f\n@then\n@say found it';
    const after = [user(script), ...toolTurn('f', 'x')];
    expect((await server.client.chat(after, { model })).choices[0]?.message.content).toBe('found it');
    const further = [...after, ...toolTurn('f', 'y', 'again')];
    expect((await server.client.chat(further, { model })).choices[0]?.message.content).toBe('Done.');
  });
  it('streams as many tokens as told, up to the limit', async () => {
    expect((await play('@long 1000')).usage?.completion_tokens).toBe(1000);
    const cut = await play('@long 1000', { max_tokens: 10 });
    expect(cut).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 10 } });
    expect(await server.client.stream('@long 20', { model })).toHaveLength(22);
  });
  it('reports wrong usage or none, and any finish reason', async () => {
    expect((await play('@say a\n@usage 7 9')).usage).toEqual({
      prompt_tokens: 7,
      completion_tokens: 9,
      total_tokens: 16,
    });
    expect((await play('@say a\n@no-usage')).usage).toBeUndefined();
    expect((await play('@say a\n@finish content_filter')).choices[0]?.finish_reason).toBe('content_filter');
  });
  it('fails with a status before the first byte, and with an error event after it', async () => {
    const early = await raw('@status 429 3', true);
    expect(early).toMatchObject({ status: 429, headers: { 'retry-after': '3' } });
    expect(JSON.parse(early.text)).toMatchObject({ error: { type: 'requests', code: 'rate_limit_exceeded' } });
    const late = await raw('@say hi\n@status 500', true);
    expect(late.status).toBe(200);
    expect(late.text).toMatch(/"content":"hi"[\s\S]*data: \{"error":\{[^\n]+\n\n$/);
  });
  it('drops the connection in the middle, in a stream and in one piece', async () => {
    await expect(raw('@say hi\n@drop', true)).rejects.toThrow();
    await expect(raw('@say hi\n@drop', false)).rejects.toThrow();
  });
  it('writes raw bytes into the stream', async () => {
    expect((await raw('@raw data: {broken\n@say x', true)).text).toContain('data: {broken\n\n');
  });
  it('stalls until the reader leaves, and waits between tokens', async () => {
    const dispatcher = new Agent({ connect: { socketPath: server.socketPath } });
    const leave = new AbortController();
    const body = JSON.stringify({
      model,
      stream: true,
      messages: [user('@tokens-every 5\n@delay 5\n@say one two\n@stall')],
    });
    const response = await request('http://model/v1/chat/completions', {
      method: 'POST',
      body,
      dispatcher,
      signal: leave.signal,
    });
    let text = '';
    await expect(
      (async () => {
        for await (const chunk of response.body) {
          text += chunk;
          if (text.includes(' two')) leave.abort();
        }
      })(),
    ).rejects.toThrow();
    expect(text).not.toContain('[DONE]');
    await dispatcher.close();
  });
  it('refuses a directive it does not know, so that a typo is seen', async () => {
    expect((await raw('@sya hi', false)).status).toBe(400);
    expect((await raw('@delay soon', false)).status).toBe(400);
  });
  it('obeys the last user message only', async () => {
    const messages = [user('@say old'), { role: 'assistant', content: '@say assistant' }, user('plain')];
    expect((await server.client.chat(messages, { model })).choices[0]?.message.content).toBe('Done.');
  });
  it('reports none of this as its own fault', () => {
    expect(server.faults).toEqual([]);
  });
});
