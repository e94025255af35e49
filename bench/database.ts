import pg from 'pg';
import { findRunningDatabase } from '../src/persistence/embedded/running-database.js';

/** The URL of the database that the gateway on this data folder has started. */
export async function databaseUrl(dataDir: string): Promise<string> {
  const url = await findRunningDatabase(dataDir);
  if (url === null) throw new Error('The gateway has no embedded database.');
  return url;
}

/** Runs work on a connection of its own. */
export async function withDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** An empty database beside the gateway's own, in the same PostgreSQL. Resolves with its URL. */
export async function createDatabase(dataDir: string, name: string): Promise<string> {
  const url = await databaseUrl(dataDir);
  await withDatabase(url, async (client) => {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name}`);
  });
  return url.replace(/\/[^/?]*(\?|$)/, `/${name}$1`);
}
