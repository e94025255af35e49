import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toPublicId } from '../../src/domain/ids.js';
import { type RestAnswer, startTestApp, type TestApp } from '../support/app.js';
import { oddText, spelled } from '../support/odd-json.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

const LONG = 20_000;
const IMAGE = `data:image/png;base64,${'iVBORw0KGgo/'.repeat(2000)}`;

describe('long texts', () => {
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

  /** Sends JSON as it is written. */
  const post = async (path: string, json: string) => {
    const answer = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: json,
    });
    const body = (await answer.json()) as RestAnswer['body'];
    expect({ status: answer.status, error: body.error ?? null }).toEqual({ status: 200, error: null });
    return body;
  };
  const sentUpstream = () => upstream.requests.at(-1)?.body?.messages;
  const stored = async (id: string) =>
    (await server.rest('GET', `/responses/${id}/input_items?order=asc&include[]=message.input_image.image_url`)).body
      .data;
  /** The payloads of a response's items as they lie in the database. */
  const payloads = async (id: string): Promise<string> => {
    const rows = await server.sql<{ payload: string }>(
      `select payload::text as payload from items where response_id = $1::uuid order by position`,
      [id],
    );
    return rows.map(({ payload }) => payload).join('\n');
  };

  it('reach the model and the database as they came, however they are written', async () => {
    await fc.assert(
      fc.asyncProperty(oddText, oddText, fc.boolean(), async (one, other, isTwice) => {
        const first = spelled(one, LONG);
        const second = spelled(other, LONG);
        const again = isTwice ? first : second;
        const input = [
          `{"role": "user", "content": ${second.json}, "content": ${first.json}}`,
          `{"role": "assistant", "content": [{"type": "output_text", "text": ${again.json}}]}`,
          `{"role": "user", "content": [{"type": "input_text", "text": ${second.json}},
             {"type": "input_image", "detail": "auto", "image_url": "${IMAGE.replaceAll('/', '\\/')}"}]}`,
        ];
        const { id } = await post(
          '/api/v1/responses',
          `{"model": "test-model", "temperature": 1.50e0, "instructions": ${again.json}, "input": [${input.join(',')}]}`,
        );
        expect(sentUpstream()).toEqual([
          { role: 'system', content: again.text },
          { role: 'user', content: first.text },
          { role: 'assistant', content: again.text },
          {
            role: 'user',
            content: [
              { type: 'text', text: second.text },
              { type: 'image_url', image_url: { url: IMAGE } },
            ],
          },
        ]);
        expect((await stored(id)).map((item: { content: unknown }) => item.content)).toEqual([
          [{ type: 'input_text', text: first.text }],
          [{ type: 'output_text', text: again.text, annotations: [] }],
          [
            { type: 'input_text', text: second.text },
            { type: 'input_image', detail: 'auto', image_url: IMAGE },
          ],
        ]);
        expect((await server.rest('GET', `/responses/${id}`)).body.instructions).toBe(again.text);
      }),
      { numRuns: 12 },
    );
  });

  it('are kept in the words of their sender, over either door', async () => {
    const written = `"${'one \\/ two – three\\n'.repeat(2000)}"`;
    const rest = await post('/api/v1/responses', `{"model": "test-model", "input": ${written}}`);
    const query =
      'mutation ($input: CreateResponseInput!) { createResponse(input: $input) { response { id } userErrors { message } } }';
    const { data } = await post(
      '/graphql',
      `{"query": ${JSON.stringify(query)}, "variables": {"input": {"model": "test-model", "input": {"text": ${written}}}}}`,
    );
    expect(data.createResponse.userErrors).toEqual([]);
    const ids = await server.sql<{ id: string }>('select id from responses order by created_at desc, id desc limit 2');
    for (const { id } of ids) expect(await payloads(id)).toContain(written);
    expect(ids.map(({ id }) => toPublicId('response', id))).toContain(rest.id);
  });
});
