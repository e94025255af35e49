import type { Queryable } from '../database.js';

export type ThresholdRepository = ReturnType<typeof createThresholdRepository>;

const EVENT = 'budget.threshold_reached';

/** A UUID v7 of this moment. */
const NEW_ID = `(lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '7' ||
  substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid`;

/** What was spent of a budget's newest window, and what of its thresholds that passes. */
const PASSED = `(select coalesce(max(t.percent), 0) from unnest(b.thresholds) as t(percent)
  where threshold_amount(b.cap, t.percent) <= w.settled)`;
const NEXT = `(select min(threshold_amount(b.cap, t.percent)) from unnest(b.thresholds) as t(percent)
  where threshold_amount(b.cap, t.percent) > w.settled)`;

/** Thresholds of budgets: when they are due, and what is told of them. */
export function createThresholdRepository(sql: Queryable) {
  return {
    /**
     * Takes up to a batch of windows that have passed a threshold: moves them on to their next one, and writes what webhook
     * endpoints are to be told, all or nothing. Answers how many windows there were and how many deliveries came of them.
     */
    async takeDue(limit: number): Promise<{ windows: number; deliveries: number }> {
      const { rows } = await sql.query<{ windows: number; deliveries: number }>(
        `with due as materialized (
           select w.project_id, w.budget_id, w.window_start, w.settled, w.next_notice
           from budget_windows w
           where w.next_notice is not null and w.next_notice <= w.settled
           order by w.project_id, w.budget_id, w.window_start
           limit $1
           for update of w
         ),
         passed as materialized (
           select b.project_id, b.id as budget_id, ${NEW_ID} as event_id, json_build_object(
             'scope', b.scope, 'subject', b.subject, 'period', b.period, 'percent', t.percent, 'cap', b.cap::text,
             'settled', due.settled::text, 'windowStartMs', extract(epoch from due.window_start) * 1000) as data
           from due join budgets b on b.project_id = due.project_id and b.id = due.budget_id and b.deleted_at is null
           cross join lateral unnest(b.thresholds) as t(percent)
           where threshold_amount(b.cap, t.percent) between due.next_notice and due.settled
         ),
         moved as (
           update budget_windows w set next_notice = ${NEXT}
           from due join budgets b on b.project_id = due.project_id and b.id = due.budget_id
           where w.project_id = due.project_id and w.budget_id = due.budget_id and w.window_start = due.window_start
         ),
         marked as (
           update budgets b set reached = ${PASSED.replaceAll('w.settled', 'due.settled')}, reached_window = due.window_start
           from due where b.project_id = due.project_id and b.id = due.budget_id
           returning pg_notify('antiphon_budgets', '')
         ),
         outbox as (
           insert into webhook_deliveries (project_id, id, endpoint_id, event_id, event_type, budget_id, data, job_id,
             created_at)
           select passed.project_id, ${NEW_ID}, e.id, passed.event_id, '${EVENT}', passed.budget_id, passed.data,
             gen_random_uuid(), now()
           from passed join webhook_endpoints e on e.project_id = passed.project_id and e.disabled_reason is null
             and '${EVENT}' = any(e.event_types)
           returning id
         )
         select (select count(*)::int from due) as windows, (select count(*)::int from outbox) as deliveries,
           (select count(*) from marked)`,
        [limit],
      );
      return rows[0] ?? { windows: 0, deliveries: 0 };
    },

    /**
     * Sets a budget's newest window to what its thresholds and limit are now, and those of the budgets that came of it. What was
     * passed before is not told again, nor what the change itself has passed.
     */
    async rearm(projectId: string, budgetId: string): Promise<void> {
      await sql.query(
        `with newest as materialized (
           select w.project_id, w.budget_id, w.window_start
           from budget_windows w
           where w.project_id = $1
             and w.budget_id in (select id from budgets where project_id = $1 and (id = $2 or template_id = $2))
             and not exists (
               select from budget_windows later where later.project_id = w.project_id and later.budget_id = w.budget_id
                 and later.window_start > w.window_start
             )
           order by w.project_id, w.budget_id, w.window_start
           for update of w
         ),
         moved as (
           update budget_windows w set next_notice = ${NEXT}
           from newest join budgets b on b.project_id = newest.project_id and b.id = newest.budget_id
           where w.project_id = newest.project_id and w.budget_id = newest.budget_id
             and w.window_start = newest.window_start
           returning w.project_id, w.budget_id, w.window_start, w.settled
         )
         update budgets b set reached = now.reached, reached_window = now.window_start
         from (
           select w.project_id, w.budget_id, w.window_start, ${PASSED} as reached
           from moved w join budgets b on b.project_id = w.project_id and b.id = w.budget_id
         ) now
         where b.project_id = now.project_id and b.id = now.budget_id
           and (b.reached, b.reached_window) is distinct from (now.reached, now.window_start)
         returning pg_notify('antiphon_budgets', '')`,
        [projectId, budgetId],
      );
    },
  };
}
