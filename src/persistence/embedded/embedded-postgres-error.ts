/** The embedded database cannot be used. The message is one line for the operator: what is wrong, where, and what to do. */
export class EmbeddedPostgresError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EmbeddedPostgresError';
  }
}

/** The way out that always works; ends messages about machines the embedded database cannot run on. */
export const USE_DATABASE_URL = 'Set DATABASE_URL to a PostgreSQL 15 or newer instead.';

/**
 * The code of a system error (`ENOENT`, `EACCES` …), or null for anything else. Goes by shape, not by class: under jest
 * the errors of Node's own modules are not instances of the test's `Error`.
 */
export function systemCode(error: unknown): string | null {
  const code = memberOf(error, 'code');
  return typeof code === 'string' ? code : null;
}

/** A member of a thrown value that may have it. */
export function memberOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;
}
