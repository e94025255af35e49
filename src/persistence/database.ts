import pg from 'pg';

/** Where PostgreSQL is: a URL as `pg` reads it (`postgresql://user@/db?host=/socket/dir` for a unix socket). */
export interface DatabaseSettings {
  url: string;
  /** Connections for reads and entity work; the hot path's writers have their own. Default 10. */
  poolSize?: number;
}

export interface Queryable {
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

const JSON_OID = 114;
const BIGINT_OID = 20;
const TIMESTAMPTZ_OID = 1184;

const parseAnyTimestamp = pg.types.getTypeParser(TIMESTAMPTZ_OID, 'text') as (text: string) => Date;

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48;
const twoDigits = (text: string, at: number): number => 10 * digit(text, at) + digit(text, at + 1);

/**
 * `2026-03-01 12:00:00.123456+00`, as sessions in UTC print times, read digit by digit: a list has one in every row, and the engine
 * takes five times as long for the same.
 */
export function parseTimestamp(text: string): Date {
  if (text[10] !== ' ' || !text.endsWith('+00')) return parseAnyTimestamp(text);
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  // Date.UTC takes years of one or two digits for others.
  if (year < 100) return parseAnyTimestamp(text);
  const fraction = text.length - '2026-03-01 12:00:00.+00'.length;
  const ms =
    (fraction > 0 ? 100 * digit(text, 20) : 0) +
    (fraction > 1 ? 10 * digit(text, 21) : 0) +
    (fraction > 2 ? digit(text, 22) : 0);
  const day = Date.UTC(year, twoDigits(text, 5) - 1, twoDigits(text, 8));
  return new Date(
    day + 3_600_000 * twoDigits(text, 11) + 60_000 * twoDigits(text, 14) + 1000 * twoDigits(text, 17) + ms,
  );
}

/**
 * Type parsers of plain SQL: `json` stays text (payloads are passed on without parsing), `bigint` becomes BigInt, times are read
 * without a regular expression. MikroORM keeps its own.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === JSON_OID) return (text: string) => text;
    if (oid === TIMESTAMPTZ_OID && format !== 'binary') return parseTimestamp;
    if (oid === BIGINT_OID) return (text: string) => BigInt(text);
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

/**
 * `query` with the gateway's type parsers, on any pool or client. By callback: of statements that are asked with pg's own promises,
 * one that has grown old keeps all that come after it, answers and parameters, until the old generation is collected.
 */
export function withTypes(client: pg.Pool | pg.ClientBase): Queryable {
  return {
    query: <Row extends pg.QueryResultRow>(text: string | pg.QueryConfig, values?: unknown[]) => {
      const config = typeof text === 'string' ? { text, values: values ?? [], types } : { ...text, types };
      return new Promise<pg.QueryResult<Row>>((resolve, reject) => {
        (client as pg.Client).query<Row>(config, (error, result) => (error ? reject(error) : resolve(result)));
      });
    },
  };
}

/**
 * Whether an error says that the connection broke, or was refused, and so nothing of what became of the statement. PostgreSQL
 * says so itself when it shuts down (class 57P) or cannot take connections (class 08).
 */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  if (error instanceof pg.DatabaseError) return code.startsWith('57P') || code.startsWith('08');
  return code.startsWith('E') || error.message.startsWith('Connection terminated');
}
