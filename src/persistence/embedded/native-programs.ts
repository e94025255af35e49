import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { canUseFile, findObstacle, makeFolder, type UserIds } from './directory-access.js';
import { EmbeddedPostgresError, systemCode, USE_DATABASE_URL } from './embedded-postgres-error.js';

export interface NativePrograms {
  postgres: string;
  initdb: string;
}

export const programsIn = (nativeDir: string): NativePrograms => ({
  postgres: path.join(nativeDir, 'bin', 'postgres'),
  initdb: path.join(nativeDir, 'bin', 'initdb'),
});

/**
 * The `native` folder of this platform's package.
 *
 * @throws EmbeddedPostgresError where there is no package, or it was not installed (`--omit=optional`).
 */
export function locateNativeDir(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    const main = createRequire(import.meta.url).resolve(name);
    return path.resolve(path.dirname(main), '..', 'native');
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL is not installed for this machine (package ${name}). ${USE_DATABASE_URL}`,
      error,
    );
  }
}

/**
 * Programs that the database's user can run, with their library links in place. Taken from `nativeDir` if possible;
 * otherwise (links missing in a read-only folder, or a folder that user may not enter) from a copy that is made once per
 * version, in the system's or user's cache or else in `dataDir`.
 *
 * @throws EmbeddedPostgresError if no place will do.
 */
export function preparePrograms(
  nativeDir: string,
  dataDir: string,
  user: UserIds,
  places: readonly string[] = copyPlaces(dataDir),
): NativePrograms {
  const links = readLinks(nativeDir);
  if (canRun(nativeDir, user) && hydrate(nativeDir, links)) return programsIn(nativeDir);

  const copyName = `postgres-programs-${packageVersion(nativeDir)}-${process.platform}-${process.arch}`;
  const failures: string[] = [];
  for (const place of places) {
    const copy = path.join(place, copyName);
    try {
      if (!isTrusted(copy)) copyPrograms(nativeDir, copy, links);
      if (isTrusted(copy) && canRun(copy, user)) return programsIn(copy);
      failures.push(`${copy} may not be entered`);
    } catch (error) {
      failures.push(`${copy}: ${systemCode(error) ?? String(error)}`);
    }
  }
  throw new EmbeddedPostgresError(
    `The database's user (id ${user.uid}) may not run the programs in ${nativeDir}, and they could not be copied (${failures.join('; ')}).`,
  );
}

interface Link {
  /** Relative to the native folder. */
  file: string;
  to: string;
}

function readLinks(nativeDir: string): Link[] {
  let text: string;
  try {
    text = readFileSync(path.join(nativeDir, 'pg-symlinks.json'), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw new EmbeddedPostgresError(`The embedded PostgreSQL's folder ${nativeDir} cannot be read.`, error);
  }
  const entries = JSON.parse(text) as { source: string; target: string }[];
  // The list's paths begin with "native/", the folder's name inside the package.
  return entries.map(({ source, target }) => ({
    file: path.relative('native', target),
    to: path.relative(path.dirname(target), source),
  }));
}

/** Makes the missing links; false if the folder does not let us. */
function hydrate(nativeDir: string, links: readonly Link[]): boolean {
  for (const { file, to } of links) {
    const link = path.join(nativeDir, file);
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(to, link);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      // EEXIST: another start was faster.
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

function canRun(nativeDir: string, user: UserIds): boolean {
  const { postgres, initdb } = programsIn(nativeDir);
  const share = path.join(nativeDir, 'share');
  const folders = [path.dirname(postgres), path.join(nativeDir, 'lib'), share];
  return (
    folders.every((folder) => findObstacle(folder, user) === null) &&
    canUseFile(postgres, user, true) &&
    canUseFile(initdb, user, true) &&
    canUseFile(path.join(nativeDir, 'pg-symlinks.json'), user, false)
  );
}

function packageVersion(nativeDir: string): string {
  const manifest = JSON.parse(readFileSync(path.join(nativeDir, '..', 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

function copyPlaces(dataDir: string): string[] {
  if (process.getuid?.() === 0) return ['/var/cache/antiphon', dataDir];
  return [path.join(homedir(), '.cache', 'antiphon'), dataDir];
}

/** A complete copy that nobody but this user or root can have written: what lies there gets run. */
function isTrusted(copy: string): boolean {
  const stats = lstatSync(copy, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  const ours = stats.uid === 0 || stats.uid === process.getuid?.();
  return stats.isDirectory() && ours && (stats.mode & 0o022) === 0;
}

function copyPrograms(nativeDir: string, copy: string, links: readonly Link[]): void {
  makeFolder(path.dirname(copy), 0o755);
  const unfinished = `${copy}.${randomBytes(6).toString('hex')}`;
  try {
    cpSync(nativeDir, unfinished, { recursive: true, verbatimSymlinks: true });
    hydrate(unfinished, links);
    openForReading(unfinished);
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another start finished the same copy first.
    if (systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'EEXIST') throw error;
  }
}

/** An install under a strict umask leaves files that only root can read; the copy is for everyone. */
function openForReading(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) openForReading(full);
    else if (entry.isFile()) chmodSync(full, (lstatSync(full).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
