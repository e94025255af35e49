import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** A start with a longer log begins a new one; one old log is kept. */
const ROTATE_BYTES = 5_000_000;
const TAIL_LINES = 12;

export interface ServerLog {
  file: string;
  /** For the child's stdout and stderr. */
  descriptor: number;
  /** The last lines written since this log was opened. */
  tail(): string;
  close(): void;
}

/** PostgreSQL's own log, `<dataDir>/postgres.log`. It holds no statements and no values. */
export function openServerLog(dataDir: string): ServerLog {
  const file = path.join(dataDir, 'postgres.log');
  try {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_BYTES) renameSync(file, `${file}.1`);
    const descriptor = openSync(file, 'a', 0o600);
    const start = statSync(file).size;
    return {
      file,
      descriptor,
      tail: () => readFileSync(file).subarray(start).toString('utf8').trim().split('\n').slice(-TAIL_LINES).join('\n'),
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    throw new EmbeddedPostgresError(`The database's log ${file} cannot be written.`, error);
  }
}
