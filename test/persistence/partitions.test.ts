import { describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { monthsAround, uuidFloor } from '../../src/persistence/partitions.js';

describe('monthly partitions', () => {
  it('bound the ids made in their month', () => {
    const months = monthsAround(Date.UTC(2026, 10, 21));
    const id = v7({ msecs: Date.UTC(2026, 10, 30, 23, 59, 59, 999) });
    const holding = months.filter(({ from, to }) => from <= id && id < to);
    expect(holding.map(({ suffix }) => suffix)).toEqual(['2026_11']);
  });

  it('follow one another without a gap over the turn of the year', () => {
    const months = monthsAround(Date.UTC(2026, 11, 31, 23, 59));
    expect(months.map(({ suffix }) => suffix)).toEqual([
      '2026_11',
      '2026_12',
      '2027_01',
      '2027_02',
      '2027_03',
      '2027_04',
    ]);
    for (const [index, month] of months.slice(1).entries()) expect(month.from).toBe(months[index]?.to);
  });

  it('start with the smallest id of their first moment', () => {
    const moment = Date.UTC(2027, 0, 1);
    expect(uuidFloor(moment) < v7({ msecs: moment })).toBe(true);
    expect(uuidFloor(moment) > v7({ msecs: moment - 1 })).toBe(true);
  });
});
