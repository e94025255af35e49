import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { AntiphonConfig } from '../../../src/config/schema/index.js';
import { GatewayError } from '../../../src/domain/errors.js';
import { type RateLimit, rateWindow } from '../../../src/domain/rate-limit.js';
import { createProcessCounts } from '../../../src/persistence/rate-counts/in-process.js';
import { createRateLimiter, type RateLimiter } from '../../../src/services/limits/rate-limiter.js';

const nothing = { model: null, requests: null, tokens: null, concurrentRuns: null, concurrentStreams: null };
const caller = (keyId: string, projectId = 'p') => ({ keyId, projectId, rateLimits: [] as RateLimit[] });

async function limiting(...limits: (Partial<RateLimit> & Pick<RateLimit, 'scope'>)[]): Promise<RateLimiter> {
  const limiter = createRateLimiter(async () => createProcessCounts());
  await limiter.use(limits.map((limit) => ({ ...nothing, ...limit })));
  return limiter;
}

const ask = (limiter: RateLimiter, who = caller('a'), model = 'm', tokens: [input: number, output: number] = [0, 0]) =>
  limiter.acquire(who, model, {
    run: true,
    stream: false,
    tokens: async () => ({ input: tokens[0], output: tokens[1] }),
  });

const refusal = async (request: Promise<unknown>): Promise<GatewayError> => {
  const error = await request.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error('It was not refused.');
  return error;
};

describe('rate limits', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('let no window have more than its burst, and tell the exact time until the next one', async () => {
    const gaps = fc.array(fc.nat(5000), { minLength: 1, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(
        gaps,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 20 }),
        async (pauses, rate, burst) => {
          const requests = rateWindow(rate, burst);
          const limiter = await limiting({ scope: 'key', requests });
          const admitted: number[] = [];
          let windowEndMs = 0;
          for (const pause of pauses) {
            jest.setSystemTime(Date.now() + pause);
            try {
              await ask(limiter);
            } catch (error) {
              const waitMs = Number((error as GatewayError).headers['retry-after-ms']);
              expect(waitMs).toBe(windowEndMs - Date.now());
              jest.setSystemTime(Date.now() + waitMs);
              await ask(limiter);
            }
            if (Date.now() >= windowEndMs) windowEndMs = Date.now() + requests.seconds * 1000;
            admitted.push(windowEndMs);
          }
          for (const window of new Set(admitted))
            expect(admitted.filter((end) => end === window).length).toBeLessThanOrEqual(requests.most);
          expect(requests.most / requests.seconds).toBeLessThanOrEqual(rate / 60 + 1e-9);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('count in all limits or in none, keys, projects and models by themselves', async () => {
    const limiter = await limiting(
      { scope: 'project', requests: rateWindow(1, 3) },
      { scope: 'key', model: 'large', requests: rateWindow(1, 1) },
    );
    await ask(limiter, caller('a'), 'large');
    expect((await refusal(ask(limiter, caller('a'), 'large'))).message).toContain('this key on large: 1 requests');
    await ask(limiter, caller('b'), 'large');
    await ask(limiter, caller('a'), 'small');
    expect((await refusal(ask(limiter, caller('c'), 'small'))).message).toContain(
      'this project: 1 requests per minute',
    );
    await ask(limiter, caller('c', 'another'), 'small');
  });

  it('of the server are shared by all projects, which are not told how far the others are', async () => {
    const limiter = await limiting({ scope: 'server', model: 'm', requests: rateWindow(1, 2) });
    expect((await ask(limiter, caller('a', 'one')))?.state).toEqual({ requests: null, tokens: null });
    await ask(limiter, caller('b', 'two'));
    const { message, headers } = await refusal(ask(limiter, caller('c', 'three')));
    expect(message).toContain('this server on m');
    expect(headers).toEqual({ 'retry-after-ms': '120000', 'retry-after': '120' });
  });

  it('say where a request left the tightest of them', async () => {
    const limiter = await limiting(
      { scope: 'project', requests: rateWindow(600, 100), tokens: rateWindow(1000, 1000) },
      { scope: 'key', requests: rateWindow(60, 3) },
    );
    expect((await ask(limiter, caller('a'), 'm', [100, 150]))?.state).toEqual({
      requests: { perMinute: 60, remaining: 2, resetMs: 3000 },
      tokens: { perMinute: 1000, remaining: 750, resetMs: 60_000 },
    });
    jest.setSystemTime(Date.now() + 500);
    expect((await ask(limiter))?.state.requests).toEqual({ perMinute: 60, remaining: 1, resetMs: 2500 });
  });

  it('of tokens hold what an answer may need, and count what it was', async () => {
    const limiter = await limiting({ scope: 'key', tokens: rateWindow(1000, 1000) });
    const left = async () => (await ask(limiter))?.state.tokens?.remaining;
    const first = await ask(limiter, caller('a'), 'm', [100, 700]);
    const refused = await refusal(ask(limiter, caller('a'), 'm', [100, 200]));
    expect(refused).toMatchObject({ type: 'tokens', details: { limit: 'tokens' } });
    expect(refused.message).toContain('may use 300, and 200 are left');
    expect(refused.headers).toMatchObject({ 'x-ratelimit-remaining-tokens': '200', 'retry-after-ms': '60000' });
    expect(await left()).toBe(200);
    first?.release(150);
    first?.release(0);
    expect(await left()).toBe(850);
    // More than was thought: the window is overdrawn, and whoever comes next waits.
    (await ask(limiter, caller('a'), 'm', [10, 10]))?.release(900);
    expect((await refusal(ask(limiter, caller('a'), 'm', [1, 0]))).type).toBe('tokens');
    // What is given back after the window has ended does not enlarge the next.
    jest.setSystemTime(Date.now() + 60_000);
    const late = await ask(limiter, caller('a'), 'm', [0, 1000]);
    jest.setSystemTime(Date.now() + 60_000);
    late?.release(0);
    expect(await left()).toBe(1000);
  });

  it('of tokens let an answer of unknown length have the whole window, and refuse for good what no window holds', async () => {
    const limiter = await limiting({ scope: 'key', tokens: rateWindow(1000, 1000) });
    (await ask(limiter, caller('a'), 'm', [100, 4096]))?.release(120);
    const { message, headers, retryable } = await refusal(ask(limiter, caller('a'), 'm', [1001, 1]));
    expect(message).toContain('too large for this key: it has 1001 tokens, and 1000 are let through at once');
    expect({ headers, retryable }).toEqual({ headers: { 'x-should-retry': 'false' }, retryable: false });
  });

  it('that refuse give back what the others have counted', async () => {
    const limiter = await limiting({
      scope: 'key',
      requests: rateWindow(60, 60),
      tokens: rateWindow(1000, 1000),
      concurrentRuns: 1,
    });
    const first = await ask(limiter, caller('a'), 'm', [100, 0]);
    expect((await refusal(ask(limiter, caller('a'), 'm', [500, 0]))).details).toEqual({ limit: 'concurrent_runs' });
    expect((await refusal(ask(limiter, caller('a'), 'm', [950, 0]))).details).toEqual({ limit: 'tokens' });
    first?.release(100);
    expect((await ask(limiter, caller('a'), 'm', [100, 0]))?.state).toMatchObject({
      requests: { remaining: 58 },
      tokens: { remaining: 800 },
    });
  });

  it('of a key hold beside those of everybody; one that is set twice counts once', async () => {
    const requests = rateWindow(1, 3);
    const limiter = await limiting({ scope: 'key', requests });
    const own = (...rateLimits: Partial<RateLimit>[]) => ({
      ...caller('own'),
      rateLimits: rateLimits.map((limit) => ({ ...nothing, scope: 'key' as const, ...limit })),
    });
    await ask(limiter, own({ requests: rateWindow(1, 1) }));
    await refusal(ask(limiter, own({ requests: rateWindow(1, 1) })));
    expect((await ask(limiter, own({ requests })))?.state.requests?.remaining).toBe(1);
    await limiter.use([]);
    expect(limiter.limits(own({ requests }))).toBe(true);
    await ask(limiter, own({ requests }));
    await refusal(ask(limiter, own({ requests })));
    expect(await ask(limiter, own())).toBeNull();
  });

  it('that are changed count on', async () => {
    const limiter = await limiting({ scope: 'key', requests: rateWindow(1, 1) });
    await ask(limiter);
    await limiter.use([]);
    expect(limiter.limits(caller('a'))).toBe(false);
    expect(await ask(limiter)).toBeNull();
    await limiter.use([{ ...nothing, scope: 'key', requests: rateWindow(1, 1) }]);
    await refusal(ask(limiter));
  });
});

describe('rate limits in the config file', () => {
  const read = (...rate_limits: object[]) => AntiphonConfig.safeParse({ rate_limits });

  it('have bursts of ten seconds of requests, or of a minute of tokens, unless told otherwise', () => {
    const { data } = read({ scope: 'key', requests_per_minute: 60, tokens_per_minute: 6000 });
    expect(data?.rate_limits).toEqual([
      {
        ...nothing,
        scope: 'key',
        requests: { perMinute: 60, most: 10, seconds: 10 },
        tokens: { perMinute: 6000, most: 6000, seconds: 60 },
      },
    ]);
  });

  it.each([
    [{ scope: 'key' }, '', 'say what is limited'],
    [{ scope: 'key', concurrent_runs: 1, burst: 3 }, 'burst', 'goes with requests_per_minute'],
    [{ scope: 'key', concurrent_runs: 1, token_burst: 3 }, 'token_burst', 'goes with tokens_per_minute'],
    [{ scope: 'key', requests_per_minute: 0.01, burst: 1000 }, 'burst', 'more than a day'],
    [{ scope: 'key', tokens_per_minute: 1, token_burst: 100_000 }, 'token_burst', 'more than a day'],
    [{ scope: 'user', requests_per_minute: 1 }, 'scope', 'Invalid option'],
    [{ scope: 'key', requests_per_minute: 0 }, 'requests_per_minute', 'Too small'],
  ])('%j are refused at %s', (limit, member, message) => {
    const [issue] = read(limit).error?.issues ?? [];
    expect(issue?.path.join('.')).toBe(['rate_limits', 0, member].filter((part) => part !== '').join('.'));
    expect(issue?.message).toContain(message);
  });
});
