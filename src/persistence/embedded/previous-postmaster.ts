import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from '../../observability/logger.js';
import { EmbeddedPostgresError, systemCode } from './embedded-postgres-error.js';
import { waitUntil } from './wait-until.js';

/** A fast shutdown writes what is dirty first; then PostgreSQL is told not to bother. */
const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

/**
 * Ends the PostgreSQL that a killed gateway left behind on this cluster. Ending and starting anew (0.1–0.2 s) rather than
 * taking it over: its sessions may still hold the dead gateway's locks, and it runs with the settings and programs
 * of then. Call it as the owner of the data folder only.
 *
 * @throws EmbeddedPostgresError if that PostgreSQL does not end.
 */
export async function endPreviousPostmaster(clusterDir: string, logger: Logger): Promise<void> {
  const pidFile = path.join(clusterDir, 'postmaster.pid');
  const pid = readPid(pidFile);
  if (pid === null) return;
  if (!isPostmasterOf(pid, clusterDir)) {
    // A dead pid is PostgreSQL's own affair. One that a stranger or a never collected zombie bears would make it
    // refuse to start for ever; that no backend is left it still checks by itself, in shared memory.
    if (isInUse(pid)) rmSync(pidFile, { force: true });
    return;
  }
  logger.warn({ pid, clusterDir }, 'PostgreSQL of a killed gateway is still running; ending it');
  for (const [signal, patienceMs] of [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
  ] as const) {
    send(pid, signal);
    if (await waitUntil(() => !isPostmasterOf(pid, clusterDir), patienceMs)) return;
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL (process ${pid}), left running on ${clusterDir} by a killed gateway, does not end.`,
  );
}

function readPid(pidFile: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return pid > 1 ? pid : null;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

function isInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** Whether the process is a living PostgreSQL on this cluster, and not a stranger to which its pid was given since. */
function isPostmasterOf(pid: number, clusterDir: string): boolean {
  const real = realpathSync(clusterDir);
  try {
    // PostgreSQL works inside its data directory. A zombie has no folder any more.
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === real;
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') && (command.includes(real) || command.includes(clusterDir));
  } catch {
    return false;
  }
}
