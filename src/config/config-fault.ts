import { ConfigError } from './env.js';

/** One thing that is wrong in a config file. */
export interface ConfigFault {
  /** From 1; null where the file does not say it. */
  line: number | null;
  column: number | null;
  /** Keys and indexes that lead there, e.g. `models.0.price`; empty for the file as a whole. */
  path: string;
  message: string;
}

/** A config file that cannot be used, with everything that is wrong in it; the message has a line for each. */
export class ConfigFileError extends ConfigError {
  override name = 'ConfigFileError';
  readonly file: string;
  readonly faults: readonly ConfigFault[];

  constructor(file: string, faults: readonly ConfigFault[]) {
    // As one reads the file, from the top.
    const sorted = faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    super(sorted.map((fault) => print(file, fault)).join('\n'));
    this.file = file;
    this.faults = sorted;
  }
}

function print(file: string, { line, column, path, message }: ConfigFault): string {
  const where = line === null ? file : `${file}:${line}:${column}`;
  return path === '' ? `${where}: ${message}` : `${where}: ${path}: ${message}`;
}
