import { chmodSync, lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { systemCode } from './embedded-postgres-error.js';

export interface UserIds {
  uid: number;
  gid: number;
}

const ENTER = 1;
const READ = 4;

/** Whether the mode bits let the user do it. Access lists are not looked at. */
function allows(stats: Stats, user: UserIds, bit: number): boolean {
  if (user.uid === 0) return true;
  if (stats.uid === user.uid) return (stats.mode & (bit << 6)) !== 0;
  if (stats.gid === user.gid) return (stats.mode & (bit << 3)) !== 0;
  return (stats.mode & bit) !== 0;
}

/** The path and everything above it, from the top. */
function fromTheTop(target: string): string[] {
  const parent = path.dirname(target);
  return parent === target ? [target] : [...fromTheTop(parent), target];
}

/**
 * The first folder on the way to `target` (itself included) that the user may not enter, or null. What does not exist
 * yet is no obstacle. A file where a folder should be is one.
 */
export function findObstacle(target: string, user: UserIds): string | null {
  for (const folder of fromTheTop(path.resolve(target))) {
    try {
      const stats = statSync(folder);
      if (!stats.isDirectory() || !allows(stats, user, ENTER)) return folder;
    } catch (error) {
      return systemCode(error) === 'ENOENT' ? null : folder;
    }
  }
  return null;
}

/** Whether the user may read and, for programs, run the file. The folders above are `findObstacle`'s business. */
export function canUseFile(file: string, user: UserIds, program: boolean): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && allows(stats, user, READ) && (!program || allows(stats, user, ENTER));
}

/**
 * Makes a folder with its missing parents. Each new one gets exactly this mode: a strict umask of root's would
 * otherwise make folders that the database's user cannot enter.
 */
export function makeFolder(target: string, mode: number): void {
  for (const folder of fromTheTop(path.resolve(target))) {
    if (statSync(folder, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      mkdirSync(folder);
      chmodSync(folder, mode);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST' || lstatSync(folder).isSymbolicLink()) throw error;
    }
  }
}
