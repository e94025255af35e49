import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createLogger, type Logger } from '../../src/observability/logger.js';
import { startEmbeddedPostgres } from '../../src/persistence/embedded/embedded-postgres.js';

/** How the test files, each in a process or context of its own, hear of the cluster that the set-up started. */
const CLUSTER_VARIABLE = 'ANTIPHON_TEST_CLUSTER';

interface ClusterInfo {
  /** Where databases are created and dropped. */
  adminUrl: string;
  /** The migrated database that the others are copied from. */
  template: string;
}

export interface TestCluster {
  /** Drops what this run made and, if the cluster is its own, ends it and removes its files. */
  stop(): Promise<void>;
}

/**
 * For jest's global set-up: one PostgreSQL for the whole run, with one migrated template database. It is the server at
 * `databaseUrl` if that is given (a role that may create databases), else an embedded one in a temporary folder.
 * `migrate` gets the URL of the empty template and must have closed its connections when it resolves.
 */
export async function startTestCluster(options: {
  migrate: (url: string) => Promise<void>;
  databaseUrl?: string | undefined;
  logger?: Logger;
}): Promise<TestCluster> {
  const server = options.databaseUrl
    ? { url: options.databaseUrl, stop: async () => undefined }
    : await startOwnServer(options.logger ?? createLogger('silent'));
  const template = `antiphon_test_${randomBytes(4).toString('hex')}`;
  const stop = async () => {
    delete process.env[CLUSTER_VARIABLE];
    try {
      await dropAll(server.url, template);
    } finally {
      await server.stop();
    }
  };
  try {
    await withClient(server.url, (client) => client.query(`create database ${template}`));
    await options.migrate(withDatabase(server.url, template));
    // A template with a session on it cannot be copied, so none may begin.
    await withClient(server.url, (client) => client.query(`alter database ${template} allow_connections false`));
  } catch (error) {
    await stop();
    throw error;
  }
  process.env[CLUSTER_VARIABLE] = JSON.stringify({ adminUrl: server.url, template } satisfies ClusterInfo);
  return { stop };
}

export interface TestDatabase {
  url: string;
  /** Cuts what is still connected. */
  drop(): Promise<void>;
}

/** A migrated database of the test's own, some 20 ms away. What is not dropped goes with the run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const info = process.env[CLUSTER_VARIABLE];
  if (info === undefined) throw new Error('There is no test cluster: jest has to run with its global set-up.');
  const { adminUrl, template } = JSON.parse(info) as ClusterInfo;
  const name = `${template}_${randomBytes(6).toString('hex')}`;
  await withClient(adminUrl, (client) => client.query(`create database ${name} template ${template}`));
  return {
    url: withDatabase(adminUrl, name),
    drop: () =>
      withClient(adminUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/** The same server, another database. By hand: the URL class refuses `user@/db?host=/socket/dir`. */
export const withDatabase = (url: string, database: string): string =>
  url.replace(/^([a-z]+:\/\/[^/?#]*)(\/[^?#]*)?/, (_, server: string) => `${server}/${database}`);

/**
 * Many gateways share it, and on a machine that stalls each fills its pools. Nothing of it outlives the run, so there is
 * no power cut to survive; tests of what does survive start a cluster of their own.
 */
const SHARED_SETTINGS = { max_connections: '400', fsync: 'off' };

async function startOwnServer(logger: Logger): Promise<{ url: string; stop: () => Promise<void> }> {
  const dataDir = makeTemporaryFolder();
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, logger, settings: SHARED_SETTINGS });
    const stop = async () => {
      await postgres.stop();
      remove();
    };
    return { url: postgres.connectionUrl, stop };
  } catch (error) {
    remove();
    throw error;
  }
}

/** A folder that the database's user may pass through, which the ones `mkdtemp` makes for root are not. */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'antiphon-test-'));
  chmodSync(folder, 0o711);
  return folder;
}

async function dropAll(adminUrl: string, template: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      `select datname from pg_database where datname = $1 or starts_with(datname, $1 || '_')`,
      [template],
    );
    for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`);
  });
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
