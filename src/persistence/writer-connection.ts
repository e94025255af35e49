import pg from 'pg';
import { type Queryable, withTypes } from './database.js';

export interface WriterConnection extends Queryable {
  close(): Promise<void>;
}

/**
 * A connection of its own for one kind of hot-path write, so that its batches never queue behind reads. Opened on first use
 * and again after it broke; the statement that met the break fails (its caller repeats or reports it).
 */
export function createWriterConnection(databaseUrl: string): WriterConnection {
  let current: Promise<{ client: pg.Client; db: Queryable }> | null = null;
  let closed = false;

  const open = async (): Promise<{ client: pg.Client; db: Queryable }> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => {
      current = null;
    });
    client.on('end', () => {
      current = null;
    });
    await client.connect();
    // A generic plan made while the tables were empty would scan them sequentially for ever after.
    await client.query('set plan_cache_mode = force_custom_plan');
    return { client, db: withTypes(client) };
  };

  return {
    async query(text, values) {
      if (closed) throw new Error('The writer connection is closed.');
      current ??= open().catch((error: unknown) => {
        current = null;
        throw error;
      });
      const { db } = await current;
      return db.query(text, values);
    },
    async close() {
      closed = true;
      const last = current;
      current = null;
      await (await last?.catch(() => null))?.client.end();
    },
  };
}
