import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { costOf, parseAmount } from '../../src/domain/money.js';

describe('amounts', () => {
  it.each([
    ['0.15', 150_000_000n],
    ['20', 20_000_000_000n],
    ['0.000000001', 1n],
    ['1.5', 1_500_000_000n],
  ])('reads %s as nano-units', (text, nano) => {
    expect(parseAmount(text)).toBe(nano);
  });

  it.each(['', '-1', '1e3', '1.0000000001', '1,5', ' 1', '0x10', 'NaN'])('refuses %p', (text) => {
    expect(() => parseAmount(text)).toThrow(RangeError);
  });
});

describe('cost', () => {
  const price = {
    input: 150_000_000n,
    cachedInput: 75_000_000n,
    output: 600_000_000n,
    reasoning: 600_000_000n,
    toolCalls: {},
  };

  it('charges cached input at its own price', () => {
    const usage = { inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 1_000_000, reasoningTokens: 9 };
    expect(costOf(price, usage)).toBe(90_000_000n + 30_000_000n + 600_000_000n);
  });

  it('rounds up once, to the next nano-unit', () => {
    const cheap = { input: 1n, cachedInput: 1n, output: 1n, reasoning: 1n, toolCalls: {} };
    expect(costOf(cheap, { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0 })).toBe(1n);
  });

  it('is nothing for an unpriced model', () => {
    expect(costOf(null, { inputTokens: 5, cachedInputTokens: 0, outputTokens: 5, reasoningTokens: 0 })).toBe(0n);
  });

  it('never falls when more tokens are used', () => {
    const tokens = fc.nat(10_000_000);
    fc.assert(
      fc.property(tokens, tokens, tokens, (input, output, more) => {
        const usage = { inputTokens: input, cachedInputTokens: 0, outputTokens: output, reasoningTokens: 0 };
        expect(costOf(price, { ...usage, outputTokens: output + more })).toBeGreaterThanOrEqual(costOf(price, usage));
      }),
    );
  });
});
