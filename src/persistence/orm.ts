import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, MikroORM, type Options } from '@mikro-orm/postgresql';
import pg from 'pg';
import { errors } from '../domain/errors.js';
import type { DatabaseSettings, Queryable } from './database.js';
import { withTypes } from './database.js';
import { entities } from './entities/index.js';
import { migrations } from './migrations/index.js';
import { namedOnceInUse } from './prepared.js';

/** MikroORM's settings for a database; shared by the server and the command line (`mikro-orm.config.ts`). */
export const ormOptions = (settings: DatabaseSettings): Options =>
  defineConfig({
    entities,
    dbName: new pg.Client({ connectionString: settings.url }).database ?? 'antiphon',
    // The URL may name a unix socket, which only `pg` itself can read.
    driverOptions: { connectionString: settings.url },
    pool: { min: 0, max: settings.poolSize ?? 10 },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, tableName: 'migrations', snapshot: false },
    forceUtcTimezone: true,
    debug: false,
    // The migrator would print to the console; what matters of it is logged by the caller.
    logger: () => undefined,
  }) as Options;

/** Runs statements together: all of them, or none when the work throws. */
export type Transaction = <Result>(work: (sql: Queryable) => Promise<Result>) => Promise<Result>;

export interface Orm {
  mikro: MikroORM;
  /** Plain SQL on the same pool. */
  sql: Queryable;
  transaction: Transaction;
  /** Statements and transactions that wait for a connection. */
  readonly waiting: number;
  close(): Promise<void>;
}

/** @param mostWaiting statements and transactions that may wait for a connection; more are refused at once, with 503 */
export async function createOrm(
  settings: DatabaseSettings,
  mostWaiting: () => number = () => Number.POSITIVE_INFINITY,
): Promise<Orm> {
  const mikro = await MikroORM.init(ormOptions(settings) as never);
  const connection = mikro.em.getDriver().getConnection() as unknown as { getNativeClient(): Promise<pg.Pool> };
  const pool = await connection.getNativeClient();
  const sql = namedOnceInUse(withTypes(pool));
  const isFull = (): boolean => pool.waitingCount >= mostWaiting();
  return {
    mikro: mikro as unknown as MikroORM,
    sql: {
      query: (text, values) => (isFull() ? Promise.reject(errors.overloaded()) : sql.query(text, values)),
    },
    get waiting() {
      return pool.waitingCount;
    },
    async transaction(work) {
      if (isFull()) throw errors.overloaded();
      const client = await pool.connect();
      try {
        await client.query('begin');
        const result = await work(withTypes(client));
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        // A connection that cannot even roll back is not used again.
        await client.query('rollback').then(
          () => client.release(),
          (lost: Error) => client.release(lost),
        );
        throw error;
      }
    },
    close: () => mikro.close(true),
  };
}
