import type { ParseArgsOptionsConfig } from 'node:util';
import type { Installation } from './installation.js';

export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

export interface CommandInput {
  values: Values;
  positionals: string[];
  /** The installation's database and services; opened when asked for, closed when the command has ended. */
  open(): Promise<Installation>;
  /** Prints what a person reads, or with `--json` the value behind it. */
  print(value: unknown, text: () => string): void;
}

/** One command of the command line, as data. */
export interface Command {
  /** Its words, e.g. `keys create`. */
  name: string;
  /** What follows the words, for the usage text. */
  usage: string;
  /** One line for people. */
  summary: string;
  options?: ParseArgsOptionsConfig;
  /** How many words it takes beside its options. Default none. */
  positionals?: { least: number; most: number };
  run(input: CommandInput): Promise<void>;
}

/** The command line was not understood: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** An option's text. */
export const textOf = (values: Values, name: string): string | undefined => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};

/** An option that may be given many times. */
export const textsOf = (values: Values, name: string): string[] => {
  const value = values[name];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
};

/** @throws UsageError when it is missing */
export function requiredText(values: Values, name: string): string {
  const value = textOf(values, name);
  if (value === undefined) throw new UsageError(`--${name} is missing.`);
  return value;
}

/** `2026-01-31` or a moment in ISO 8601 → Unix seconds. @throws UsageError */
export function secondsOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new UsageError(`--${name} ${text}: use a date such as 2026-01-31.`);
  return Math.floor(atMs / 1000);
}
