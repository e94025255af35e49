import { describe, expect, it } from '@jest/globals';
import { prepared } from '../../src/persistence/prepared.js';

describe('statements that are planned once', () => {
  it('have one name for one text, whatever they are asked', () => {
    const first = prepared('select $1::int', [1]);
    expect(first).toEqual({ name: expect.stringMatching(/^read-\d+$/), text: 'select $1::int', values: [1] });
    expect(prepared('select $1::int', [2])).toEqual({ ...first, values: [2] });
    expect(prepared('select $1::text', ['1']).name).not.toBe(first.name);
  });

  it('are so many, and no more', () => {
    const names = new Set(Array.from({ length: 1000 }, (_, index) => prepared(`select ${index}`, []).name));
    expect(names.has(undefined)).toBe(true);
    expect(names.size).toBeLessThanOrEqual(257);
    expect(prepared('select 999', [])).toEqual({ text: 'select 999', values: [] });
    expect(prepared('select $1::int', [3]).name).toBeDefined();
  });
});
