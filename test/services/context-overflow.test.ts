import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Item } from '../../src/domain/item.js';
import { checkToolContinuity } from '../../src/domain/tool-continuity.js';
import { dropOldest, MAX_TRUNCATIONS } from '../../src/services/responses/truncation.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream, type UpstreamRequest } from '../support/upstream.js';

/** Models that take no more than so many characters. */
const LIMIT = 1500;
const refuseLong = ({ body }: UpstreamRequest): Behaviour | undefined => {
  const size = JSON.stringify(body?.messages ?? body?.input ?? '').length;
  if (size <= LIMIT) return undefined;
  const message = `This model's maximum context length is ${LIMIT}. However, you requested ${size}.`;
  return { status: 400, body: { error: { message, type: 'BadRequestError', code: 400 } } };
};

describe('a context that the model cannot hold', () => {
  let upstream: Upstream;
  let server: TestApp;
  beforeAll(async () => {
    upstream = await startUpstream(refuseLong);
    server = await startTestApp({
      upstream: { baseUrl: upstream.url, apiKey: null },
      config: {
        providers: [{ id: 'native', base_url: upstream.url, dialect: 'responses' }],
        models: [{ name: 'native', provider: 'native' }],
      },
    });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  const said = (role: string, text: string) => ({ role, content: text });
  const long = [
    said('developer', 'Be kind.'),
    ...Array.from({ length: 20 }, (_, i) => said(i % 2 === 0 ? 'user' : 'assistant', `${i} ${'word '.repeat(20)}`)),
    { type: 'function_call', call_id: 'call_old', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_old', output: 'x'.repeat(300) },
    said('user', 'And now?'),
  ];

  describe.each(['any-model', 'native'])('%s', (model) => {
    it('is an error by default', async () => {
      const before = upstream.requests.length;
      const answer = await server.rest('POST', '/responses', { model, input: long });
      expect(answer).toMatchObject({
        status: 400,
        body: { error: { code: 'context_length_exceeded', param: 'input', type: 'invalid_request_error' } },
      });
      expect(upstream.requests.length - before).toBe(1);
      const streamed = await server.rest('POST', '/responses', { model, input: long, stream: true });
      expect(streamed.body).toContain('"error":{"code":"context_length_exceeded"');
    });

    it.each([false, true])('loses its oldest items with truncation auto, stream %s', async (stream) => {
      const body = { model, input: long, truncation: 'auto', stream };
      const before = upstream.requests.length;
      const answer = await server.rest('POST', '/responses', body);
      expect(answer.status).toBe(200);
      const response = stream ? JSON.parse(/"response":(\{.*?\})\}$/m.exec(answer.body)?.[1] ?? '{}') : answer.body;
      const read = (await server.rest('GET', `/responses/${response.id}`)).body;
      expect(read).toMatchObject({ status: 'completed', truncation: 'auto' });
      const tries = upstream.requests.length - before;
      expect(tries).toBeGreaterThan(1);
      expect(tries).toBeLessThanOrEqual(MAX_TRUNCATIONS + 1);
      const sent = JSON.stringify(upstream.requests.at(-1)?.body);
      expect(sent).toContain('Be kind.');
      expect(sent).toContain('And now?');
      expect(sent).not.toContain('"0 word');
      expect(sent.includes('"function_call"')).toBe(sent.includes('"function_call_output"'));
      const kept = await server.rest('GET', `/responses/${response.id}/input_items?limit=100`);
      expect(kept.body.data).toHaveLength(long.length);
    });

    it('is an error all the same when the last message alone is too long', async () => {
      const input = [...long, said('user', 'x'.repeat(2 * LIMIT))];
      const answer = await server.rest('POST', '/responses', { model, input, truncation: 'auto' });
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'context_length_exceeded' } } });
    });
  });
});

describe('dropOldest', () => {
  const text = fc.string({ minLength: 1, maxLength: 60 });
  const message = fc.record({
    type: fc.constant('message'),
    role: fc.constantFrom('user', 'assistant', 'system', 'developer'),
    content: text,
  });
  const callId = fc.uuid();
  const exchange = fc
    .tuple(fc.array(callId, { minLength: 1, maxLength: 3 }), text)
    .map(([ids, output]) => [
      { type: 'reasoning', summary: [] },
      ...ids.map((id) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' })),
      ...ids.map((id) => ({ type: 'function_call_output', call_id: id, output })),
    ]);
  const contexts = fc
    .array(
      fc.oneof(
        message.map((item) => [item]),
        exchange,
      ),
      { maxLength: 30 },
    )
    .map((groups) => groups.flat() as Item[]);

  it('shrinks, keeps rules, the present and whole exchanges, and ends', () => {
    fc.assert(
      fc.property(contexts, (items) => {
        let current = items;
        for (let next = dropOldest(current); next !== null; next = dropOldest(current)) {
          expect(next.length).toBeLessThan(current.length);
          checkToolContinuity(next);
          const isRule = (item: Item) => item.type === 'message' && /system|developer/.test(String(item.role));
          expect(next.filter(isRule)).toEqual(items.filter(isRule));
          const last = items.findLastIndex((item) => item.type === 'message' && item.role === 'user');
          if (last >= 0) expect(next.slice(last - items.length)).toEqual(items.slice(last));
          expect(items).toEqual(expect.arrayContaining(next));
          current = next;
        }
      }),
    );
  });
});
