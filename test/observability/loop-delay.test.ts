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
    return { after, seen };
  };

  const full = [900, 900, 900];

  it('stands when nothing was in time for a second, not after one or two long turns', () => {
    expect(open().after(5000, 5000, 5000)).toEqual([false, false, true]);
    expect(open().after(900, 0, 900, 0, 900)).toEqual([false, false, false, false, false]);
    expect(open().after(300, 300, 300)).toEqual([false, false, true]);
    expect(open().after(101, 100, 101, 101, 101, 101, 101, 101, 101)).toEqual([...Array(8).fill(false), true]);
  });

  it('is over with the first turn in time', () => {
    expect(open().after(900, 900, 900, 100)).toEqual([false, false, true, false]);
  });

  it('is said again at once for five seconds', () => {
    expect(open().after(...full, 0, 150, 0, 150)).toEqual([false, false, true, false, true, false, true]);
    const quiet = Array<number>(100).fill(0);
    expect(
      open()
        .after(...full, ...quiet, 150)
        .at(-1),
    ).toBe(false);
    expect(
      open()
        .after(...full, ...quiet.slice(1), 150)
        .at(-1),
    ).toBe(true);
  });

  it('matters to nobody without a limit, but is told', () => {
    const { after, seen } = open(null);
    expect(after(5000, 5000)).toEqual([false, false]);
    expect(seen).toEqual([5, 5]);
  });
});
