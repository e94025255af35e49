import type { Budget, BudgetRecord } from '../../domain/budget.js';
import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { Queryable } from '../database.js';
import { BUDGET_AS_JSON, readBudget } from './budget-rows.js';

export interface WindowState {
  budgetId: string;
  settled: bigint;
  reserved: bigint;
}

export interface WindowKey {
  projectId: string;
  budgetId: string;
  startMs: number;
}

/** A budget that is to be made. */
export type NewBudget = Omit<BudgetRecord, 'createdAtMs' | 'templateId' | 'reached' | 'reachedMs'>;

/** A window whose sums are not what the ledger and the reservations say. */
export interface Mismatch {
  projectId: string;
  budgetId: string;
  windowStartMs: number;
  settled: bigint;
  /** What the ledger says that was settled. */
  booked: bigint;
  reserved: bigint;
  /** What the reservations say that is held. */
  held: bigint;
}

interface Row {
  project_id: string;
  key_id: string | null;
  template_id: string | null;
  created_at: Date;
  budget: string;
}
const COLUMNS = `b.project_id, b.key_id, b.template_id, b.created_at, ${BUDGET_AS_JSON} as budget`;

const toRecord = (row: Row): BudgetRecord => ({
  ...readBudget(row.budget),
  projectId: row.project_id,
  keyId: row.key_id,
  templateId: row.template_id,
  createdAtMs: row.created_at.getTime(),
});

/** Keys are believed for a moment, with their budgets: whoever changes a budget says so. */
const TOLD = `pg_notify('antiphon_budgets', '')`;

export type BudgetRepository = ReturnType<typeof createBudgetRepository>;

export function createBudgetRepository(sql: Queryable) {
  return {
    /** Makes sure a window's row exists, so that beginning a run only ever locks rows. Idempotent. */
    async openWindow(window: WindowKey): Promise<void> {
      await sql.query(
        `with gone as (
           update budget_windows set next_notice = null
           where project_id = $1 and budget_id = $2 and window_start < $3 and next_notice is not null
         )
         insert into budget_windows (project_id, budget_id, window_start, next_notice)
         select $1, $2, $3, (
           select min(threshold_amount(b.cap, t.percent)) from budgets b, unnest(b.thresholds) as t(percent)
           where b.project_id = $1 and b.id = $2
         )
         on conflict do nothing`,
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
           select w.budget_id, w.window_start, w.settled, w.reserved, b.cap, b.enforced
           from budget_windows w
           join held on held.budget_id = w.budget_id and held.window_start = w.window_start
           join budgets b on b.project_id = w.project_id and b.id = w.budget_id
           where w.project_id = $1
           order by w.budget_id, w.window_start
           for update of w
         ),
         verdict as (select bool_and(not enforced or settled + reserved + $3::bigint <= cap) as fits from locked),
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
    async findStates(projectId: string, windows: readonly Omit<WindowKey, 'projectId'>[]): Promise<WindowState[]> {
      const { rows } = await sql.query<{ budget_id: string; settled: bigint; reserved: bigint }>(
        `select w.budget_id, w.settled, w.reserved from budget_windows w
         join unnest($2::uuid[], $3::float8[]) as k(budget_id, start_ms)
           on k.budget_id = w.budget_id and to_timestamp(k.start_ms / 1000.0) = w.window_start
         where w.project_id = $1`,
        [projectId, windows.map((window) => window.budgetId), windows.map((window) => window.startMs)],
      );
      return rows.map((row) => ({ budgetId: row.budget_id, settled: row.settled, reserved: row.reserved }));
    },

    /** Takes what was spent before a moment out of a rolling window. Idempotent. */
    async forget(projectId: string, budgetId: string, beforeMs: number): Promise<void> {
      await sql.query(
        `with locked as materialized (
           select settled from budget_windows where project_id = $1 and budget_id = $2 for update
         ),
         gone as (
           delete from budget_slices s using budgets b
           where s.project_id = $1 and s.budget_id = $2 and b.project_id = $1 and b.id = $2
             and s.slice_start + (b.rolling_seconds / 60) * interval '1 second' <= $3
             and exists (select from locked)
           returning s.amount
         )
         update budget_windows w set settled = locked.settled - gone.amount
         from locked, (select sum(amount) as amount from gone having count(*) > 0) gone
         where w.project_id = $1 and w.budget_id = $2`,
        [projectId, budgetId, new Date(beforeMs)],
      );
    },

    /** Null when the project has no such key. */
    async create(budget: NewBudget): Promise<BudgetRecord | null> {
      const { rows } = await sql.query<Row>(
        `with b as (
           insert into budgets (project_id, id, scope, key_id, subject, period, cap, time_zone, rolling_seconds, enforced,
             thresholds)
           select $1::uuid, $2::uuid, $3::text, $4::uuid, $5::text, $6::text, $7::bigint, $8::text, $9::int, $10::boolean,
             $11::int[]
           where $4::uuid is null or exists (select from api_keys where project_id = $1 and id = $4)
           returning *
         ), told as (select ${TOLD} from b)
         select ${COLUMNS} from b, told`,
        [
          budget.projectId,
          budget.id,
          budget.scope,
          budget.keyId,
          budget.subject,
          budget.period,
          String(budget.cap),
          budget.timeZone,
          budget.rollingSeconds,
          budget.enforced,
          budget.thresholds,
        ],
      );
      return rows[0] === undefined ? null : toRecord(rows[0]);
    },

    async findMany(projectId: string, ids: readonly string[]): Promise<BudgetRecord[]> {
      const { rows } = await sql.query<Row>(
        `select ${COLUMNS} from budgets b where b.project_id = $1 and b.id = any($2::uuid[]) and b.deleted_at is null`,
        [projectId, ids],
      );
      return rows.map(toRecord);
    },

    /** The budget, which nobody else changes before the transaction ends. */
    async findForChange(projectId: string, id: string): Promise<BudgetRecord | null> {
      const { rows } = await sql.query<Row>(
        `select ${COLUMNS} from budgets b where b.project_id = $1 and b.id = $2 and b.deleted_at is null for update`,
        [projectId, id],
      );
      return rows[0] === undefined ? null : toRecord(rows[0]);
    },

    /** Those that were made as such; what became of them for each end user and label is left out. */
    async list(projectId: string, page: PageRequest<string>): Promise<Page<BudgetRecord>> {
      const range = keyset(page, 'b.id', 2);
      const { rows } = await sql.query<Row>(
        `select ${COLUMNS} from budgets b
         where b.project_id = $1 and b.template_id is null and b.deleted_at is null${range.where} ${range.orderBy}`,
        [projectId, ...range.values],
      );
      return toPage(page, rows.map(toRecord));
    },

    /** Also what became of it for each end user and label. Null if it is not there. */
    async update(
      projectId: string,
      id: string,
      changes: { cap: bigint | null; enforced: boolean | null; thresholds: readonly number[] | null },
    ): Promise<BudgetRecord | null> {
      const { rows } = await sql.query<Row>(
        `with b as (
           update budgets set cap = coalesce($3::bigint, cap), enforced = coalesce($4::boolean, enforced),
             thresholds = coalesce($5::int[], thresholds)
           where project_id = $1 and (id = $2 or template_id = $2) and deleted_at is null
           returning *
         ), told as (select ${TOLD} from b limit 1)
         select ${COLUMNS} from b, told where b.id = $2`,
        [projectId, id, changes.cap === null ? null : String(changes.cap), changes.enforced, changes.thresholds],
      );
      return rows[0] === undefined ? null : toRecord(rows[0]);
    },

    /** It limits nothing any more; what was charged to it stays on record. False if it is not there. */
    async delete(projectId: string, id: string): Promise<boolean> {
      const { rows } = await sql.query(
        `with b as (
           update budgets set deleted_at = now()
           where project_id = $1 and (id = $2 or template_id = $2) and deleted_at is null
           returning id
         ), told as (select ${TOLD} from b limit 1)
         select b.id from b, told`,
        [projectId, id],
      );
      return rows.length > 0;
    },

    /** The budgets on these end users and labels; one for each of them is made the first time it is met. */
    async findOfSubjects(
      projectId: string,
      subjects: readonly { scope: string; subject: string }[],
    ): Promise<Budget[]> {
      const { rows } = await sql.query<{ budget: string }>(
        `with named as (select * from unnest($2::text[], $3::text[]) as n(scope, subject)),
         made as (
           insert into budgets (project_id, id, scope, subject, template_id, period, cap, time_zone, rolling_seconds, enforced,
             thresholds)
           select t.project_id, gen_random_uuid(), t.scope, named.subject, t.id, t.period, t.cap, t.time_zone,
             t.rolling_seconds, t.enforced, t.thresholds
           from budgets t join named on named.scope = t.scope
           where t.project_id = $1 and t.subject is null and t.deleted_at is null and not exists (
             select from budgets c where c.project_id = $1 and c.template_id = t.id and c.subject = named.subject
           )
           on conflict (project_id, template_id, subject) where template_id is not null do update set cap = excluded.cap
           returning *
         )
         select ${BUDGET_AS_JSON} as budget from (
           select * from made
           union all
           select b.* from budgets b join named on named.scope = b.scope and named.subject = b.subject
           where b.project_id = $1 and b.deleted_at is null
         ) b`,
        [projectId, subjects.map(({ scope }) => scope), subjects.map(({ subject }) => subject)],
      );
      return rows.map((row) => readBudget(row.budget));
    },

    /** Windows, of all projects, that are not what the ledger and the reservations add up to. */
    async findMismatches(limit: number): Promise<Mismatch[]> {
      const { rows } = await sql.query<{
        project_id: string;
        budget_id: string;
        window_start: Date;
        settled: bigint;
        booked: bigint;
        reserved: bigint;
        held: bigint;
      }>(
        `with booked as (
           select l.project_id, c.budget_id, c.window_start, sum(l.amount)::bigint as amount
           from ledger l cross join lateral unnest(l.budget_ids, l.window_starts) as c(budget_id, window_start)
           where l.budget_ids is not null group by 1, 2, 3
         ),
         sliced as (
           select project_id, budget_id, sum(amount)::bigint as amount from budget_slices group by 1, 2
         ),
         held as (
           select project_id, budget_id, window_start, sum(amount)::bigint as amount from reservations group by 1, 2, 3
         ),
         state as (
           select w.project_id, w.budget_id, w.window_start, w.settled, w.reserved, coalesce(held.amount, 0) as held,
             coalesce(case when b.period = 'rolling' then sliced.amount else booked.amount end, 0) as booked
           from budget_windows w
           join budgets b on b.project_id = w.project_id and b.id = w.budget_id
           left join booked on booked.project_id = w.project_id and booked.budget_id = w.budget_id
             and booked.window_start = w.window_start
           left join sliced on sliced.project_id = w.project_id and sliced.budget_id = w.budget_id
           left join held on held.project_id = w.project_id and held.budget_id = w.budget_id
             and held.window_start = w.window_start
         )
         select * from state where settled <> booked or reserved <> held limit $1`,
        [limit],
      );
      return rows.map((row) => ({
        projectId: row.project_id,
        budgetId: row.budget_id,
        windowStartMs: row.window_start.getTime(),
        settled: row.settled,
        booked: row.booked,
        reserved: row.reserved,
        held: row.held,
      }));
    },
  };
}
