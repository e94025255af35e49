import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newUuid } from '../../src/domain/ids.js';
import { beginRuns, type RunBeginning } from '../../src/persistence/statements/begin-runs.js';
import { finishRuns } from '../../src/persistence/statements/finish-runs.js';
import { createWriterConnection, type WriterConnection } from '../../src/persistence/writer-connection.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { runBeginning, runEnding } from '../support/runs.js';

const OWNER = newUuid();

describe('a writer of runs', () => {
  const projectId = newUuid();
  let database: TestDatabase;
  let writer: WriterConnection;
  beforeEach(async () => {
    database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`insert into projects (id, name) values ($1, 'p')`, [projectId]);
    await client.end();
    writer = createWriterConnection(database.url);
  });
  afterEach(async () => {
    await writer.close();
    await database.drop();
  });

  const run = async (count: number, over: Partial<RunBeginning> = {}): Promise<void> => {
    const batch = Array.from({ length: count }, () => runBeginning(projectId, over));
    const places = await beginRuns(writer, OWNER, batch, '');
    const ends = batch.map(({ responseId, inputs }, index) => {
      const place = places[index];
      const at =
        place?.kind === 'placed'
          ? { threadId: place.threadId, inputStart: place.inputStart, inputs: inputs.length }
          : {};
      return runEnding(projectId, { responseId, holdsMoney: false, ...at });
    });
    const { mine } = await finishRuns(writer, ends, '');
    expect(mine).toEqual(ends.map(() => true));
  };
  const planned = async () => {
    const { rows } = await writer.query<{ name: string; generic: bigint; custom: bigint }>(
      `select name, generic_plans as generic, custom_plans as custom from pg_prepared_statements order by name`,
    );
    return rows;
  };

  it('plans every time while its tables are small, and once they are not keeps plans that use keys', async () => {
    await run(8);
    expect((await planned()).map(({ name, generic }) => [name, generic])).toEqual([
      ['begin-runs', 0n],
      ['finish-runs', 0n],
    ]);
    for (let round = 0; round < 200; round += 1) await run(8);
    const before = await planned();
    await run(8);
    const after = await planned();
    for (const [index, { custom, generic }] of after.entries()) {
      expect(custom).toBe(before[index]?.custom);
      expect(generic).toBeGreaterThan(before[index]?.generic ?? 0n);
    }
    const texts = await writer.query<{ statement: string }>('select statement from pg_prepared_statements');
    const plans: string[] = [];
    for (const { statement } of texts.rows.filter((row) => row.statement.includes('insert into'))) {
      const { rows } = await writer.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${statement}`);
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
    }
    expect(plans).toHaveLength(2);
    for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on (runs|responses|items|threads|reservations)/);
    expect(plans.join('\n')).toMatch(/Bitmap Index Scan on responses_pkey/);
    expect(plans.join('\n')).toMatch(/Bitmap Index Scan on runs_pkey/);
  });

  it('keeps plans also where nothing but bills is left behind', async () => {
    const unstored = { stored: false, inputs: [] };
    await run(8, unstored);
    expect((await planned()).map(({ generic }) => generic)).toEqual([0n, 0n]);
    for (let round = 0; round < 200; round += 1) await run(8, unstored);
    const before = await planned();
    await run(8, unstored);
    const after = await planned();
    expect(after.map(({ custom }) => custom)).toEqual(before.map(({ custom }) => custom));
    expect(after.every(({ generic }) => generic > 0n)).toBe(true);
  });
});
