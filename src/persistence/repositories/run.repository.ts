import type { Queryable } from '../database.js';

/** A run that was taken over from an owner who stopped renewing its lease, with what is needed to end it. */
export interface ExpiredRun {
  projectId: string;
  responseId: string;
  attempt: number;
  keyId: string;
  endUser: string | null;
  model: string;
  createdAtMs: number;
  /** Whether its upstream was called, as far as one can know: a foreground run's row and its call go out together. */
  isSent: boolean;
  /** Tokens the upstream was sent, where the run wrote them down. */
  inputTokens: number | null;
  /** Someone asked for its end. */
  isCancelled: boolean;
  /** Null for a run that was not stored. */
  stored: { logged: boolean; threadId: string; inputStart: number; inputs: number } | null;
}

/** A run that waits to be started, taken by this process. */
export interface QueuedRun extends ExpiredRun {
  /** Sealed. */
  command: string;
}

/** What became of a beginning whose answer was lost. */
export interface BegunRun {
  responseId: string;
  /** Null for a run that is not stored. */
  place: { threadId: string; inputStart: number } | null;
}

interface Row {
  project_id: string;
  response_id: string;
  attempt: number;
  key_id: string;
  end_user: string | null;
  model: string;
  created_at: Date;
  command: string | null;
  is_sent: boolean;
  input_tokens: number | null;
  is_cancelled: boolean;
  logged: boolean | null;
  thread_id: string | null;
  input_start: number | null;
  inputs: number | null;
}

const toExpired = (row: Row): ExpiredRun => ({
  projectId: row.project_id,
  responseId: row.response_id,
  attempt: row.attempt,
  keyId: row.key_id,
  endUser: row.end_user,
  model: row.model,
  createdAtMs: row.created_at.getTime(),
  isSent: row.is_sent,
  inputTokens: row.input_tokens,
  isCancelled: row.is_cancelled,
  stored:
    row.thread_id === null
      ? null
      : {
          logged: row.logged ?? false,
          threadId: row.thread_id,
          inputStart: row.input_start ?? 0,
          inputs: row.inputs ?? 0,
        },
});

/** Its upstream was not called yet, so it can be started by anyone. */
const WAITS = 'command is not null and sent_at is null';

/** The owner does not run it: its lease has not just run out because everything stood still. */
const NOT_ALIVE = 'not (owner = $1 and response_id = any($4::uuid[]))';

/** Takes over the runs that `condition` picks. The attempt rises, which fences their last owner out should it still live. */
const claim = (condition: string): string => `
  with picked as (
    select project_id, response_id from runs where lease_until <= now() and ${condition}
    order by lease_until limit $3 for update skip locked
  ),
  claimed as (
    update runs r set owner = $1, attempt = r.attempt + 1, lease_until = now() + $2 * interval '1 millisecond'
    from picked p where r.project_id = p.project_id and r.response_id = p.response_id
    returning r.*
  )
  select c.project_id, c.response_id, c.attempt, c.key_id, c.end_user, c.model, c.created_at, c.command, c.input_tokens,
    c.command is null or c.sent_at is not null as is_sent, c.cancelled_at is not null as is_cancelled,
    r.logged, r.thread_id, r.input_start, r.output_start - r.input_start as inputs
  from claimed c left join responses r on r.project_id = c.project_id and r.id = c.response_id`;

export type RunRepository = ReturnType<typeof createRunRepository>;

export function createRunRepository(sql: Queryable) {
  return {
    /**
     * Renews the leases of these runs in one statement; answers those that are still ours, and whether someone asked for
     * their end. Locks in id order.
     */
    async renew(
      owner: string,
      responseIds: readonly string[],
      leaseMs: number,
    ): Promise<Map<string, { isCancelled: boolean }>> {
      const { rows } = await sql.query<{ response_id: string; is_cancelled: boolean }>(
        `with mine as (
           select project_id, response_id from runs where owner = $1 and response_id = any($2::uuid[])
           order by project_id, response_id for update
         )
         update runs r set lease_until = now() + $3 * interval '1 millisecond' from mine
         where r.project_id = mine.project_id and r.response_id = mine.response_id
         returning r.response_id, r.cancelled_at is not null as is_cancelled`,
        [owner, responseIds, leaseMs],
      );
      return new Map(rows.map((row) => [row.response_id, { isCancelled: row.is_cancelled }]));
    },

    /**
     * Takes over runs whose owner is gone and whose upstream was called: they can only be ended. Those of `alive` are not
     * taken from `owner`: a lease that ran out while this process or the database stood still has cost nobody his run.
     */
    async claimExpired(owner: string, leaseMs: number, limit: number, alive: readonly string[]): Promise<ExpiredRun[]> {
      const { rows } = await sql.query<Row>(claim(`not (${WAITS}) and ${NOT_ALIVE}`), [owner, leaseMs, limit, alive]);
      return rows.map(toExpired);
    },

    /** Takes runs that wait to be started, the longest waiting first; `alive` as above. */
    async claimQueued(owner: string, leaseMs: number, limit: number, alive: readonly string[]): Promise<QueuedRun[]> {
      const { rows } = await sql.query<Row>(claim(`${WAITS} and ${NOT_ALIVE}`), [owner, leaseMs, limit, alive]);
      return rows.map((row) => ({ ...toExpired(row), command: row.command ?? '' }));
    },

    /** Takes this run if it waits to be started; null if it does not, or somebody was faster. */
    async claimWaiting(owner: string, leaseMs: number, projectId: string, id: string): Promise<ExpiredRun | null> {
      const { rows } = await sql.query<Row>(claim(`${WAITS} and project_id = $4 and response_id = $5`), [
        owner,
        leaseMs,
        1,
        projectId,
        id,
      ]);
      return rows[0] === undefined ? null : toExpired(rows[0]);
    },

    /**
     * Writes down that the upstream is about to be called: from here on the run is never started again. Its response is in
     * progress then.
     */
    async markSent(
      projectId: string,
      responseId: string,
      attempt: number,
      inputTokens: number,
    ): Promise<'sent' | 'cancelled' | 'lost'> {
      const { rows } = await sql.query<{ is_cancelled: boolean }>(
        `with mine as (
           update runs set sent_at = case when cancelled_at is null then now() end, input_tokens = $4
           where project_id = $1 and response_id = $2 and attempt = $3
           returning cancelled_at is not null as is_cancelled
         ),
         begun as (
           update responses r set status = 'in_progress' from mine
           where r.project_id = $1 and r.id = $2 and not mine.is_cancelled
         )
         select is_cancelled from mine`,
        [projectId, responseId, attempt, inputTokens],
      );
      if (rows[0] === undefined) return 'lost';
      return rows[0].is_cancelled ? 'cancelled' : 'sent';
    },

    /** Notes that this run shall end, for whoever has it or takes it. False if it has ended already. */
    async requestCancel(projectId: string, responseId: string): Promise<boolean> {
      const { rows } = await sql.query(
        `update runs set cancelled_at = coalesce(cancelled_at, now()) where project_id = $1 and response_id = $2
         returning response_id`,
        [projectId, responseId],
      );
      return rows.length > 0;
    },

    /** How many runs of the project wait to be started; counts no further than `limit`. */
    async countQueued(projectId: string, limit: number): Promise<number> {
      const { rows } = await sql.query<{ n: number }>(
        `select count(*)::int as n from (
           select from runs where project_id = $1 and lease_until <= now() and ${WAITS} limit $2
         ) waiting`,
        [projectId, limit],
      );
      return rows[0]?.n ?? 0;
    },

    /** Which of these runs this process has begun, with their places. */
    async findBegun(owner: string, sought: readonly { projectId: string; responseId: string }[]): Promise<BegunRun[]> {
      const { rows } = await sql.query<{ response_id: string; thread_id: string | null; input_start: number | null }>(
        `select runs.response_id, r.thread_id, r.input_start
         from runs left join responses r on r.project_id = runs.project_id and r.id = runs.response_id
         where runs.owner = $1 and (runs.project_id, runs.response_id) in (select * from unnest($2::uuid[], $3::uuid[]))`,
        [owner, sought.map((run) => run.projectId), sought.map((run) => run.responseId)],
      );
      return rows.map((row) => ({
        responseId: row.response_id,
        place: row.thread_id === null ? null : { threadId: row.thread_id, inputStart: row.input_start ?? 0 },
      }));
    },

    /** Which of these bills are booked. */
    async findBooked(sought: readonly { projectId: string; ledgerId: string }[]): Promise<Set<string>> {
      const { rows } = await sql.query<{ id: string }>(
        `select id from ledger where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))`,
        [sought.map((bill) => bill.projectId), sought.map((bill) => bill.ledgerId)],
      );
      return new Set(rows.map((row) => row.id));
    },

    /** Gives a run back that this process took and has not started. */
    async release(projectId: string, responseId: string, attempt: number): Promise<void> {
      await sql.query(
        `update runs set lease_until = now()
         where project_id = $1 and response_id = $2 and attempt = $3 and ${WAITS}`,
        [projectId, responseId, attempt],
      );
    },

    /** Ends every lease at once. Only for a database that has a single gateway process, when that process starts. */
    async expireAll(): Promise<void> {
      await sql.query(`update runs set lease_until = now() - interval '1 millisecond' where lease_until > now()`);
    },
  };
}
