import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../../observability/logger.js';
import { PROGRAM_ENVIRONMENT } from './cluster.js';
import type { DatabaseUser } from './database-user.js';
import { EmbeddedPostgresError, systemCode } from './embedded-postgres-error.js';
import type { ServerLog } from './server-log.js';
import { waitUntil } from './wait-until.js';

export interface ExitInfo {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** PostgreSQL's last log lines. */
  log: string;
}

export interface Postmaster {
  pid: number;
  /** Fulfilled when the process has ended, for whatever reason. */
  exited: Promise<ExitInfo>;
  /** A fast shutdown, waited for. Idempotent; resolves at once if the process has ended already. */
  stop(): Promise<void>;
}

export interface PostmasterOptions {
  program: string;
  clusterDir: string;
  settings: Record<string, string>;
  user: DatabaseUser;
  /** How to reach it once it listens. */
  connection: pg.ClientConfig;
  log: ServerLog;
  logger: Logger;
}

/** What is left of a killed PostgreSQL (its last backends, an uncollected pid) goes away within this time, or never. */
const LEFTOVER_PATIENCE_MS = 15_000;
/** Silence before it is given up. Recovery after a crash may take longer, but it answers "starting up". */
const SILENCE_MS = 30_000;
/** Every start says "starting up" for a moment; from here on somebody may wonder. */
const NOTABLE_RECOVERY_MS = 2_000;
const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

/**
 * Starts PostgreSQL and waits until it answers. While a killed predecessor still holds the cluster it tries again.
 *
 * @throws EmbeddedPostgresError with PostgreSQL's last log lines. Nothing is left running then.
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const giveUpAt = Date.now() + LEFTOVER_PATIENCE_MS;
  for (;;) {
    const postmaster = launch(options);
    try {
      if ((await becomesReady(postmaster, options)) === 'ready') return postmaster;
    } catch (error) {
      await postmaster.stop();
      throw error;
    }
    const { code, signal, log } = await postmaster.exited;
    if (!isHeldByPredecessor(log) || Date.now() >= giveUpAt) {
      throw new EmbeddedPostgresError(
        `PostgreSQL did not start on ${options.clusterDir} (${signal ?? `exit code ${code}`}). Its log, ${options.log.file}, ends with:\n${log}`,
      );
    }
    await sleep(100);
  }
}

const isHeldByPredecessor = (log: string): boolean =>
  /lock file .* already exists|pre-existing shared memory block/.test(log);

/**
 * What glibc keeps of a backend's memory between statements, in bytes. By itself it gives the system back what a long answer took,
 * and takes it again for the next: a history of two hundred turns costs twice as much then.
 */
const KEPT_BYTES = String(4 << 20);
const KEPT_MEMORY = { MALLOC_TRIM_THRESHOLD_: KEPT_BYTES, MALLOC_MMAP_THRESHOLD_: KEPT_BYTES };

function launch({ program, clusterDir, settings, user, log }: PostmasterOptions): Postmaster {
  const child = spawn(
    program,
    ['-D', clusterDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...user.spawnAs,
      // A process group of its own: the terminal's Ctrl-C reaches the gateway alone, which drains before it stops this.
      detached: true,
      cwd: '/',
      env: { ...PROGRAM_ENVIRONMENT, ...KEPT_MEMORY },
      stdio: ['ignore', log.descriptor, log.descriptor],
    },
  );
  // However this process ends, short of a kill, PostgreSQL ends with it.
  const onProcessExit = () => child.kill('SIGINT');
  process.once('exit', onProcessExit);
  const exited = exitOf(child, log).finally(() => process.off('exit', onProcessExit));

  let stopping: Promise<void> | null = null;
  const hasExited = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const stop = async () => {
    for (const [signal, patienceMs] of [
      ['SIGINT', FAST_SHUTDOWN_MS],
      ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
      ['SIGKILL', IMMEDIATE_SHUTDOWN_MS],
    ] as const) {
      if (hasExited()) break;
      child.kill(signal);
      if (await waitUntil(hasExited, patienceMs)) break;
    }
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    exited,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function exitOf(child: ChildProcess, log: ServerLog): Promise<ExitInfo> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, log: log.tail() }));
    child.once('error', (error) => {
      // Also emitted when a signal could not be sent; only a child that never ran is gone by that.
      if (child.pid === undefined) resolve({ code: null, signal: null, log: `${log.tail()}\n${error.message}`.trim() });
    });
  });
}

/** 'exited' if the process ended instead. */
async function becomesReady(
  postmaster: Postmaster,
  { connection, clusterDir, logger }: PostmasterOptions,
): Promise<'ready' | 'exited'> {
  let exited = false;
  void postmaster.exited.then(() => {
    exited = true;
  });
  const begun = Date.now();
  let silentSince = begun;
  let recoveryReported = false;
  while (!exited) {
    const state = await probe(connection, clusterDir);
    if (state === 'ready') return exited ? 'exited' : 'ready';
    if (state === 'starting') {
      silentSince = Date.now();
      if (!recoveryReported && silentSince - begun > NOTABLE_RECOVERY_MS) {
        recoveryReported = true;
        logger.info({ clusterDir }, 'PostgreSQL is recovering');
      }
    }
    if (Date.now() - silentSince > SILENCE_MS) {
      throw new EmbeddedPostgresError(`PostgreSQL on ${clusterDir} does not answer.`);
    }
    await sleep(20);
  }
  return 'exited';
}

const CANNOT_CONNECT_NOW = '57P03';

async function probe(connection: pg.ClientConfig, clusterDir: string): Promise<'ready' | 'starting' | 'silent'> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2_000 });
  // A connection that breaks after it was made says so here, too; the query's rejection is what counts.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return rows[0]?.data_directory === realpathSync(clusterDir) || rows[0]?.data_directory === clusterDir
      ? 'ready'
      : 'silent';
  } catch (error) {
    return systemCode(error) === CANNOT_CONNECT_NOW ? 'starting' : 'silent';
  } finally {
    await client.end().catch(() => undefined);
  }
}
