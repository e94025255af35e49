import type { Queryable } from '../database.js';

export interface BudgetState {
  budgetId: string;
  settled: bigint;
  reserved: bigint;
}

export interface WindowKey {
  projectId: string;
  budgetId: string;
  startMs: number;
}

export type BudgetRepository = ReturnType<typeof createBudgetRepository>;

export function createBudgetRepository(sql: Queryable) {
  return {
    /** Makes sure a window's row exists, so that beginning a run only ever locks rows. Idempotent. */
    async openWindow(window: WindowKey): Promise<void> {
      await sql.query(
        `insert into budget_windows (project_id, budget_id, window_start) values ($1, $2, $3) on conflict do nothing`,
        [window.projectId, window.budgetId, new Date(window.startMs)],
      );
    },

    /**
     * Holds more money for a run that goes on, in every window it already holds money in: all or nothing. False if a window
     * cannot hold it.
     */
    async extend(projectId: string, responseId: string, amount: bigint): Promise<boolean> {
      const { rows } = await sql.query<{ fits: boolean | null }>(
        `with held as (
           select budget_id, window_start from reservations where project_id = $1 and response_id = $2
         ),
         locked as materialized (
           select w.budget_id, w.window_start, w.settled, w.reserved, b.cap
           from budget_windows w
           join held on held.budget_id = w.budget_id and held.window_start = w.window_start
           join budgets b on b.project_id = w.project_id and b.id = w.budget_id
           where w.project_id = $1
           order by w.budget_id, w.window_start
           for update of w
         ),
         verdict as (select bool_and(settled + reserved + $3::bigint <= cap) as fits from locked),
         taken as (
           update budget_windows w set reserved = locked.reserved + $3::bigint
           from locked, verdict
           where verdict.fits and w.project_id = $1 and w.budget_id = locked.budget_id
             and w.window_start = locked.window_start
         ),
         grown as (
           update reservations r set amount = r.amount + $3::bigint from verdict
           where verdict.fits and r.project_id = $1 and r.response_id = $2
         )
         select fits from verdict`,
        [projectId, responseId, String(amount)],
      );
      return rows[0]?.fits ?? true;
    },

    /** What is spent and held in these windows; windows without a row are left out. */
    async findStates(projectId: string, windows: readonly Omit<WindowKey, 'projectId'>[]): Promise<BudgetState[]> {
      const { rows } = await sql.query<{ budget_id: string; settled: bigint; reserved: bigint }>(
        `select w.budget_id, w.settled, w.reserved from budget_windows w
         join unnest($2::uuid[], $3::float8[]) as k(budget_id, start_ms)
           on k.budget_id = w.budget_id and to_timestamp(k.start_ms / 1000.0) = w.window_start
         where w.project_id = $1`,
        [projectId, windows.map((window) => window.budgetId), windows.map((window) => window.startMs)],
      );
      return rows.map((row) => ({ budgetId: row.budget_id, settled: row.settled, reserved: row.reserved }));
    },
  };
}
