import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { systemClock } from '../../src/domain/clock.js';
import { newUuid } from '../../src/domain/ids.js';
import type { Principal } from '../../src/domain/principal.js';
import { createOrm, type Orm } from '../../src/persistence/orm.js';
import { createBudgetRepository } from '../../src/persistence/repositories/budget.repository.js';
import { createRunRepository } from '../../src/persistence/repositories/run.repository.js';
import { createThresholdRepository } from '../../src/persistence/repositories/threshold.repository.js';
import type { RunBeginning } from '../../src/persistence/statements/index.js';
import { createWriterConnection, type WriterConnection } from '../../src/persistence/writer-connection.js';
import { createRunStore, type RunStore } from '../../src/services/responses/run-store.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { runBeginning, runEnding } from '../support/runs.js';

describe('the writes of runs', () => {
  const projectId = newUuid();
  // Only budgets of a principal are looked at here, and there are none.
  const principal = { projectId, budgets: [] } as unknown as Principal;
  let database: TestDatabase;
  let orm: Orm;
  let writers: WriterConnection[];
  let store: RunStore;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`insert into projects (id, name) values ($1, 'p')`, [projectId]);
    orm = await createOrm({ url: database.url, poolSize: 2 });
    writers = [createWriterConnection(database.url), createWriterConnection(database.url)];
    const [beginWriter, finishWriter] = writers as [WriterConnection, WriterConnection];
    store = createRunStore({
      currency: 'USD',
      beginWriter,
      finishWriter,
      budgets: createBudgetRepository(orm.sql),
      thresholds: createThresholdRepository(orm.sql),
      runs: createRunRepository(orm.sql),
      owner: newUuid(),
      clock: systemClock,
    });
  });
  afterAll(async () => {
    for (const writer of writers) await writer.close();
    await orm.close();
    await client.end();
    await database.drop();
  });

  const start = (over: Partial<RunBeginning> = {}) => runBeginning(projectId, over);
  const idsIn = async (table: 'responses' | 'ledger', column: 'id' | 'response_id'): Promise<string[]> =>
    (await client.query(`select ${column} as id from ${table}`)).rows.map(({ id }) => id);
  const outcomes = async (all: Promise<unknown>[]): Promise<string[]> =>
    (await Promise.allSettled(all)).map(({ status }) => status);

  it('fail alone where one row is faulty: its neighbours in the statement are written, once', async () => {
    const runs = [start(), start({ settings: 'no JSON' }), start(), start()];
    const began = store.counts.begin.repeated;
    expect(await outcomes(runs.map((run) => store.begin(principal, run)))).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(store.counts.begin.repeated).toBe(began + 1);
    const healthy = runs.filter((_, index) => index !== 1);
    expect((await idsIn('responses', 'id')).toSorted()).toEqual(healthy.map((run) => run.responseId).toSorted());

    const endOf = (run: RunBeginning, settings: string | null) =>
      store.finish(runEnding(projectId, { responseId: run.responseId, threadId: run.responseId, inputs: 1, settings }));
    const ends = healthy.map((run, index) => endOf(run, index === 1 ? 'no JSON' : null));
    expect(await outcomes(ends)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const [first, faulty, last] = healthy as [RunBeginning, RunBeginning, RunBeginning];
    expect((await idsIn('ledger', 'response_id')).toSorted()).toEqual([first.responseId, last.responseId].toSorted());
    // What failed left nothing half done: it can be ended still.
    expect(await endOf(faulty, null)).toBe(true);
    expect((await client.query('select 1 from runs')).rows).toEqual([]);
  });

  it('share statements while others are under way, and are bounded: beginnings beyond it are refused, ends are not', async () => {
    const blocker = new pg.Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('lock table runs in access exclusive mode');
    const before = { ...store.counts.begin };
    const first = store.begin(principal, start());
    while (store.counts.begin.batches === before.batches) await new Promise((resolve) => setImmediate(resolve));
    const waiting = Array.from({ length: 10_000 }, () => store.begin(principal, start()));
    expect(store.waiting).toBe(10_000);
    await expect(store.begin(principal, start())).rejects.toMatchObject({ status: 503, code: 'server_error' });
    const unknown = store.finish(runEnding(projectId));
    expect(store.waitedMs).toBeGreaterThan(0);
    await blocker.query('rollback');
    await blocker.end();
    expect(new Set(await outcomes([first, ...waiting]))).toEqual(new Set(['fulfilled']));
    expect(await unknown).toBe(false);
    expect(store.waiting).toBe(0);
    const { batches, rows, repeated } = store.counts.begin;
    expect([rows - before.rows, batches - before.batches, repeated]).toEqual([10_001, 1 + Math.ceil(10_000 / 128), 1]);
  });
});
