import { describe, expect, it, jest } from '@jest/globals';
import { type BatcherOptions, createBatcher } from '../../src/persistence/batcher.js';

const full = () => new Error('full');

/** A batcher whose batches wait to be let through. */
function gated(
  options: Pick<BatcherOptions<number, number>, 'maxBatch' | 'maxQueued' | 'onFailed' | 'concernsAll'> = {},
) {
  const batches: number[][] = [];
  const gates: (() => void)[] = [];
  const batcher = createBatcher<number, number>({
    ...options,
    onFull: full,
    async run(batch) {
      batches.push([...batch]);
      await new Promise<void>((resolve) => gates.push(resolve));
      if (batch.includes(13)) throw new Error('unlucky');
      return batch.map((n) => n * 10);
    },
  });
  const open = async (): Promise<void> => {
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gates.shift()?.();
  };
  return { batcher, batches, open };
}

describe('group commit', () => {
  it('sends the first caller at once and gathers the others meanwhile', async () => {
    const { batcher, batches, open } = gated();
    const first = batcher.submit(1);
    await new Promise((resolve) => setImmediate(resolve));
    const others = [2, 3, 4].map((n) => batcher.submit(n));
    await open();
    await open();
    expect(await Promise.all([first, ...others])).toEqual([10, 20, 30, 40]);
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });

  it('takes what nobody waits for along, and tells of it only what failed', async () => {
    const failed: unknown[] = [];
    const { batcher, batches, open } = gated({ onFailed: (...what) => failed.push(what) });
    batcher.post(1);
    await new Promise((resolve) => setImmediate(resolve));
    const waited = batcher.submit(2);
    batcher.post(13);
    const idle = batcher.idle();
    // The first alone, then both together, then each of them.
    for (let batch = 0; batch < 4; batch += 1) await open();
    expect(await waited).toBe(20);
    await idle;
    expect(batches).toEqual([[1], [2, 13], [2], [13]]);
    expect(failed).toEqual([[13, new Error('unlucky')]]);
  });

  it('repeats a failed batch one by one, so that only the faulty row fails', async () => {
    const { batcher, open } = gated();
    const all = Promise.allSettled([12, 13, 14].map((n) => batcher.submit(n)));
    for (let gate = 0; gate < 4; gate += 1) await open();
    const settled = await all;
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(batcher.counts).toEqual({ batches: 1, rows: 3, repeated: 1 });
  });

  it('repeats nothing after an error that concerns all', async () => {
    const { batcher, batches, open } = gated({ concernsAll: () => true });
    const all = Promise.allSettled([12, 13, 14].map((n) => batcher.submit(n)));
    await open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toHaveLength(1);
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('cuts batches at their largest size', async () => {
    const { batcher, batches, open } = gated({ maxBatch: 2 });
    const all = Promise.all([1, 2, 3].map((n) => batcher.submit(n)));
    await open();
    await open();
    await all;
    expect(batches).toEqual([[1, 2], [3]]);
  });

  it('refuses callers beyond its queue at once', async () => {
    const { batcher, open } = gated({ maxQueued: 1 });
    const kept = batcher.submit(1);
    await expect(batcher.submit(2)).rejects.toThrow('full');
    await open();
    expect(await kept).toBe(10);
  });

  it('says how long the first that waits has waited', async () => {
    const { batcher, open } = gated({ maxBatch: 1 });
    expect(batcher.waitedMs).toBe(0);
    const first = batcher.submit(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect([batcher.queued, batcher.waitedMs]).toEqual([0, 0]);
    const second = batcher.submit(2);
    while (batcher.waitedMs < 20) await new Promise((resolve) => setImmediate(resolve));
    const third = batcher.submit(3);
    expect(batcher.waitedMs).toBeGreaterThanOrEqual(20);
    for (const answered of [first, second, third]) {
      await open();
      await answered;
    }
    expect([batcher.queued, batcher.waitedMs]).toEqual([0, 0]);
  });

  it('says how long the full batches that wait will take, by the last ones', async () => {
    const { batcher, open } = gated({ maxBatch: 2 });
    const first = batcher.submit(0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await open();
    await first;
    const second = batcher.submit(1);
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = [batcher.submit(2)];
    expect(batcher.aheadMs).toBe(0);
    waiting.push(batcher.submit(3));
    const one = batcher.aheadMs;
    expect(one).toBeGreaterThanOrEqual(50);
    waiting.push(batcher.submit(4), batcher.submit(5));
    expect(batcher.aheadMs).toBe(2 * one);
    for (const answered of [second, waiting[1], waiting[3]]) {
      await open();
      await answered;
    }
    expect(batcher.aheadMs).toBe(0);
  });

  it('does not take one batch that hung for what the next ones will take', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    try {
      const { batcher, open } = gated({ maxBatch: 1 });
      const first = batcher.submit(0);
      await new Promise((resolve) => setImmediate(resolve));
      jest.advanceTimersByTime(60_000);
      await open();
      await first;
      const rest = [1, 2].map((n) => batcher.submit(n));
      await new Promise((resolve) => setImmediate(resolve));
      expect(batcher.aheadMs).toBeLessThanOrEqual(300);
      for (const answered of rest) {
        await open();
        await answered;
      }
    } finally {
      jest.useRealTimers();
    }
  });

  it('is idle when everything has been answered', async () => {
    const { batcher, open } = gated();
    let isIdle = false;
    const answered = batcher.submit(1);
    const idle = batcher.idle().then(() => {
      isIdle = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isIdle).toBe(false);
    await open();
    await answered;
    await idle;
  });
});
