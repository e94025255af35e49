import type { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { keepLargeValues } from './large-values.js';
import { ensurePartitions } from './partitions.js';

/** Any fixed number; every Antiphon process that migrates the same database takes the same lock. */
const MIGRATION_LOCK = 4_127_001;

/**
 * Brings the schema up to date. Several replicas may start at once: one migrates, the others wait for it.
 * The lock lives on a connection of its own, so it ends with the process whatever happens.
 */
export async function migrate(orm: MikroORM, databaseUrl: string, nowMs: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await orm.migrator.up();
    await ensurePartitions(client, nowMs);
    await keepLargeValues(client);
  } finally {
    await client.end();
  }
}
