import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { DATABASE_ROLE } from './cluster.js';
import { connectionUrl } from './connection-url.js';
import { clusterDirOf } from './data-dir.js';
import { systemCode } from './embedded-postgres-error.js';

/**
 * The URL of the database that a gateway is running on this data folder, or null if none answers there. For the command
 * line, which works beside a running server.
 */
export async function findRunningDatabase(dataDir: string, database = 'antiphon'): Promise<string | null> {
  const url = socketUrl(dataDir, database);
  if (url === null) return null;
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return url;
  } catch {
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** PostgreSQL notes its port and the folder of its socket in the fourth and fifth line of its pid file. */
function socketUrl(dataDir: string, database: string): string | null {
  try {
    const lines = readFileSync(path.join(clusterDirOf(dataDir), 'postmaster.pid'), 'utf8').split('\n');
    const [port, host] = [lines[3], lines[4]];
    if (!port || !host) return null;
    return connectionUrl({ host, port: Number(port), user: DATABASE_ROLE, database });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
