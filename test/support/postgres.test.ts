import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, startTestCluster, type TestCluster, withDatabase } from './postgres.js';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('databases for tests', () => {
  let cluster: TestCluster;
  let migrations = 0;

  beforeAll(async () => {
    cluster = await startTestCluster({
      databaseUrl: process.env.DATABASE_URL,
      migrate: async (url) => {
        migrations += 1;
        await query(url, 'create table notes (note text)');
      },
    });
  });
  afterAll(() => cluster.stop());

  it('are migrated once and share nothing', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await query(one.url, `insert into notes values ('mine')`);
    expect(await query(one.url, 'select note from notes')).toEqual([{ note: 'mine' }]);
    expect(await query(two.url, 'select note from notes')).toEqual([]);
    expect(migrations).toBe(1);
    await two.drop();
    await expect(query(two.url, 'select 1')).rejects.toThrow('does not exist');
  });

  it('can be dropped while something is connected', async () => {
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    const cut = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await database.drop();
    await cut;
  });

  it('are named in URLs of every form', () => {
    for (const [url, expected] of [
      [
        'postgresql://me:pw@db.example:5433/old?sslmode=require',
        'postgresql://me:pw@db.example:5433/new?sslmode=require',
      ],
      ['postgresql://me@/old?host=/run/pg', 'postgresql://me@/new?host=/run/pg'],
      ['postgres://me@%2Frun%2Fpg:5432/old', 'postgres://me@%2Frun%2Fpg:5432/new'],
      ['postgres://db.example', 'postgres://db.example/new'],
    ]) {
      expect(withDatabase(url ?? '', 'new')).toBe(expected);
    }
  });
});
