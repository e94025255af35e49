import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EmbeddedPostgresError, memberOf } from './embedded-postgres-error.js';

export interface OwnerLock {
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Makes this process the only owner of a data folder until `release()` or its end.
 *
 * The lock is the kernel's: an open exclusive SQLite transaction on `gateway.lock`. It ends with the process however
 * that dies, holds between containers that share the folder (where process ids mean nothing to each other), and of two
 * simultaneous starts exactly one gets it. No stale lock can be left, so none is ever judged. `gateway.pid` only
 * tells the loser whom to look for.
 *
 * @throws EmbeddedPostgresError naming the folder and the owner's process id.
 */
export function acquireOwnerLock(dataDir: string): OwnerLock {
  const lockFile = path.join(dataDir, 'gateway.lock');
  const pidFile = path.join(dataDir, 'gateway.pid');
  let lock: DatabaseSync;
  try {
    // The wait lets one of two simultaneous starts win; with none each could stop the other.
    lock = new DatabaseSync(lockFile, { timeout: 500 });
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The data folder ${dataDir} cannot be locked: ${lockFile} cannot be opened.`,
      error,
    );
  }
  try {
    lock.exec('BEGIN EXCLUSIVE');
    writeFileSync(pidFile, JSON.stringify({ pid: process.pid, host: hostname() }));
  } catch (error) {
    lock.close();
    throw memberOf(error, 'errcode') === SQLITE_BUSY
      ? new EmbeddedPostgresError(
          `The data folder ${dataDir} is in use by another gateway (${ownerIn(pidFile)}). Stop it, or give this one its own folder with DATA_DIR.`,
        )
      : new EmbeddedPostgresError(`The data folder ${dataDir} cannot be locked: ${lockFile}, ${String(error)}.`, error);
  }
  return {
    release: () => {
      if (lock.isOpen) lock.close();
    },
  };
}

function ownerIn(pidFile: string): string {
  try {
    const owner = JSON.parse(readFileSync(pidFile, 'utf8')) as { pid: number; host: string };
    return owner.host === hostname() ? `process ${owner.pid}` : `process ${owner.pid} on ${owner.host}`;
  } catch {
    return 'process unknown';
  }
}
