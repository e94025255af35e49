import { describe, expect, it } from '@jest/globals';
import { windowEndMs, windowStartMs } from '../../src/domain/budget-window.js';

describe('budget windows', () => {
  const newYearsEve = Date.UTC(2026, 11, 31, 23, 59, 59, 999);

  it('of a day and a month begin and end at midnight UTC', () => {
    expect(windowStartMs({ period: 'day', timeZone: 'UTC', rollingSeconds: null }, newYearsEve)).toBe(
      Date.UTC(2026, 11, 31),
    );
    expect(windowEndMs({ period: 'day', timeZone: 'UTC', rollingSeconds: null }, newYearsEve)).toBe(
      Date.UTC(2027, 0, 1),
    );
    expect(windowStartMs({ period: 'month', timeZone: 'UTC', rollingSeconds: null }, newYearsEve)).toBe(
      Date.UTC(2026, 11, 1),
    );
    expect(windowEndMs({ period: 'month', timeZone: 'UTC', rollingSeconds: null }, newYearsEve)).toBe(
      Date.UTC(2027, 0, 1),
    );
  });

  it('of the total never end', () => {
    expect(windowStartMs({ period: 'total', timeZone: 'UTC', rollingSeconds: null }, newYearsEve)).toBe(0);
    expect(windowEndMs({ period: 'total', timeZone: 'UTC', rollingSeconds: null }, newYearsEve)).toBeNull();
  });

  it('of a week begin on Monday', () => {
    const time = { period: 'week', timeZone: 'UTC', rollingSeconds: null } as const;
    expect(windowStartMs(time, newYearsEve)).toBe(Date.UTC(2026, 11, 28));
    expect(windowEndMs(time, newYearsEve)).toBe(Date.UTC(2027, 0, 4));
  });

  it.each(['America/New_York', 'Asia/Kathmandu', 'Europe/Berlin', 'Pacific/Auckland'])(
    'in %s follow one another without a gap, around changes of the clocks too',
    (timeZone) => {
      for (const period of ['day', 'week', 'month'] as const) {
        const time = { period, timeZone, rollingSeconds: null };
        for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 7 * 3_600_000) {
          const [start, end] = [windowStartMs(time, at), windowEndMs(time, at) as number];
          expect([start <= at, at < end]).toEqual([true, true]);
          expect(windowStartMs(time, end)).toBe(end);
          expect(windowStartMs(time, end - 1)).toBe(start);
          const clock = new Intl.DateTimeFormat('en-u-hc-h23', { timeZone, timeStyle: 'medium' }).format(start);
          expect(clock).toBe('00:00:00');
        }
      }
    },
  );
});
