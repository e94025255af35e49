import { describe, expect, it } from '@jest/globals';
import { LoopDelay } from '../../src/observability/loop-delay.js';

describe('the delay of the event loop', () => {
  const open = (limitMs: number | null = 100) => {
    const seen: number[] = [];
    const delay = new LoopDelay({ limitMs: () => limitMs, observe: (seconds) => seen.push(seconds) });
    /** What is said after each of these samples. */
    const after = (...samples: number[]): boolean[] =>
      samples.map((ms) => {
        delay.sample(ms);
        return delay.isStanding;
      });
    return { delay, after, seen };
  };

  it('stands when nothing was in time for a second, not after one or two long turns', () => {
    expect(open().after(5000, 5000, 5000)).toEqual([false, false, true]);
    expect(open().after(900, 0, 900, 0, 900)).toEqual([false, false, false, false, false]);
    expect(open().after(300, 300, 300)).toEqual([false, false, true]);
    expect(open().after(101, 100, 101, 101, 101, 101, 101, 101, 101)).toEqual([...Array(8).fill(false), true]);
  });

  it('is over with the first turn in time', () => {
    expect(open().after(900, 900, 900, 100)).toEqual([false, false, true, false]);
  });

  it('says of each turn whether it was late', () => {
    const { delay } = open();
    expect(delay.isLate).toBe(false);
    delay.sample(100);
    expect(delay.isLate).toBe(false);
    delay.sample(101);
    expect(delay.isLate).toBe(true);
    delay.sample(0);
    expect(delay.isLate).toBe(false);
  });

  it('matters to nobody without a limit, but is told', () => {
    const { after, seen } = open(null);
    expect(after(5000, 5000)).toEqual([false, false]);
    expect(seen).toEqual([5, 5]);
  });
});
