import { describe, expect, it } from '@jest/globals';
import { windowEndMs, windowStartMs } from '../../src/domain/principal.js';

describe('budget windows', () => {
  const newYearsEve = Date.UTC(2026, 11, 31, 23, 59, 59, 999);

  it('of a day and a month begin and end at midnight UTC', () => {
    expect(windowStartMs('day', newYearsEve)).toBe(Date.UTC(2026, 11, 31));
    expect(windowEndMs('day', newYearsEve)).toBe(Date.UTC(2027, 0, 1));
    expect(windowStartMs('month', newYearsEve)).toBe(Date.UTC(2026, 11, 1));
    expect(windowEndMs('month', newYearsEve)).toBe(Date.UTC(2027, 0, 1));
  });

  it('of the total never end', () => {
    expect(windowStartMs('total', newYearsEve)).toBe(0);
    expect(windowEndMs('total', newYearsEve)).toBeNull();
  });
});
