import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { clusterDirOf } from './data-dir.js';
import { type DatabaseUser, unknownUser } from './database-user.js';
import { EmbeddedPostgresError, memberOf, systemCode, USE_DATABASE_URL } from './embedded-postgres-error.js';
import type { NativePrograms } from './native-programs.js';

/** PostgreSQL's role that owns everything. There is no password: the socket's folder is the lock. */
export const DATABASE_ROLE = 'antiphon';

/** The major version of the programs; a cluster of another one needs an upgrade that PostgreSQL does not do by itself. */
const MAJOR_VERSION = '18';

/** Nothing of the host's settings may leak into the database. */
export const PROGRAM_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * The cluster in `<dataDir>/postgres`, made if there is none. It is made under another name and renamed when complete,
 * so a start that dies half way leaves nothing that looks like a database.
 *
 * @throws EmbeddedPostgresError if the folder holds something else, another version, or another user's database.
 */
export async function prepareCluster(dataDir: string, programs: NativePrograms, user: DatabaseUser): Promise<string> {
  const clusterDir = clusterDirOf(dataDir);
  removeUnfinished(dataDir);
  if (existsSync(clusterDir)) {
    checkCluster(clusterDir, user);
    if (existsSync(path.join(clusterDir, 'PG_VERSION'))) return clusterDir;
  }
  const unfinished = `${clusterDir}.init-${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    if (user.spawnAs.uid !== undefined) lchownSync(unfinished, user.uid, user.gid);
    await initialize(unfinished, programs, user);
    putInPlace(unfinished, clusterDir);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
  return clusterDir;
}

function putInPlace(unfinished: string, clusterDir: string): void {
  try {
    renameSync(unfinished, clusterDir);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The new database cannot be put at ${clusterDir} (${systemCode(error)}). Remove what is there; mount or link the data folder itself.`,
      error,
    );
  }
}

function removeUnfinished(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    if (/^postgres\.init-[0-9a-f]{12}$/.test(name)) rmSync(path.join(dataDir, name), { recursive: true, force: true });
  }
}

/** An empty folder passes: it may be a mount point or made beforehand with the right owner. */
function checkCluster(clusterDir: string, user: DatabaseUser): void {
  const stats = statSync(clusterDir);
  if (!stats.isDirectory())
    throw new EmbeddedPostgresError(`${clusterDir} is a file; the database needs a folder there.`);
  if (user.spawnAs.uid !== undefined && stats.uid === 0) giveTo(realpathSync(clusterDir), user);
  if (user.spawnAs.uid === undefined && stats.uid !== user.uid) {
    throw new EmbeddedPostgresError(
      `The database folder ${clusterDir} belongs to user id ${stats.uid}, and this process runs as ${user.uid}. Run as that user (or root), or set DATA_DIR to another folder.`,
    );
  }
  const names = readdirSync(clusterDir);
  if (!names.includes('PG_VERSION')) {
    if (names.length === 0) return;
    throw new EmbeddedPostgresError(
      `The folder ${clusterDir} is not empty and holds no database. Empty it or set DATA_DIR to another folder.`,
    );
  }
  const version = readFileSync(path.join(clusterDir, 'PG_VERSION'), 'utf8').trim();
  if (version !== MAJOR_VERSION) {
    throw new EmbeddedPostgresError(
      `The database in ${clusterDir} was made by PostgreSQL ${version}; this release brings ${MAJOR_VERSION}. Dump it with the old release and restore it into a new DATA_DIR.`,
    );
  }
}

/** A cluster that root owns (a copy made by root, say) could be opened by nobody at all. */
function giveTo(file: string, user: DatabaseUser): void {
  lchownSync(file, user.uid, user.gid);
  if (!lstatSync(file).isDirectory()) return;
  for (const name of readdirSync(file)) giveTo(path.join(file, name), user);
}

async function initialize(folder: string, programs: NativePrograms, user: DatabaseUser): Promise<void> {
  chmodSync(folder, 0o700);
  const options = [
    `--pgdata=${folder}`,
    `--username=${DATABASE_ROLE}`,
    '--encoding=UTF8',
    // Sorts the same on every machine, whatever locales it has.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
    '--auth=trust',
  ];
  try {
    await promisify(execFile)(programs.initdb, options, { ...user.spawnAs, cwd: '/', env: PROGRAM_ENVIRONMENT });
  } catch (error) {
    const output = String(memberOf(error, 'stderr') ?? '').trim();
    if (output.includes('could not look up effective user ID')) throw unknownUser(user.uid, error);
    const code = systemCode(error);
    if (user.spawnAs.uid !== undefined && (code === 'EPERM' || code === 'EINVAL')) {
      throw new EmbeddedPostgresError(
        `PostgreSQL refuses to run as root, and root may not become user id ${user.uid} here. ${USE_DATABASE_URL}`,
        error,
      );
    }
    throw new EmbeddedPostgresError(
      `The database in ${folder} could not be made: ${output.split('\n').slice(-5).join(' | ') || (code ?? String(error))}`,
      error,
    );
  }
}
