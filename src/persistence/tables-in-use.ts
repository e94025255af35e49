import type { Queryable } from './database.js';

/** Rows from which on a plan made for a table will do for any larger one. */
const ENOUGH_ROWS = 1000;

/** Whether the statistics that plans are made from tell of tables in use. */
export async function areTablesInUse(sql: Queryable): Promise<boolean> {
  const { rows } = await sql.query<{ is_in_use: boolean }>(
    `select reltuples >= ${ENOUGH_ROWS} as is_in_use from pg_class where oid = to_regclass('responses')`,
  );
  return rows[0]?.is_in_use === true;
}
