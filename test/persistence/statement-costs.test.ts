import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newUuid } from '../../src/domain/ids.js';
import type { Queryable } from '../../src/persistence/database.js';
import { appendEvents } from '../../src/persistence/statements/append-events.js';
import { beginRuns, type RunBeginning } from '../../src/persistence/statements/begin-runs.js';
import { billRuns } from '../../src/persistence/statements/bill-runs.js';
import { finishRuns, type RunEnding } from '../../src/persistence/statements/finish-runs.js';
import { createWriterConnection, type WriterConnection } from '../../src/persistence/writer-connection.js';
import { insertBudgetedProject } from '../support/budgeted-project.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { runBeginning, runEnding } from '../support/runs.js';
import { fillTables } from './fill-tables.js';

const OWNER = newUuid();
/** Rows of a batch. */
const MANY = 64;

interface Node {
  'Node Type': string;
  Operation?: 'Insert' | 'Update' | 'Delete';
  'Relation Name'?: string;
  'CTE Name'?: string;
  Alias?: string;
  'Index Cond'?: string;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  'Actual Rows': number;
  'Actual Loops': number;
  Plans?: Node[];
}

/** Tables that grow with use: reading one as a whole is a fault that nobody notices while it is small. */
const GROWING =
  /^(responses|items|threads|runs|reservations|ledger|response_events|budget_windows|budget_slices|idempotency_keys|webhook_deliveries)/;

const flatten = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flatten)];

describe('the statements of the write path', () => {
  const projectId = newUuid();
  const budgetId = newUuid();
  const windowMs = Date.UTC(2026, 0);
  /** One for each run of a batch. */
  const otherBudgets = Array.from({ length: MANY }, newUuid);
  const conversations = Array.from({ length: MANY }, newUuid);
  let database: TestDatabase;
  let client: pg.Client;
  let writer: WriterConnection;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await insertBudgetedProject(client, { projectId, budgetId, windowMs });
    for (const id of otherBudgets) {
      await client.query(
        `insert into budgets (project_id, id, scope, subject, period, rolling_seconds, cap) values ($1, $2::uuid, 'label', $2::text, 'rolling', 60, 1000000)`,
        [projectId, id],
      );
      await client.query(
        'insert into budget_windows (project_id, budget_id, window_start) values ($1, $2, to_timestamp($3 / 1000.0))',
        [projectId, id, windowMs],
      );
    }
    await client.query('insert into threads (project_id, id) select $1, unnest($2::uuid[])', [
      projectId,
      conversations,
    ]);
    writer = createWriterConnection(database.url);
  });
  afterAll(async () => {
    await writer.close();
    await client.end();
    await database.drop();
  });

  /** Executes a statement as the writer does, and answers what was done instead of its rows. */
  const tell = async (send: (db: Queryable) => Promise<unknown>): Promise<Node[]> => {
    let sent: pg.QueryConfig | undefined;
    await send({
      async query(config) {
        sent = config as pg.QueryConfig;
        return { rows: [] } as never;
      },
    });
    const { text, values = [] } = sent as pg.QueryConfig;
    await writer.query(`prepare told as ${text}`);
    const literals = values.map((value) => pg.escapeLiteral(String(value)));
    const { rows } = await writer.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, costs off, timing off, format json) execute told(${literals.join(', ')})`,
    );
    await writer.query('deallocate told');
    const [{ Plan: plan }] = JSON.parse(rows[0]?.['QUERY PLAN'] as string) as [{ Plan: Node }];
    return flatten(plan);
  };
  const wholeReads = (nodes: Node[]): string[] =>
    nodes
      .filter((node) => /^(Seq|Index|Index Only) Scan$/.test(node['Node Type']) && node['Index Cond'] === undefined)
      .flatMap((node) => node['Relation Name'] ?? [])
      .filter((table) => GROWING.test(table));
  /** Scans of what a batch brought along that saw more rows than the batch has. */
  const meetings = (nodes: Node[]): object[] =>
    nodes
      .filter((node) => /^(CTE|Function) Scan$/.test(node['Node Type']))
      .map((node) => {
        const passedBy = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Join Filter'] ?? 0);
        return { from: node['CTE Name'] ?? node.Alias, rows: node['Actual Loops'] * (node['Actual Rows'] + passedBy) };
      })
      .filter(({ rows }) => rows > MANY);
  /** Rows written, by what was done to which table. Partitions count as their table. */
  const written = (nodes: Node[]): Record<string, number> => {
    const rows: Record<string, number> = {};
    for (const node of nodes) {
      if (node['Node Type'] !== 'ModifyTable') continue;
      const [source] = node.Plans ?? [];
      const count = (source?.['Actual Rows'] ?? 0) * (source?.['Actual Loops'] ?? 0);
      const what = `${node.Operation?.toLowerCase()} ${node['Relation Name']}`;
      if (count > 0) rows[what] = (rows[what] ?? 0) + count;
    }
    return rows;
  };

  const PROMPT = JSON.stringify({ type: 'message', role: 'user', content: 'What is it that you see? '.repeat(8) });
  const ANSWER = JSON.stringify({ type: 'message', role: 'assistant', content: 'It is as I have said. '.repeat(40) });
  const budgeted = { windows: [{ budgetId, startMs: windowMs }], amount: 10n };
  const start = (over: Partial<RunBeginning> = {}) =>
    runBeginning(projectId, { inputs: [{ id: newUuid(), payload: PROMPT }], ...over });
  const endOf = ({ responseId }: RunBeginning, over: Partial<RunEnding> = {}) =>
    runEnding(projectId, {
      responseId,
      threadId: responseId,
      inputs: 1,
      outputs: [{ id: newUuid(), payload: ANSWER }],
      cost: 7n,
      ...over,
    });
  const create = async (over: Partial<RunBeginning> = {}) => {
    const run = start(over);
    const beginning = await tell((db) => beginRuns(db, OWNER, [run], ''));
    const end = await tell((db) => finishRuns(db, [endOf(run)], ''));
    return { beginning, end };
  };
  const event = (responseId: string) => ({ projectId, responseId, attempt: 1, sequenceNumber: 0, payload: '{}' });
  /** Every statement of every module, once alone and once for many. */
  const everything = async (): Promise<[string, Node[]][]> => {
    const told: [string, Node[]][] = [];
    for (const count of [1, MANY]) {
      const many = <T>(make: () => T): T[] => Array.from({ length: count }, make);
      const add = async (name: string, send: (db: Queryable) => Promise<unknown>) => {
        told.push([`${name} of ${count}`, await tell(send)]);
      };
      const plain = many(() => start(budgeted));
      await add('begin-runs', (db) => beginRuns(db, OWNER, plain, ''));
      const own = otherBudgets
        .slice(0, count)
        .map((id) => start({ windows: [{ budgetId: id, startMs: windowMs }], amount: 1n }));
      await add('begin-runs on a budget each', (db) => beginRuns(db, OWNER, own, ''));
      await add('finish-runs on a budget each', (db) =>
        finishRuns(
          db,
          own.map((run) => endOf(run)),
          '',
        ),
      );
      const keyed = many(() =>
        start({ extra: { command: 'c', inputTokens: 1, idempotency: { key: newUuid(), hash: 'ab' } } }),
      );
      await add('begin-runs-with-extras', (db) => beginRuns(db, OWNER, keyed, ''));
      const [parent] = plain;
      await add('append-events', (db) => appendEvents(db, [event(parent?.responseId as string)], 'x'));
      await add('finish-runs', (db) =>
        finishRuns(
          db,
          plain.map((run) => endOf(run)),
          '',
        ),
      );
      await add('finish-runs-notices', (db) =>
        finishRuns(
          db,
          keyed.map((run) => endOf(run, { noticeId: newUuid() })),
          '',
        ),
      );
      const inConversations = many(() => start());
      await add('begin-runs again', (db) => beginRuns(db, OWNER, inConversations, '', true));
      await add('finish-runs of conversations', (db) =>
        finishRuns(
          db,
          inConversations.map((run, index) => endOf(run, { appendTo: conversations[index] as string })),
          '',
        ),
      );
      await add('begin-runs after others', (db) =>
        beginRuns(
          db,
          OWNER,
          plain.map(({ responseId }) =>
            start({ previousResponseId: responseId, parent: { threadId: responseId, end: 2 } }),
          ),
          '',
        ),
      );
      await add('bill-runs', (db) =>
        billRuns(
          db,
          many(() => runEnding(projectId)),
        ),
      );
    }
    return told;
  };

  const expectThrift = async (): Promise<void> => {
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await writer.query(`set plan_cache_mode = ${mode}`);
      for (const [name, told] of await everything())
        expect([mode, name, wholeReads(told), meetings(told)]).toEqual([mode, name, [], []]);
    }
  };

  it(
    'read no growing table as a whole and meet no row of their batch with every other while the tables are empty',
    expectThrift,
  );

  it('write these rows for a stored create, and no more', async () => {
    const { beginning, end } = await create();
    expect(written(beginning)).toEqual({
      'insert runs': 1,
      'insert responses': 1,
      'insert items': 1,
    });
    expect(written(end)).toEqual({
      'delete runs': 1,
      'update responses': 1,
      'insert items': 1,
      'insert ledger': 1,
    });
  });

  it('write three rows more for a budget, and give back all that was held', async () => {
    const { beginning, end } = await create(budgeted);
    expect(written(beginning)).toMatchObject({ 'insert reservations': 1, 'update budget_windows': 1 });
    expect(written(end)).toMatchObject({ 'delete reservations': 1, 'update budget_windows': 1 });
    const { rows } = await client.query('select reserved from budget_windows where budget_id = $1', [budgetId]);
    expect(rows).toEqual([{ reserved: '0' }]);
    expect((await client.query('select 1 from reservations')).rows).toEqual([]);
  });

  const position = async (): Promise<number> => {
    const { rows } = await client.query(`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as bytes`);
    return rows[0].bytes;
  };
  /**
   * Bytes of write-ahead log that a create takes. The log is the whole server's, and the first change of a page after a
   * checkpoint logs the whole page: so it is the least of some that counts.
   */
  const walOf = async (inputs: () => RunBeginning['inputs'], bound: number): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 50 && least > bound; tries += 1) {
      const run = start({ inputs: inputs() });
      const before = await position();
      await beginRuns(writer, OWNER, [run], '');
      await finishRuns(writer, [endOf(run)], '');
      least = Math.min(least, (await position()) - before);
    }
    return least;
  };

  it('write at most 4 kB of write-ahead log for a stored create', async () => {
    const bytes = await walOf(() => [{ id: newUuid(), payload: PROMPT }], 4096);
    expect(bytes).toBeGreaterThan(PROMPT.length + ANSWER.length / 4);
    expect(bytes).toBeLessThanOrEqual(4096);
  });

  it('write at most two bytes of write-ahead log for each byte of a long prompt, however little it can be compressed', async () => {
    const words = Array.from({ length: 50_000 }, (_, n) => ((n * 2_654_435_761) % 4_294_967_296).toString(36));
    const payload = JSON.stringify({ type: 'message', role: 'user', content: words.join(' ') });
    expect(payload.length).toBeGreaterThan(300 * 1024);
    const bytes = await walOf(() => [{ id: newUuid(), payload }], 2 * payload.length);
    expect(bytes).toBeLessThanOrEqual(2 * payload.length);
  });

  it('leave the indexes alone as a response ends, because its row finds room beside its first version', async () => {
    for (let round = 0; round < 20; round += 1) {
      const runs = Array.from({ length: 16 }, () => start());
      await beginRuns(writer, OWNER, runs, '');
      await finishRuns(
        writer,
        runs.map((run) => endOf(run)),
        '',
      );
    }
    await writer.query('select pg_stat_force_next_flush()');
    const { rows } = await client.query<{ updates: number; in_place: number }>(
      `select n_tup_upd::int as updates, n_tup_hot_upd::int as in_place from pg_stat_user_tables where relname = 'responses'`,
    );
    const [{ updates, in_place: inPlace } = { updates: 0, in_place: 0 }] = rows;
    expect(updates).toBeGreaterThanOrEqual(320);
    expect(inPlace / updates).toBeGreaterThan(0.9);
  });

  it('read and meet no more once the tables are full', async () => {
    await fillTables((text, values) => client.query(text, values), projectId, 10_000);
    await client.query(
      `insert into runs (project_id, response_id, owner, lease_until, key_id, model)
       select $1, gen_random_uuid(), $1, now() + interval '1 day', $1, 'm' from generate_series(1, 5000)`,
      [projectId],
    );
    await client.query('analyze');
    await expectThrift();
  });

  it.each([0, 1])('read and meet no more where %i runs were under way when the statistics were made', async (count) => {
    for (const table of ['runs', 'reservations']) await client.query(`delete from ${table}`);
    await client.query('vacuum');
    if (count > 0) await beginRuns(writer, OWNER, [start(budgeted)], '');
    await client.query('analyze');
    await expectThrift();
  });
});
