import type { Queryable } from '../database.js';

/** A run whose owner stopped renewing its lease, with what is needed to end it. */
export interface ExpiredRun {
  projectId: string;
  responseId: string;
  attempt: number;
  keyId: string;
  endUser: string | null;
  model: string;
  /** Null for a run that was not stored. */
  stored: { logged: boolean; threadId: string; inputStart: number; inputs: number } | null;
}

export type RunRepository = ReturnType<typeof createRunRepository>;

export function createRunRepository(sql: Queryable) {
  return {
    /** Renews the leases of these runs in one statement; answers those that are still ours. Locks in id order. */
    async renew(owner: string, responseIds: readonly string[], leaseMs: number): Promise<Set<string>> {
      const { rows } = await sql.query<{ response_id: string }>(
        `with mine as (
           select project_id, response_id from runs where owner = $1 and response_id = any($2::uuid[])
           order by project_id, response_id for update
         )
         update runs r set lease_until = now() + $3 * interval '1 millisecond' from mine
         where r.project_id = mine.project_id and r.response_id = mine.response_id
         returning r.response_id`,
        [owner, responseIds, leaseMs],
      );
      return new Set(rows.map((row) => row.response_id));
    },

    /**
     * Takes over runs whose lease has run out. The attempt rises with the take-over, which fences their last owner out
     * should it still live.
     */
    async claimExpired(owner: string, leaseMs: number, limit: number): Promise<ExpiredRun[]> {
      const { rows } = await sql.query<{
        project_id: string;
        response_id: string;
        attempt: number;
        key_id: string;
        end_user: string | null;
        model: string;
        logged: boolean | null;
        thread_id: string | null;
        input_start: number | null;
        inputs: number | null;
      }>(
        `with expired as (
           select project_id, response_id from runs where lease_until < now()
           order by lease_until limit $3 for update skip locked
         ),
         claimed as (
           update runs r set owner = $1, attempt = r.attempt + 1, lease_until = now() + $2 * interval '1 millisecond'
           from expired e where r.project_id = e.project_id and r.response_id = e.response_id
           returning r.project_id, r.response_id, r.attempt, r.key_id, r.end_user, r.model
         )
         select c.project_id, c.response_id, c.attempt, c.key_id, c.end_user, c.model, r.logged, r.thread_id,
           r.input_start, r.output_start - r.input_start as inputs
         from claimed c left join responses r on r.project_id = c.project_id and r.id = c.response_id`,
        [owner, leaseMs, limit],
      );
      return rows.map((row) => ({
        projectId: row.project_id,
        responseId: row.response_id,
        attempt: row.attempt,
        keyId: row.key_id,
        endUser: row.end_user,
        model: row.model,
        stored:
          row.thread_id === null
            ? null
            : {
                logged: row.logged ?? false,
                threadId: row.thread_id,
                inputStart: row.input_start ?? 0,
                inputs: row.inputs ?? 0,
              },
      }));
    },

    /** Makes every lease of this owner run out now: a clean stop leaves nothing to wait for. */
    async expireOwned(owner: string): Promise<void> {
      await sql.query(`update runs set lease_until = now() - interval '1 millisecond' where owner = $1`, [owner]);
    },

    /** Ends every lease at once. Only for a database that has a single gateway process, when that process starts. */
    async expireAll(): Promise<void> {
      await sql.query(`update runs set lease_until = now() - interval '1 millisecond'`);
    },
  };
}
