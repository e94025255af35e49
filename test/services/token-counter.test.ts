import { describe, expect, it } from '@jest/globals';
import { gathered, type TokenCounter, withFallback } from '../../src/services/usage/token-counter.js';

/** Counts characters, and remembers what it was asked. */
function counting(fail: (texts: readonly string[]) => boolean = () => false) {
  const asked: (readonly string[])[] = [];
  const counter: TokenCounter = {
    async count(texts) {
      asked.push(texts);
      await new Promise((resolve) => setImmediate(resolve));
      if (fail(texts)) throw new Error('The counter is gone.');
      return texts.map((text) => text.length);
    },
  };
  return { counter, asked };
}

describe('a counter for all who wait', () => {
  it('gives everybody their own counts, in few questions', async () => {
    const { counter, asked } = counting();
    const all = gathered(counter);
    const texts = Array.from({ length: 100 }, (_, n) => Array.from({ length: n % 4 }, (_text, m) => 'x'.repeat(n + m)));
    const counts = await Promise.all(texts.map((some) => all.count(some)));
    expect(counts).toEqual(texts.map((some) => some.map(({ length }) => length)));
    expect(asked.length).toBeLessThan(5);
  });

  it('counts long texts by themselves', async () => {
    const { counter, asked } = counting();
    const all = gathered(counter);
    const long = 'x'.repeat(100_000);
    await Promise.all([all.count(['a']), all.count([long]), all.count(['b'])]);
    expect(asked).toContainEqual([long]);
    expect(asked.flat()).toHaveLength(3);
  });

  it('does not let a text that cannot be counted spoil the others', async () => {
    const { counter } = counting((texts) => texts.includes('bad'));
    const all = withFallback(gathered(counter));
    expect(await Promise.all([all.count(['four']), all.count(['bad']), all.count(['fiver'])])).toEqual([[4], [1], [5]]);
  });
});
