import type { Queryable } from '../database.js';

export type IdempotencyRepository = ReturnType<typeof createIdempotencyRepository>;

/** Which response a key stands for. Keys are taken by the statement that begins a run (persistence/statements). */
export function createIdempotencyRepository(sql: Queryable) {
  return {
    /** The response that was begun under this key, and the hash (hex) of its request. Null if the key is free. */
    async find(projectId: string, key: string): Promise<{ responseId: string; hash: string } | null> {
      const { rows } = await sql.query<{ response_id: string; hash: string }>(
        `select response_id, encode(request_hash, 'hex') as hash from idempotency_keys
         where project_id = $1 and key = $2 and expires_at >= now()`,
        [projectId, key],
      );
      return rows[0] === undefined ? null : { responseId: rows[0].response_id, hash: rows[0].hash };
    },

    /** Frees the key if it still stands for this response. */
    async forget(projectId: string, key: string, responseId: string): Promise<void> {
      await sql.query('delete from idempotency_keys where project_id = $1 and key = $2 and response_id = $3', [
        projectId,
        key,
        responseId,
      ]);
    },

    /** Removes up to `limit` expired keys, in an order that two processes share; answers how many. */
    async removeExpired(limit: number): Promise<number> {
      const { rows } = await sql.query(
        `with expired as (
           select project_id, key from idempotency_keys where expires_at < now()
           order by expires_at limit $1 for update skip locked
         )
         delete from idempotency_keys k using expired e where k.project_id = e.project_id and k.key = e.key
         returning 1`,
        [limit],
      );
      return rows.length;
    },
  };
}
