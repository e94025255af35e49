import { accessSync, constants, existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { findObstacle, makeFolder, type UserIds } from './directory-access.js';
import { EmbeddedPostgresError, systemCode } from './embedded-postgres-error.js';

/** Where data goes when root runs a project that the database's user may not enter, such as one below /root. */
const SYSTEM_DATA_DIR = '/var/lib/antiphon';

/** PostgreSQL cuts paths at 1,023 bytes without a word, and its own files' names come on top. */
const DATA_DIR_BYTES = 900;

/** The cluster's folder inside the data directory. */
export const clusterDirOf = (dataDir: string): string => path.join(dataDir, 'postgres');

export interface ResolvedDataDir {
  /** Absolute. Not made yet. */
  dataDir: string;
  /** One line for the operator when it is not the usual place, else null. */
  note: string | null;
}

/**
 * Where this process keeps its data: `DATA_DIR`, or `./.data`. Only for root, only when `DATA_DIR` is unset, and only
 * when the database's user could not enter `./.data`, it is /var/lib/antiphon. A database that is already in `./.data`
 * is never left behind: the start will then say which folder is the obstacle.
 */
export function resolveDataDir(
  env: { DATA_DIR?: string | undefined },
  cwd: string,
  uid: number = process.getuid?.() ?? 0,
): ResolvedDataDir {
  if (env.DATA_DIR) return { dataDir: path.resolve(cwd, env.DATA_DIR), note: null };
  const usual = path.resolve(cwd, '.data');
  if (uid !== 0 || existsSync(clusterDirOf(usual))) return { dataDir: usual, note: null };
  const obstacle = findObstacle(usual, { uid: 65534, gid: 65534 });
  if (obstacle === null) return { dataDir: usual, note: null };
  return {
    dataDir: SYSTEM_DATA_DIR,
    note: `Data is kept in ${SYSTEM_DATA_DIR}: the database, which cannot run as root, may not enter ${obstacle}. Set DATA_DIR to choose another folder.`,
  };
}

/**
 * Makes the data directory and proves that this process can write it and the database's user can enter it.
 *
 * @throws EmbeddedPostgresError naming the folder that is in the way.
 */
export function prepareDataDir(dataDir: string, user: UserIds): void {
  if (Buffer.byteLength(dataDir) > DATA_DIR_BYTES) {
    throw new EmbeddedPostgresError(
      `The data folder's path is too long for PostgreSQL (at most ${DATA_DIR_BYTES} bytes): ${dataDir}. Set DATA_DIR to another folder.`,
    );
  }
  refuseObstacle(dataDir, dataDir, user);
  try {
    makeFolder(dataDir, user.uid === process.getuid?.() ? 0o700 : 0o711);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The data folder ${dataDir} cannot be made: ${reasonFor(error)} at ${nearestExisting(dataDir)}. Set DATA_DIR to a folder that can be written.`,
      error,
    );
  }
  if (!statSync(dataDir).isDirectory()) {
    throw new EmbeddedPostgresError(`The data folder ${dataDir} is a file. Set DATA_DIR to a folder.`);
  }
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The data folder ${dataDir} cannot be written by this user (${reasonFor(error)}). Set DATA_DIR to a folder that can.`,
      error,
    );
  }
  // Once more where links lead: the folders above their targets count as well.
  refuseObstacle(dataDir, realpathSync(dataDir), user);
}

/** What is no folder, or no possible name, is refused by the attempt to make it, which knows the reason. */
function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}

function refuseObstacle(dataDir: string, resolved: string, user: UserIds): void {
  const obstacle = findObstacle(resolved, user);
  if (obstacle === null || !isFolder(obstacle)) return;
  throw new EmbeddedPostgresError(
    `The data folder ${dataDir} cannot be used: the database runs as user id ${user.uid}, which may not enter ${obstacle}. Let it in, or set DATA_DIR to a folder that is open to it.`,
  );
}

function reasonFor(error: unknown): string {
  const code = systemCode(error);
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EROFS') return 'the file system is read-only';
  if (code === 'ENOSPC') return 'no space is left';
  if (code === 'ENAMETOOLONG') return 'the path is too long';
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'not a folder';
  return code ?? String(error);
}

/** The part of the path that stopped `makeFolder`. */
function nearestExisting(target: string): string {
  for (let folder = target; ; folder = path.dirname(folder)) {
    try {
      lstatSync(folder);
      return folder;
    } catch {
      if (path.dirname(folder) === folder) return folder;
    }
  }
}
