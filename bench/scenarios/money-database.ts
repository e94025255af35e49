import pg from 'pg';
import { installer } from '../../src/domain/audit.js';
import { systemClock } from '../../src/domain/clock.js';
import { newUuid } from '../../src/domain/ids.js';
import { createLogger } from '../../src/observability/logger.js';
import { withTypes } from '../../src/persistence/database.js';
import { migrate } from '../../src/persistence/migrate.js';
import { createNotifier } from '../../src/persistence/notifier.js';
import { createOrm } from '../../src/persistence/orm.js';
import { createBudgetRepository } from '../../src/persistence/repositories/budget.repository.js';
import { createRunRepository } from '../../src/persistence/repositories/run.repository.js';
import { createThresholdRepository } from '../../src/persistence/repositories/threshold.repository.js';
import { createUsageRepository } from '../../src/persistence/repositories/usage.repository.js';
import { beginRuns } from '../../src/persistence/statements/begin-runs.js';
import { finishRuns } from '../../src/persistence/statements/finish-runs.js';
import { createWriterConnection } from '../../src/persistence/writer-connection.js';
import { createAccess } from '../../src/services/access/index.js';
import { createSealer } from '../../src/services/access/sealer.js';
import { createRunStore } from '../../src/services/responses/run-store.js';
import { createUsageReports } from '../../src/services/usage/usage.service.js';
import { runBeginning, runEnding } from '../../test/support/runs.js';

const DAY_SECONDS = 86_400;
const DAYS = 30;
const POOL = 16;

export interface MoneyDatabase {
  key: string;
  authenticate(key: string): Promise<unknown>;
  /** Reserves and settles one run, grouped with the others. */
  grouped(): Promise<unknown>;
  /** The same by statements of its own, on a pool of connections. */
  single(): Promise<unknown>;
  /** Bills over the last thirty days, and the sums of quarter hours that the server keeps. */
  fillLedger(bills: number): Promise<void>;
  report(): Promise<unknown>;
  close(): Promise<void>;
}

/** A database of its own with one key and its budget, used by the server's own parts. */
export async function openMoneyDatabase(url: string): Promise<MoneyDatabase> {
  const logger = createLogger('silent');
  const clock = systemClock;
  const orm = await createOrm({ url, poolSize: 4 });
  await migrate(orm.mikro, url, clock.now());
  const notifier = createNotifier(url, () => undefined);
  const budgets = createBudgetRepository(orm.sql);
  const sealer = createSealer('of the benchmark only');
  const access = createAccess({ orm, notifier, budgets, sealer, clock, logger });
  const project = await access.projects.ensureDefault();
  const { key, secret } = await access.apiKeys.issue(installer('server', project.id), {
    name: 'hot',
    budgets: [{ period: 'total', cap: 10n ** 17n }],
  });
  const principal = await access.access.authenticate(`Bearer ${secret}`);
  const writers = [createWriterConnection(url), createWriterConnection(url)] as const;
  const owner = newUuid();
  const store = createRunStore({
    beginWriter: writers[0],
    finishWriter: writers[1],
    budgets,
    thresholds: createThresholdRepository(orm.sql),
    runs: createRunRepository(orm.sql),
    owner,
    clock,
    currency: 'USD',
  });
  const pool = new pg.Pool({ connectionString: url, max: POOL });
  const sql = withTypes(pool);
  const usage = createUsageReports({ usage: createUsageRepository(orm.sql), clock });
  const keyId = key.id;

  const run = async () => {
    const windows = await store.openWindows(principal);
    const beginning = runBeginning(project.id, {
      keyId,
      stored: false,
      inputs: [],
      windows,
      amount: 1000n,
      leaseMs: 60_000,
    });
    const ending = runEnding(project.id, { responseId: beginning.responseId, keyId, cost: 10n });
    return { beginning, ending };
  };

  return {
    key: secret,
    authenticate: (given) => access.access.authenticate(`Bearer ${given}`),
    async grouped() {
      const { beginning, ending } = await run();
      await store.begin(principal, beginning);
      await store.finish(ending);
    },
    async single() {
      const { beginning, ending } = await run();
      await beginRuns(sql, owner, [beginning], '');
      await finishRuns(sql, [ending], '');
    },
    async fillLedger(bills) {
      await sql.query(
        `insert into ledger (project_id, id, response_id, key_id, end_user, model, provider, input_tokens,
           cached_input_tokens, output_tokens, reasoning_tokens, estimated, amount, created_at, label)
         select $1, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' ||
             substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
           gen_random_uuid(), $2, 'user ' || n % 50, 'model ' || n % 5, 'provider', 500, 0, 100, 0, false, 1000, at,
           'label ' || n % 3
         from (select n, now() - n * ($3::float8 / $4) * interval '1 second' as at from generate_series(1, $4::int) n) bill`,
        [project.id, keyId, DAYS * DAY_SECONDS, bills],
      );
      await usage.sumUp();
      await sql.query('vacuum analyze usage_slots');
    },
    report: () =>
      usage.report(
        { projectId: project.id, everyProject: false },
        {
          start_time: Math.floor(clock.now() / 1000) - DAYS * DAY_SECONDS,
          bucket: 'day',
          group_by: 'model',
          limit: 1000,
        },
      ),
    async close() {
      await access.close();
      await notifier.close();
      await pool.end();
      await Promise.all(writers.map((writer) => writer.close()));
      await orm.close();
    },
  };
}
