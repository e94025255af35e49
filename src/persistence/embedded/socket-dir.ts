import { createHash } from 'node:crypto';
import { chmodSync, lchownSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatabaseUser } from './database-user.js';
import { findObstacle } from './directory-access.js';
import { EmbeddedPostgresError, systemCode } from './embedded-postgres-error.js';

/** The number in the socket's file name; nothing listens on TCP. */
export const SOCKET_PORT = 5432;

/** The kernel's limit for a socket path, without its closing zero (Linux 107, macOS 103). */
const SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * A folder only the database's user (and root) can enter: the door behind which every connection is trusted. Outside
 * the data directory, because that may be deep and a socket's path may not. The same data directory gets the same folder
 * again, so crashes leave at most one behind. Call it as the owner of the data folder, with no server running.
 *
 * @throws EmbeddedPostgresError if no temporary folder will do.
 */
export function makeSocketDir(dataDir: string, user: DatabaseUser): string {
  const id = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 12);
  const failures: string[] = [];
  for (const base of new Set([tmpdir(), '/tmp'])) {
    const wanted = path.join(base, `antiphon-${id}`);
    const longest = path.join(`${wanted}-XXXXXX`, `.s.PGSQL.${SOCKET_PORT}`);
    const obstacle = findObstacle(base, user);
    if (!path.isAbsolute(base) || Buffer.byteLength(longest) > SOCKET_PATH_BYTES) {
      failures.push(`${base}: the path is too long`);
    } else if (obstacle !== null) {
      failures.push(`${base}: the database's user may not enter ${obstacle}`);
    } else {
      try {
        return claim(wanted, user);
      } catch (error) {
        failures.push(`${base}: ${systemCode(error) ?? String(error)}`);
      }
    }
  }
  throw new EmbeddedPostgresError(`There is no folder for the database's socket (${failures.join('; ')}).`);
}

export function removeSocketDir(socketDir: string): void {
  rmSync(socketDir, { recursive: true, force: true });
}

/** The wanted folder if it is new or already ours; a fresh name if somebody else made something there. */
function claim(wanted: string, user: DatabaseUser): string {
  try {
    mkdirSync(wanted, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    const stats = lstatSync(wanted);
    const ours = stats.uid === user.uid || stats.uid === process.getuid?.();
    if (!stats.isDirectory() || !ours) return give(mkdtempSync(`${wanted}-`), user);
    // A killed server's socket lock names a pid that somebody else may bear by now.
    rmSync(wanted, { recursive: true });
    mkdirSync(wanted, { mode: 0o700 });
  }
  return give(wanted, user);
}

function give(folder: string, user: DatabaseUser): string {
  // Mode first: it must never be the database user's and open to others.
  chmodSync(folder, 0o700);
  if (user.spawnAs.uid !== undefined) lchownSync(folder, user.uid, user.gid);
  return folder;
}
