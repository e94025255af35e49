import pg from 'pg';

const OLDEST = 15;

/** The database of DATABASE_URL cannot be used, in one line for the operator. */
export class UnusableDatabaseError extends Error {
  override name = 'UnusableDatabaseError';
}

/**
 * Finds out before anything else whether a given database answers and is new enough.
 *
 * @throws UnusableDatabaseError saying what is wrong; never with the password
 */
export async function reachDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int / 10000 as version`,
    );
    const version = rows[0]?.version ?? 0;
    if (version < OLDEST)
      throw new UnusableDatabaseError(`DATABASE_URL: PostgreSQL ${OLDEST} or newer is needed, and this is ${version}.`);
  } catch (error) {
    if (error instanceof UnusableDatabaseError) throw error;
    // A name with several addresses fails once for each; the first says enough.
    const first = error instanceof AggregateError ? error.errors[0] : error;
    throw new UnusableDatabaseError(`DATABASE_URL: the database does not let us in: ${(first as Error).message}.`);
  } finally {
    await client.end().catch(() => undefined);
  }
}
