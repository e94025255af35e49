import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHttpClient } from '../../graphql/support/client.js';
import { startTestApp, type TestApp } from '../../support/app.js';

let server: TestApp;
beforeAll(async () => {
  server = await startTestApp();
});
afterAll(() => server.stop());

const make = (rate_limits: unknown) => server.rest('POST', '/api_keys', { name: 'limited', rate_limits });
const ask = async (key: string, model = 'local') =>
  (await server.rest('POST', '/responses', { model, input: 'Hello' }, key)).status;

describe('rate limits of a key', () => {
  it('are set when it is made, shown, and hold for it alone, for its tokens too', async () => {
    const rateLimits = [{ model: 'local', requests_per_minute: 0.5, burst: 2 }, { concurrent_runs: 5 }];
    const { status, body } = await make(rateLimits);
    expect({ status, rate_limits: body.rate_limits }).toEqual({ status: 200, rate_limits: rateLimits });
    expect((await server.rest('GET', `/api_keys/${body.id}`)).body.rate_limits).toEqual(rateLimits);
    expect(await ask(body.value)).toBe(200);
    const token = await server.rest('POST', '/client_tokens', { user: 'ann' }, body.value);
    expect(await ask(token.body.value)).toBe(200);
    expect(await ask(token.body.value)).toBe(429);
    expect(await ask(body.value)).toBe(429);
    expect(await ask(body.value, 'local-extractive-1')).toBe(200);
    expect(await ask(server.key)).toBe(200);
  });

  it('are changed and lifted at once, and the audit log has it', async () => {
    const { body } = await make([{ requests_per_minute: 0.5, burst: 1 }]);
    expect(await ask(body.value)).toBe(200);
    expect(await ask(body.value)).toBe(429);
    const wider = [{ requests_per_minute: 0.5, burst: 3 }];
    const changed = await server.rest('POST', `/api_keys/${body.id}`, { rate_limits: wider });
    expect(changed.body.rate_limits).toEqual(wider);
    expect(await ask(body.value)).toBe(200);
    const renamed = await server.rest('POST', `/api_keys/${body.id}`, { name: 'other' });
    expect(renamed.body.rate_limits).toEqual(wider);
    await server.rest('POST', `/api_keys/${body.id}`, { rate_limits: null });
    for (let count = 0; count < 4; count += 1) expect(await ask(body.value)).toBe(200);
    const { data } = (await server.rest('GET', '/audit_log')).body;
    expect(data.slice(0, 3)).toMatchObject([
      { action: 'api_key.updated', before: { rate_limits: wider }, after: { rate_limits: [] } },
      { before: { rate_limits: wider }, after: { rate_limits: wider } },
      { before: { rate_limits: [{ burst: 1 }] }, after: { rate_limits: wider } },
    ]);
  });

  it('are the same over GraphQL', async () => {
    const http = createHttpClient(server);
    const fields =
      'id rateLimits { model requestsPerMinute burst tokensPerMinute tokenBurst concurrentRuns concurrentStreams }';
    const made = await http.post({
      query: `mutation { createApiKey(input: { name: "x", rateLimits: [{ requestsPerMinute: 0.5, burst: 1, concurrentStreams: 3 }] }) {
        apiKey { ${fields} } value userErrors { message field } } }`,
    });
    const { apiKey, value, userErrors } = made.body.data.createApiKey;
    expect(userErrors).toEqual([]);
    const rateLimits = [
      {
        model: null,
        requestsPerMinute: 0.5,
        burst: 1,
        tokensPerMinute: null,
        tokenBurst: null,
        concurrentRuns: null,
        concurrentStreams: 3,
      },
    ];
    expect(apiKey.rateLimits).toEqual(rateLimits);
    expect(
      (await http.post({ query: `{ viewer { key { ${fields} } } }` }, { key: value })).body.data.viewer.key,
    ).toEqual({
      id: apiKey.id,
      rateLimits,
    });
    expect(await ask(value)).toBe(200);
    expect(await ask(value)).toBe(429);
    const lifted = await http.post({
      query: `mutation { updateApiKey(input: { id: "${apiKey.id}", rateLimits: [] }) { apiKey { ${fields} } } }`,
    });
    expect(lifted.body.data.updateApiKey.apiKey.rateLimits).toEqual([]);
    expect(await ask(value)).toBe(200);
    const refused = await http.post({
      query: `mutation { createApiKey(input: { name: "x", rateLimits: [{ requestsPerMinute: 1 }, { burst: 1 }] }) { userErrors { code field } } }`,
    });
    expect(refused.body.data.createApiKey.userErrors).toEqual([{ code: 'invalid_value', field: 'rateLimits[1]' }]);
  });

  it.each([
    ['many', 'rate_limits'],
    [[{}], 'rate_limits[0]'],
    [[{ concurrent_runs: 1 }, { requests_per_minute: 0 }], 'rate_limits[1].requests_per_minute'],
    [[{ concurrent_runs: 1.5 }], 'rate_limits[0].concurrent_runs'],
    [[{ tokens_per_minute: 1, token_burst: 100_000 }], 'rate_limits[0].token_burst'],
    [[{ concurrent_runs: 1, burst: 1 }], 'rate_limits[0].burst'],
    [Array.from({ length: 21 }, () => ({ concurrent_runs: 1 })), 'rate_limits'],
  ])('%j are refused at %s', async (rate_limits, param) => {
    const { status, body } = await make(rate_limits);
    expect({ status, param: body.error?.param }).toEqual({ status: 400, param });
  });
});
