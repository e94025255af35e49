import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { withTypes } from '../../src/persistence/database.js';
import { createTestDatabase } from '../support/postgres.js';

/**
 * What is promoted to the old generation and dies there keeps what it points to alive until that generation is collected, which
 * takes long: each statement that hangs on the one before it would be copied twice, and be kept for minutes.
 */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
const collectYoung = (): void => collect({ type: 'minor' });

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

it('a statement that was answered is garbage for the young generation, not for the old one', async () => {
  const sql = withTypes(client);
  const STATEMENTS = 2000;
  const ask = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1)
      await sql.query({ name: 'echo', text: 'select $1::text as said', values: ['x'.repeat(1000) + n] });
  };
  // Whatever lives on grows old, so that it could keep what comes later.
  for (let n = 0; n < 5; n += 1) {
    await ask(100);
    collectYoung();
  }
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 10; n += 1) {
    await ask(STATEMENTS / 10);
    collectYoung();
  }
  collectYoung();
  const kept = process.memoryUsage().heapUsed - before;
  expect(kept / STATEMENTS).toBeLessThan(1000);
});
