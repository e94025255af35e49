import pg from 'pg';
import type { Logger } from '../../observability/logger.js';
import { DATABASE_ROLE, prepareCluster } from './cluster.js';
import { connectionUrl } from './connection-url.js';
import { clusterDirOf, prepareDataDir } from './data-dir.js';
import { databaseUser } from './database-user.js';
import { locateNativeDir, preparePrograms } from './native-programs.js';
import { acquireOwnerLock } from './owner-lock.js';
import { type ExitInfo, startPostmaster } from './postmaster.js';
import { endPreviousPostmaster } from './previous-postmaster.js';
import { openServerLog } from './server-log.js';
import { serverSettings } from './server-settings.js';
import { makeSocketDir, removeSocketDir, SOCKET_PORT } from './socket-dir.js';

export interface EmbeddedPostgresOptions {
  /** Absolute; see `resolveDataDir`. The cluster is `postgres` below it, the log `postgres.log`. */
  dataDir: string;
  logger: Logger;
  /** Made if missing. Default `antiphon`. */
  database?: string;
  /** Called once if PostgreSQL ends without `stop()`. The gateway cannot go on then. */
  onUnexpectedExit?: (info: ExitInfo) => void;
  /** The programs, for tests. Default: those of the platform's package. */
  nativeDir?: string;
  /** PostgreSQL's settings in place of a gateway's own, for tests. */
  settings?: Record<string, string>;
}

export interface EmbeddedPostgres {
  /** `host` is the socket's folder. */
  connection: { host: string; port: number; user: string; database: string };
  /** The same as a URL that `pg`, MikroORM (`clientUrl`) and libpq read. */
  connectionUrl: string;
  dataDir: string;
  /** PostgreSQL's main process. */
  pid: number;
  /** Ends PostgreSQL (open connections are cut) and gives the data folder free. Idempotent. Call it last. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that came with the package on a data folder of its own, behind a private unix socket: 1 s the
 * first time, 0.1 s later. Whatever a killed gateway or a killed PostgreSQL left there is cleared up first.
 *
 * @throws EmbeddedPostgresError, one line for the operator. Nothing is left running or locked then.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, logger } = options;
  const undo = new AsyncDisposableStack();
  try {
    const nativeDir = options.nativeDir ?? locateNativeDir();
    const user = databaseUser(clusterDirOf(dataDir));
    prepareDataDir(dataDir, user);
    const lock = acquireOwnerLock(dataDir);
    undo.defer(() => lock.release());

    const programs = preparePrograms(nativeDir, dataDir, user);
    const clusterDir = await prepareCluster(dataDir, programs, user);
    await endPreviousPostmaster(clusterDir, logger);

    const socketDir = makeSocketDir(dataDir, user);
    undo.defer(() => removeSocketDir(socketDir));
    const log = openServerLog(dataDir);
    undo.defer(() => log.close());

    const server = { host: socketDir, port: SOCKET_PORT, user: DATABASE_ROLE };
    const postmaster = await startPostmaster({
      program: programs.postgres,
      clusterDir,
      settings: { ...serverSettings(socketDir), ...options.settings },
      user,
      connection: { ...server, database: 'postgres' },
      log,
      logger,
    });
    undo.defer(() => postmaster.stop());

    const connection = { ...server, database: options.database ?? 'antiphon' };
    await prepareDatabase(connection);

    let stopping: Promise<void> | null = null;
    void postmaster.exited.then((info) => {
      if (stopping !== null) return;
      logger.error({ code: info.code, signal: info.signal, logFile: log.file }, 'PostgreSQL ended unexpectedly');
      options.onUnexpectedExit?.(info);
    });
    return {
      connection,
      connectionUrl: connectionUrl(connection),
      dataDir,
      pid: postmaster.pid,
      stop: () => {
        stopping ??= undo.disposeAsync();
        return stopping;
      },
    };
  } catch (error) {
    await undo.disposeAsync();
    throw error;
  }
}

async function prepareDatabase(connection: EmbeddedPostgres['connection']): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [connection.database]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(connection.database)}`);
    // Not every build of the package knows lz4, which reads large values several times as fast.
    const { rows } = await client.query<{ setting: string; enumvals: string[] }>(
      `select setting, enumvals from pg_settings where name = 'default_toast_compression'`,
    );
    if (rows[0]?.setting !== 'lz4' && rows[0]?.enumvals.includes('lz4')) {
      await client.query(`alter system set default_toast_compression = 'lz4'`);
      await client.query('select pg_reload_conf()');
    }
  } finally {
    await client.end();
  }
}
