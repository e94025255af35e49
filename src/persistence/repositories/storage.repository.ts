import type { Budget } from '../../domain/budget.js';
import type { Queryable } from '../database.js';
import { BUDGET_AS_JSON, type BudgetJson, toBudget } from './budget-rows.js';

/** What the vector stores of a project hold and what that costs, and the budgets that pay for it. */
export interface StoredBytes {
  projectId: string;
  bytes: bigint;
  /** Nano-units for 10⁹ bytes over a day. */
  perGbDay: bigint;
  budgets: Budget[];
}

/** A day's storage of a project, as it is paid. */
export interface StorageCharge {
  projectId: string;
  /** `2026-01-31`. */
  day: string;
  bytes: bigint;
  /** Nano-units. */
  amount: bigint;
  ledgerId: string;
  chargedAtMs: number;
  windows: readonly { budgetId: string; startMs: number }[];
}

/** Which day is to be charged, and from where on. */
export interface UnchargedQuery {
  /** `2026-01-31`. */
  day: string;
  /** The prices that hold then are paid. */
  nowMs: number;
  /** Nano-units that projects pay which have set no price of their own. */
  defaultPerGbDay: bigint;
  /** Projects behind this one; null for the first of them. */
  after: string | null;
  limit: number;
}

/** Stands for no key in the ledger: storage is nobody's request. Sorts before every project, too. */
const NIL = '00000000-0000-0000-0000-000000000000';

export type StorageRepository = ReturnType<typeof createStorageRepository>;

/** Bytes in vector stores, and what they cost. */
export function createStorageRepository(sql: Queryable) {
  return {
    /**
     * Projects with anything in their stores that cost something and have not been charged for this day, in order of their ids.
     * Files are summed up only where there is a price.
     */
    async findUncharged({ day, nowMs, defaultPerGbDay, after, limit }: UnchargedQuery): Promise<StoredBytes[]> {
      const { rows } = await sql.query<{ project_id: string; bytes: bigint; gb_day: bigint; budgets: string }>(
        `select s.project_id, s.bytes, s.gb_day, coalesce((
           select json_agg(${BUDGET_AS_JSON}) from budgets b
           where b.project_id = s.project_id and b.scope = 'project' and b.deleted_at is null
         ), '[]')::text as budgets
         from (
           select priced.project_id, priced.gb_day, held.bytes
           from (
             select p.id as project_id, coalesce((
               select v.gb_day from storage_prices v
               where v.project_id = p.id and v.effective_at <= $2
               order by v.effective_at desc limit 1
             ), $3::bigint) as gb_day
             from projects p
             where p.id > $4 and not exists (select from storage_days d where d.project_id = p.id and d.day = $1::date)
             order by p.id
           ) priced
           cross join lateral (
             select sum(f.usage_bytes)::bigint as bytes from vector_store_files f where f.project_id = priced.project_id
           ) held
           where priced.gb_day > 0 and held.bytes > 0
           order by priced.project_id
           limit $5
         ) s
         order by s.project_id`,
        [day, new Date(nowMs), String(defaultPerGbDay), after ?? NIL, limit],
      );
      return rows.map((row) => ({
        projectId: row.project_id,
        bytes: row.bytes,
        perGbDay: row.gb_day,
        budgets: (JSON.parse(row.budgets) as BudgetJson[]).map(toBudget),
      }));
    },

    /** Books a day, and settles it in these windows, which exist; once, whoever tries. Answers whether it did. */
    async charge(charge: StorageCharge): Promise<boolean> {
      const { rows } = await sql.query<{ n: number }>(
        `with counted as (
           insert into storage_days (project_id, day, bytes, amount) values ($1, $2::date, $3, $4)
           on conflict do nothing returning project_id
         ),
         charged as materialized (
           select c.budget_id, to_timestamp(c.start_ms / 1000.0) as window_start
           from unnest($7::uuid[], $8::float8[]) as c(budget_id, start_ms) where exists (select from counted)
         ),
         locked as materialized (
           select w.budget_id, w.window_start, w.settled
           from budget_windows w join charged on charged.budget_id = w.budget_id and charged.window_start = w.window_start
           where w.project_id = $1
           order by w.project_id, w.budget_id, w.window_start
           for update of w
         ),
         settled as (
           update budget_windows w set settled = locked.settled + $4
           from locked
           where w.project_id = $1 and w.budget_id = locked.budget_id and w.window_start = locked.window_start
         ),
         sliced as (
           insert into budget_slices (project_id, budget_id, slice_start, amount)
           select b.project_id, b.id,
             to_timestamp(floor($6::float8 / 1000.0 / (b.rolling_seconds / 60)) * (b.rolling_seconds / 60)), $4
           from locked join budgets b on b.project_id = $1 and b.id = locked.budget_id and b.period = 'rolling'
           order by 1, 2, 3
           on conflict (project_id, budget_id, slice_start) do update set amount = budget_slices.amount + excluded.amount
         ),
         paid as (
           insert into ledger (project_id, id, response_id, key_id, model, provider, input_tokens, cached_input_tokens,
             output_tokens, reasoning_tokens, estimated, amount, created_at, budget_ids, window_starts)
           select $1, $5, $5, '${NIL}', 'vector_stores', 'storage', 0, 0, 0, 0, false, $4,
             to_timestamp($6::float8 / 1000.0),
             (select array_agg(budget_id order by budget_id, window_start) from locked),
             (select array_agg(window_start order by budget_id, window_start) from locked)
           from counted
         )
         select count(*)::int as n from counted`,
        [
          charge.projectId,
          charge.day,
          String(charge.bytes),
          String(charge.amount),
          charge.ledgerId,
          charge.chargedAtMs,
          charge.windows.map(({ budgetId }) => budgetId),
          charge.windows.map(({ startMs }) => startMs),
        ],
      );
      return rows[0]?.n === 1;
    },
  };
}
