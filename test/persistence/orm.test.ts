import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createOrm, type Orm } from '../../src/persistence/orm.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const MOST_WAITING = 3;

describe('statements without a connection', () => {
  let database: TestDatabase;
  let orm: Orm;
  beforeAll(async () => {
    database = await createTestDatabase();
    orm = await createOrm({ url: database.url, poolSize: 1 }, () => MOST_WAITING);
  });
  afterAll(async () => {
    await orm.close();
    await database.drop();
  });

  it('wait for one, and are told to come back when too many wait already', async () => {
    let release = (): void => undefined;
    let isHeld = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      isHeld = resolve;
    });
    const holder = orm.transaction(async () => {
      isHeld();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await held;
    const waiting = Array.from({ length: MOST_WAITING }, (_, n) => orm.sql.query('select $1::int as n', [n]));
    expect(orm.waiting).toBe(MOST_WAITING);
    const overloaded = { status: 503, headers: { 'retry-after': expect.any(String) }, retryable: true };
    await expect(orm.sql.query('select 1')).rejects.toMatchObject(overloaded);
    await expect(orm.transaction(async () => undefined)).rejects.toMatchObject(overloaded);

    release();
    await holder;
    expect((await Promise.all(waiting)).map(({ rows }) => rows[0]?.n)).toEqual([0, 1, 2]);
    expect(orm.waiting).toBe(0);
    expect((await orm.sql.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});
