import type { Queryable } from './database.js';

/** Columns that are stored and given back as they are, of any size. */
const PAYLOADS = [
  ['items', 'payload'],
  ['responses', 'settings'],
  ['response_events', 'payload'],
] as const;

/**
 * Says how values of more than 2 kB are kept: packed where the server knows lz4, as they are where it does not. The other packer,
 * pglz, takes three quarters of all the CPU that a long prompt costs the database. Idempotent; run at start, because another
 * build of the server may know more or less. What was kept before stays as it was and is read all the same.
 */
export async function keepLargeValues(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ table: string; column: string; storage: string }>(
    `select c.relname as table, a.attname as column, case when s.lz4 then 'extended' else 'external' end as storage
     from (select exists (
       select from pg_settings where name = 'default_toast_compression' and 'lz4' = any(enumvals)
     ) as lz4) s
     join unnest($1::text[], $2::text[]) as payload(relname, attname) on true
     join pg_class c on c.oid = to_regclass(payload.relname)
     join pg_attribute a on a.attrelid = c.oid and a.attname = payload.attname
     where a.attstorage <> case when s.lz4 then 'x'::"char" else 'e'::"char" end`,
    [PAYLOADS.map(([table]) => table), PAYLOADS.map(([, column]) => column)],
  );
  for (const { table, column, storage } of rows)
    await db.query(`alter table ${table} alter column ${column} set storage ${storage}`);
}
