import type { Queryable } from './database.js';

/** Rows from which on a plan made for a table will do for any larger one. */
const ENOUGH_ROWS = 1000;

/** Whether the statistics that plans are made from tell of tables in use, one of these at least. */
export async function areTablesInUse(sql: Queryable, tables: readonly string[]): Promise<boolean> {
  const { rows } = await sql.query<{ is_in_use: boolean | null }>(
    `select bool_or(c.reltuples >= ${ENOUGH_ROWS}) as is_in_use
     from unnest($1::text[]) as t(name) join pg_class c on c.oid = to_regclass(t.name)`,
    [tables],
  );
  return rows[0]?.is_in_use === true;
}
