import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('files named by input', () => {
  let server: TestApp;
  let upstream: Upstream;
  let client: OpenAI;
  beforeAll(async () => {
    upstream = await startUpstream();
    server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
    client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  const upload = async (content: Buffer | string, name: string) =>
    (await client.files.create({ file: await toFile(Buffer.from(content as string), name), purpose: 'user_data' })).id;
  const message = (...content: object[]) => [{ role: 'user', content }];
  const lastContent = () => upstream.requests.at(-1)?.body?.messages.at(-1)?.content;

  it('reach the upstream with their bytes, and stay ids in what is stored', async () => {
    const [text, image] = [await upload('Grüße', 'notes.txt'), await upload(PNG, 'dot.png')];
    const answer = await server.rest('POST', '/responses', {
      model: 'any',
      input: message(
        { type: 'input_text', text: 'Look.' },
        { type: 'input_file', file_id: text },
        { type: 'input_image', file_id: image, detail: 'low' },
      ),
    });
    expect(answer.status).toBe(200);
    expect(lastContent()).toEqual([
      { type: 'text', text: 'Look.' },
      {
        type: 'file',
        file: { filename: 'notes.txt', file_data: `data:text/plain;base64,${Buffer.from('Grüße').toString('base64')}` },
      },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG.toString('base64')}`, detail: 'low' } },
    ]);
    const { body } = await server.rest('GET', `/responses/${answer.body.id}/input_items`);
    expect(body.data[0].content[1]).toEqual({ type: 'input_file', file_id: text });

    // A chain brings them again; once deleted, the model is told so and the chain goes on.
    await server.rest('POST', '/responses', { model: 'any', input: 'And?', previous_response_id: answer.body.id });
    expect(JSON.stringify(upstream.requests.at(-1)?.body)).toContain('data:image/png;base64,');
    await client.files.delete(text);
    const after = await server.rest('POST', '/responses', {
      model: 'any',
      input: 'Now?',
      previous_response_id: answer.body.id,
    });
    expect(after.status).toBe(200);
    expect(JSON.stringify(upstream.requests.at(-1)?.body)).toContain('has been deleted');
  });

  it('are told by the built-in model, which quotes a text', async () => {
    const file = await upload('My dog is called Rex. The weather is fine.', 'pets.txt');
    const answer = await client.responses.create({
      model: 'local',
      input: message(
        { type: 'input_file', file_id: file },
        { type: 'input_text', text: 'What is my dog called?' },
      ) as never,
    });
    expect(answer.output_text).toContain('My dog is called Rex.');
  });

  it('are not found when they are unknown, foreign or gone, and nothing is sent then', async () => {
    const sent = upstream.requests.length;
    const mine = await upload('secret', 'a.txt');
    for (const [id, key] of [
      [`file_${'0'.repeat(32)}`, server.key],
      ['nonsense', server.key],
      [mine, await server.createForeignKey()],
    ] as const)
      expect(
        await server.rest(
          'POST',
          '/responses',
          { model: 'any', input: message({ type: 'input_file', file_id: id }) },
          key,
        ),
      ).toMatchObject({ status: 404, body: { error: { param: 'input', message: `File '${id}' was not found.` } } });
    expect(upstream.requests).toHaveLength(sent);
  });

  it('are bounded together', async () => {
    const big = await upload(Buffer.alloc(13 * 1024 ** 2, 'x'), 'big.txt');
    const other = await upload(Buffer.alloc(13 * 1024 ** 2, 'y'), 'other.txt');
    const answer = await server.rest('POST', '/responses', {
      model: 'any',
      input: message({ type: 'input_file', file_id: big }, { type: 'input_file', file_id: other }),
    });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_value', param: 'input' } } });
  });
});
