import { describe, expect, it } from '@jest/globals';
import { errors } from '../../../src/domain/errors.js';
import type { Price } from '../../../src/domain/money.js';
import { createLogger } from '../../../src/observability/logger.js';
import type { ModelProvider } from '../../../src/providers/provider.js';
import { Spread } from '../../../src/services/models/spread.js';

const endpoint = (id: string) => ({ id }) as ModelProvider;
const place = (id: string, weight = 1, price: Price | null = null) => ({
  provider: endpoint(id),
  upstreamModel: null,
  price,
  weight,
});
const away = () => Promise.reject(errors.providerUnavailable('away'));
const { signal } = new AbortController();

function setUp(targets: ReturnType<typeof place>[], fallbacks: ReturnType<typeof place>[] = []) {
  let state = 7;
  const clock = { nowMs: 0 };
  const moves: string[] = [];
  const spread = new Spread({
    name: 'm',
    targets,
    fallbacks,
    logger: createLogger('silent'),
    now: () => clock.nowMs,
    random() {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    },
    onFallback: (_model, from, to) => moves.push(`${from}>${to}`),
  });
  /** Who is asked, when those named are away. */
  const ask = async (...ill: string[]): Promise<string[]> => {
    const asked: string[] = [];
    await spread
      .ask(
        ({ provider }) => asked.push(provider.id),
        ({ provider }) => (ill.includes(provider.id) ? away() : Promise.resolve()),
        signal,
      )
      .catch(() => undefined);
    return asked;
  };
  return { spread, ask, clock, moves };
}

describe('a model in several places', () => {
  it('is asked for by weight', () => {
    const { spread } = setUp([place('a', 6), place('b', 3), place('c', 1)]);
    const seconds: Record<string, number> = {};
    const firsts: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let draw = 0; draw < 10_000; draw += 1) {
      const [first = '', second = '', ...rest] = spread.order().map(({ provider }) => provider.id);
      expect(new Set([first, second, ...rest]).size).toBe(3);
      firsts[first] = (firsts[first] ?? 0) + 1;
      if (first === 'a') seconds[second] = (seconds[second] ?? 0) + 1;
    }
    expect(firsts.a).toBeGreaterThan(5_800);
    expect(firsts.a).toBeLessThan(6_200);
    expect(firsts.b).toBeGreaterThan(2_800);
    expect(firsts.b).toBeLessThan(3_200);
    // Behind `a` the other two share by their weights.
    expect((seconds.b ?? 0) / (seconds.c ?? 1)).toBeGreaterThan(2.5);
  });

  it('has its fallbacks in order, behind the targets', async () => {
    const { ask, moves } = setUp([place('a')], [place('b'), place('c')]);
    expect(await ask()).toEqual(['a']);
    expect(await ask('a')).toEqual(['a', 'b']);
    expect(await ask('a', 'b')).toEqual(['a', 'b', 'c']);
    expect(moves).toEqual(['a>b', 'a>b', 'b>c']);
  });

  it('leaves a place alone for ten seconds after three failures, then lets one request try', async () => {
    const { ask, clock, spread } = setUp([place('a')], [place('b')]);
    for (let round = 0; round < 3; round += 1) expect(await ask('a')).toEqual(['a', 'b']);
    expect(await ask('a')).toEqual(['b']);
    expect(spread.resting).toBe(1);
    clock.nowMs = 9_999;
    expect(await ask()).toEqual(['b']);
    clock.nowMs = 10_000;
    const both = await Promise.all([ask('a'), ask('a')]);
    expect(both).toEqual([['a', 'b'], ['b']]);
    clock.nowMs = 19_999;
    expect(await ask()).toEqual(['b']);
    clock.nowMs = 20_000;
    expect(await ask()).toEqual(['a']);
    expect(await ask('a')).toEqual(['a', 'b']);
    expect(spread.resting).toBe(0);
  });

  it('is asked for although all its places fail: there is nobody else', async () => {
    const { ask } = setUp([place('a')], [place('b')]);
    for (let round = 0; round < 5; round += 1) expect(await ask('a', 'b')).toEqual(['a', 'b']);
  });

  it('holds the most that any place costs, part by part', () => {
    const price = (input: bigint, output: bigint, search: bigint): Price => ({
      input,
      cachedInput: 1n,
      output,
      reasoning: output,
      toolCalls: { web_search: search },
    });
    const { spread } = setUp([place('a', 1, price(5n, 2n, 0n)), place('b')], [place('c', 1, price(1n, 7n, 3n))]);
    expect(spread.highestPrice).toEqual(price(5n, 7n, 3n));
    expect(setUp([place('a'), place('b')]).spread.highestPrice).toBeNull();
  });
});
