import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { Queryable } from '../../src/persistence/database.js';
import { namedOnceInUse, preparedList } from '../../src/persistence/prepared.js';

describe('lists that are planned once', () => {
  it('have one name for one text, whatever they are asked', () => {
    const first = preparedList('select $1::int', [1]);
    expect(first).toEqual({ name: expect.stringMatching(/^list-\d+$/), text: 'select $1::int', values: [1] });
    expect(preparedList('select $1::int', [2])).toEqual({ ...first, values: [2] });
    expect(preparedList('select $1::text', ['1']).name).not.toBe(first.name);
  });

  it('are so many, and no more', () => {
    const names = new Set(Array.from({ length: 1000 }, (_, index) => preparedList(`select ${index}`, []).name));
    expect(names.has(undefined)).toBe(true);
    expect(names.size).toBeLessThanOrEqual(65);
    expect(preparedList('select 999', [])).toEqual({ text: 'select 999', values: [] });
    expect(preparedList('select $1::int', [3]).name).toBeDefined();
  });
});

describe('names of statements', () => {
  /** A database that says whether its tables are in use. */
  const database = () => {
    const asked: pg.QueryConfig[] = [];
    const state = { isInUse: false, looks: 0 };
    const sql: Queryable = {
      async query(text) {
        if (typeof text === 'string') state.looks += 1;
        else asked.push(text);
        return { rows: [{ is_in_use: state.isInUse }] } as never;
      },
    };
    return { named: namedOnceInUse(sql), asked, state };
  };
  const statement = { name: 'a', text: 'select 1', values: [] };

  it('are left out until the tables are in use, and kept from then on', async () => {
    const { named, asked, state } = database();
    for (let count = 0; count < 200; count += 1) await named.query(statement);
    expect(asked).toEqual(Array.from({ length: 200 }, () => ({ text: 'select 1', values: [] })));
    const { looks } = state;
    expect(looks).toBeGreaterThan(1);
    expect(looks).toBeLessThan(10);
    state.isInUse = true;
    for (let count = 0; count < 200; count += 1) await named.query(statement);
    expect(asked.at(-1)).toEqual(statement);
    expect(state.looks).toBe(looks + 1);
  });

  it('are not what statements without one wait for', async () => {
    const { named, asked, state } = database();
    await named.query({ text: 'select 2', values: [] });
    expect(asked).toEqual([{ text: 'select 2', values: [] }]);
    expect(state.looks).toBe(0);
  });
});
