import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import OpenAI from 'openai';
import { AntiphonConfig } from '../../src/config/schema/index.js';
import type { Principal } from '../../src/domain/principal.js';
import { createRateLimiter } from '../../src/services/limits/rate-limiter.js';
import { startTestApp, type TestApp } from '../support/app.js';

const caller = (keyId: string): Principal => ({
  projectId: 'p',
  keyId,
  scopes: [],
  models: null,
  endUser: null,
  budgets: [],
  hasSubjectBudgets: false,
});

describe('rate limits', () => {
  it('let through the burst at once and the rate afterwards, never more, and tell the exact time to wait', () => {
    const gaps = fc.array(fc.nat(5000), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 20 }), (pauses, rate, burst) => {
        let nowMs = 1_000_000;
        const limit = { scope: 'key', model: null, requestsPerMinute: rate, burst } as const;
        const limiter = createRateLimiter([limit], () => nowMs);
        const admitted: number[] = [];
        for (const pause of pauses) {
          nowMs += pause;
          try {
            limiter.admit(caller('a'), 'm');
          } catch (error) {
            const waitMs = Number((error as { headers: Record<string, string> }).headers['retry-after-ms']);
            expect(waitMs).toBeGreaterThan(0);
            nowMs += waitMs;
            limiter.admit(caller('a'), 'm');
          }
          admitted.push(nowMs);
        }
        for (const [first, fromMs] of admitted.entries())
          for (const [further, toMs] of admitted.slice(first).entries())
            expect(further + 1).toBeLessThanOrEqual(burst + ((toMs - fromMs) * rate) / 60_000 + 1e-6);
      }),
      { numRuns: 50 },
    );
  });

  it('count in all limits or in none, keys and models by themselves', () => {
    const limiter = createRateLimiter(
      [
        { scope: 'project', model: null, requestsPerMinute: 1, burst: 3 },
        { scope: 'key', model: 'large', requestsPerMinute: 1, burst: 1 },
      ],
      () => 0,
    );
    limiter.admit(caller('a'), 'large');
    expect(() => limiter.admit(caller('a'), 'large')).toThrow('this key on large: 1 requests per minute');
    limiter.admit(caller('b'), 'large');
    limiter.admit(caller('a'), 'small');
    expect(() => limiter.admit(caller('c'), 'small')).toThrow('this project: 1 requests per minute');
  });

  it('say where a request left the tightest of them, and how long until the whole burst is there again', () => {
    let nowMs = 0;
    const limiter = createRateLimiter(
      [
        { scope: 'project', model: null, requestsPerMinute: 600, burst: 100 },
        { scope: 'key', model: null, requestsPerMinute: 60, burst: 3 },
      ],
      () => nowMs,
    );
    const admit = () => limiter.admit(caller('a'), 'm');
    expect(admit()).toEqual({ requestsPerMinute: 60, remaining: 2, resetMs: 1000 });
    expect(admit()).toEqual({ requestsPerMinute: 60, remaining: 1, resetMs: 2000 });
    nowMs = 500;
    expect(admit()).toEqual({ requestsPerMinute: 60, remaining: 0, resetMs: 2500 });
    nowMs = 60_000;
    expect(admit()).toEqual({ requestsPerMinute: 60, remaining: 2, resetMs: 1000 });
    expect(createRateLimiter([], () => 0).admit(caller('a'), 'm')).toBeNull();
  });

  it('have a burst of ten seconds unless told otherwise', () => {
    const { rate_limits } = AntiphonConfig.parse({ rate_limits: [{ scope: 'key', requests_per_minute: 60 }] });
    expect(rate_limits).toEqual([{ scope: 'key', model: null, requestsPerMinute: 60, burst: 10 }]);
  });
});

describe('rate limits at the doors', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await startTestApp({ config: { rate_limits: [{ scope: 'key', requests_per_minute: 0.5, burst: 2 }] } });
  });
  afterAll(() => server.stop());

  it('hold for responses, chat completions, embeddings and GraphQL together, and name the time to wait', async () => {
    const key = await server.createKey();
    const body = { model: 'local', input: 'Hello' };
    const first = await server.rest('POST', '/responses', body, key);
    expect(first.status).toBe(200);
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('0.5');
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    expect(first.headers.get('x-ratelimit-reset-requests')).toMatch(/^(2m0s|1m5\ds)$/);
    expect((await server.rest('POST', '/embeddings', { model: 'local-embedding-1', input: 'x' }, key)).status).not.toBe(
      429,
    );
    const refused = [
      await server.rest('POST', '/responses', body, key),
      await server.rest('POST', '/responses', { ...body, background: true }, key),
      await server.rest(
        'POST',
        '/chat/completions',
        { model: 'local', messages: [{ role: 'user', content: 'x' }] },
        key,
      ),
    ];
    for (const { status, headers, body: answer } of refused) {
      expect(status).toBe(429);
      expect(answer.error).toMatchObject({ type: 'requests', code: 'rate_limit_exceeded' });
      expect(Number(headers.get('retry-after-ms'))).toBeGreaterThan(100_000);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(100);
      expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
    }
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation { createResponse(input: { model: "local", input: { text: "x" } }) { response { id } } }',
      }),
    });
    expect(await answer.json()).toMatchObject({
      errors: [{ extensions: { code: 'rate_limit_exceeded', retryable: true } }],
    });
    expect((await server.rest('POST', '/responses', body)).status).toBe(200);
    const client = new OpenAI({ apiKey: key, baseURL: `${server.url}/v1`, maxRetries: 0 });
    await expect(client.responses.create(body)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  });
});
