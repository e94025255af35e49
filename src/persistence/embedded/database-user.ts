import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { EmbeddedPostgresError, USE_DATABASE_URL } from './embedded-postgres-error.js';

/** Who PostgreSQL runs as. */
export interface DatabaseUser {
  uid: number;
  gid: number;
  /** What `spawn` needs to become that user; empty when this process already is. */
  spawnAs: { uid?: number; gid?: number };
}

/** PostgreSQL refuses to run as root. 65534 is "nobody" on every Linux distribution. */
const NOBODY = 65534;

/**
 * As an ordinary user: that user. As root: the owner of the cluster if an ordinary user made it, so that both can go on
 * using it, otherwise nobody.
 *
 * @throws EmbeddedPostgresError for a uid without a passwd entry: PostgreSQL cannot start there.
 */
export function databaseUser(clusterDir: string): DatabaseUser {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid !== 0) {
    try {
      userInfo();
    } catch (error) {
      throw unknownUser(uid, error);
    }
    return { uid, gid, spawnAs: {} };
  }
  const owner = statSync(clusterDir, { throwIfNoEntry: false });
  const other = owner !== undefined && owner.uid !== 0 ? owner : { uid: NOBODY, gid: NOBODY };
  return { uid: other.uid, gid: other.gid, spawnAs: { uid: other.uid, gid: other.gid } };
}

/** The uid has no passwd entry, which PostgreSQL insists on. */
export const unknownUser = (uid: number, cause?: unknown): EmbeddedPostgresError =>
  new EmbeddedPostgresError(
    `The embedded PostgreSQL cannot run as user id ${uid}: it has no entry in /etc/passwd. ${USE_DATABASE_URL}`,
    cause,
  );
