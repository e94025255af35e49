import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';

/** Niceness: against the main thread's 0 a tenth of the time, and only where they want the same core. */
const NICENESS = 10;

/**
 * Lets the thread that calls this wait for the others when cores are short: bulk work that nobody watches may not hold up
 * token streams. Elsewhere than on Linux, whose threads have priorities of their own, nothing happens.
 */
export function giveWay(): void {
  try {
    setPriority(Number(path.basename(readlinkSync('/proc/thread-self'))), NICENESS);
  } catch {
    // Not Linux, or not allowed: the work is done as fast as that of all others.
  }
}
