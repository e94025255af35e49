import pg from 'pg';
import { type Queryable, withTypes } from './database.js';
import { areTablesInUse } from './tables-in-use.js';

export interface WriterConnection extends Queryable {
  close(): Promise<void>;
}

/** Statements from one look at the tables' sizes to the next, while they are small. */
const STATEMENTS_PER_LOOK = 256;
const HOT_TABLES = 'responses, items, threads, runs, reservations, ledger';
/** What runs leave behind: stored ones both, others a bill. */
const GROWING_TABLES = ['responses', 'ledger'];

/**
 * A connection of its own for one kind of hot-path write, so that its batches never queue behind reads. Opened on first use
 * and again after it broke; the statement that met the break fails (its caller repeats or reports it).
 *
 * Planning one of these statements costs as much as running it with twenty rows. A plan made while the tables were empty,
 * though, may pick an index that only suits empty tables, and would be kept for ever. So statements are planned anew every
 * time until the tables have grown and been looked at, and once from then on.
 */
export function createWriterConnection(databaseUrl: string): WriterConnection {
  let current: Promise<{ client: pg.Client; db: Queryable }> | null = null;
  let closed = false;
  let isPlanKept = false;
  let statements = 0;

  const open = async (): Promise<{ client: pg.Client; db: Queryable }> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    const forget = (): void => {
      current = null;
    };
    client.on('error', forget);
    client.on('end', forget);
    await client.connect();
    // Rows are always found by key. A table that happens to be empty when a plan is made must not be read as a whole later, nor
    // an index from one end to the other, which is how `runs` would be read where no run was under way: each row of a batch would
    // meet every other, and what ended long ago. A bitmap cannot be made without a key (finish-statement.ts tells the exception).
    for (const scan of ['seqscan', 'indexscan', 'indexonlyscan']) await client.query(`set enable_${scan} = off`);
    await client.query('set plan_cache_mode = force_custom_plan');
    isPlanKept = false;
    statements = 0;
    await keepPlans(client);
    return { client, db: withTypes(client) };
  };

  /** Keeps plans from now on, if the statistics they are made from tell of tables in use. */
  const keepPlans = async (client: pg.Client): Promise<void> => {
    if (!(await areTablesInUse(withTypes(client), GROWING_TABLES))) return;
    await client.query('set plan_cache_mode = force_generic_plan');
    isPlanKept = true;
  };

  const look = async (client: pg.Client): Promise<void> => {
    await client.query(`analyze ${HOT_TABLES}`);
    await keepPlans(client);
  };

  return {
    async query(text, values) {
      if (closed) throw new Error('The writer connection is closed.');
      current ??= open().catch((error: unknown) => {
        current = null;
        throw error;
      });
      const { client, db } = await current;
      statements += 1;
      // It goes in front of the next statement; should it fail, plans go on being made every time.
      if (!isPlanKept && statements % STATEMENTS_PER_LOOK === 0) look(client).catch(() => undefined);
      return db.query(text, values);
    },
    async close() {
      closed = true;
      const last = current;
      current = null;
      await (await last?.catch(() => null))?.client.end();
    },
  };
}
