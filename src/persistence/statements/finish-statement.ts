import { itemTable } from './run-items.js';
import { Placeholders, variantsOf } from './variants.js';

/** What only some batches write. */
export type FinishPart = 'money' | 'append' | 'events' | 'notices' | 'notify';

/** What a rolling window has spent leaves it again in sixty steps (budget-window.ts). */
const SLICE_SECONDS = '(b.rolling_seconds / 60)';
const SLICE_START = `to_timestamp(floor(fin.ended_ms / 1000.0 / ${SLICE_SECONDS}) * ${SLICE_SECONDS})`;

/**
 * One statement for any number of runs; which one depends on what they have to write.
 *
 * - `mine` is the fence: whoever no longer owns the run (its lease moved on) deletes nothing, and so writes nothing.
 * - `target` finds the end of the thread the items belong on: the response's own, or the conversation's, whose row lock keeps
 *   the run's items together however many others append.
 * - `moved` (only where a conversation is appended to) takes the input items along.
 * - `freed` → `locked` → `settled` (only where money is held) gives it back and books what was used, from rows locked in key order.
 * - `outbox` (only where background responses end) writes who is to be told of them with the end, so that no crash comes between.
 *   Ids are UUID v7, made from the moment of the end.
 */
export const finishStatement = variantsOf('finish-runs', (has: (part: FinishPart) => boolean, name) => {
  const next = new Placeholders();
  const fin = next.table('fin', {
    project_id: 'uuid',
    response_id: 'uuid',
    attempt: 'int',
    thread_id: 'uuid',
    append_to: 'uuid',
    input_start: 'int',
    inputs: 'int',
    outputs: 'int',
    end_user: 'text',
    status: 'text',
    model: 'text',
    settings: 'json',
    ended_ms: 'float8',
    error: 'json',
    incomplete_reason: 'text',
    input_tokens: 'int',
    cached_input_tokens: 'int',
    output_tokens: 'int',
    reasoning_tokens: 'int',
    last_sequence: 'int',
    ledger_id: 'uuid',
    key_id: 'uuid',
    provider: 'text',
    estimated: 'boolean',
    cost: 'bigint',
    billed_user: 'text',
    label: 'text',
    tool_calls: 'json',
  });
  const item = itemTable(next);
  const event = has('events')
    ? next.table('event', { project_id: 'uuid', response_id: 'uuid', sequence_number: 'int', payload: 'json' })
    : null;
  const notice = has('notices')
    ? next.table('notice', { project_id: 'uuid', response_id: 'uuid', event_id: 'uuid', event_type: 'text' })
    : null;
  const notify = has('notify') ? next.text() : null;
  const appends = has('append');
  const money = has('money');

  const moved = `
moved as (
  update items i set
    thread_id = target.thread_id,
    position = target.output_start - fin.inputs + (i.position - fin.input_start),
    sequence = target.output_sequence - fin.inputs + (i.position - fin.input_start) + 1
  from fin join target using (project_id, response_id)
  where fin.append_to is not null and i.project_id = fin.project_id and i.thread_id = fin.thread_id
),`;
  const logged =
    event &&
    `
event as materialized (select * from ${event.sql}),
logged as (
  insert into response_events (project_id, response_id, sequence_number, payload)
  select event.project_id, event.response_id, event.sequence_number, event.payload
  from event join mine using (project_id, response_id)
),`;
  const settled = `
freed as (
  delete from reservations r using mine
  where r.project_id = mine.project_id and r.response_id = mine.response_id
  returning r.project_id, r.response_id, r.budget_id, r.window_start, r.amount
),
locked as materialized (
  select w.project_id, w.budget_id, w.window_start, w.settled, w.reserved
  from budget_windows w
  where (w.project_id, w.budget_id, w.window_start) in (select project_id, budget_id, window_start from freed)
  order by w.project_id, w.budget_id, w.window_start
  for update of w
),
settled as (
  update budget_windows w set reserved = l.reserved - s.amount, settled = l.settled + s.cost
  from locked l
  join (select freed.project_id, freed.budget_id, freed.window_start, sum(freed.amount) as amount, sum(fin.cost) as cost
        from freed join fin using (project_id, response_id) group by 1, 2, 3) s
    on s.project_id = l.project_id and s.budget_id = l.budget_id and s.window_start = l.window_start
  where w.project_id = l.project_id and w.budget_id = l.budget_id and w.window_start = l.window_start
  returning w.settled >= w.next_notice as is_due
),
charged as (
  select project_id, response_id, array_agg(budget_id order by budget_id, window_start) as budget_ids,
    array_agg(window_start order by budget_id, window_start) as window_starts
  from freed group by 1, 2
),
sliced as (
  insert into budget_slices (project_id, budget_id, slice_start, amount)
  select b.project_id, b.id, ${SLICE_START}, sum(fin.cost)
  from freed join fin using (project_id, response_id) join locked using (project_id, budget_id, window_start)
  join budgets b on b.project_id = freed.project_id and b.id = freed.budget_id and b.period = 'rolling'
  group by 1, 2, 3
  order by 1, 2, 3
  on conflict (project_id, budget_id, slice_start) do update set amount = budget_slices.amount + excluded.amount
),`;
  const outbox =
    notice &&
    `,
notice as materialized (select * from ${notice.sql}),
outbox as (
  insert into webhook_deliveries (project_id, id, endpoint_id, event_id, event_type, response_id, job_id, created_at)
  select e.project_id,
    (lpad(to_hex(fin.ended_ms::bigint), 12, '0') || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
    e.id, notice.event_id, notice.event_type, notice.response_id, gen_random_uuid(), to_timestamp(fin.ended_ms / 1000.0)
  from notice join mine using (project_id, response_id) join fin using (project_id, response_id)
  join responses r on r.project_id = notice.project_id and r.id = notice.response_id and r.deleted_at is null
  join webhook_endpoints e on e.project_id = notice.project_id and e.disabled_reason is null
    and notice.event_type = any(e.event_types)
  returning id
)`;

  const text = `
with fin as materialized (select * from ${fin.sql}),
item as materialized (select * from ${item.sql}),
mine as (
  delete from runs r using fin
  where r.project_id = fin.project_id and r.response_id = fin.response_id and r.attempt = fin.attempt
  returning r.project_id, r.response_id
),
target as (
  update threads t set
    next_position = case when fin.append_to is null then fin.input_start + fin.inputs + fin.outputs
                         else t.next_position + fin.inputs + fin.outputs end,
    last_sequence = case when fin.append_to is null then t.last_sequence
                         else t.last_sequence + fin.inputs + fin.outputs end
  from fin join mine using (project_id, response_id)
  where t.project_id = fin.project_id and t.id = coalesce(fin.append_to, fin.thread_id)
  returning fin.project_id, fin.response_id, t.id as thread_id, t.next_position - fin.outputs as output_start,
    t.last_sequence - fin.outputs as output_sequence
),${appends ? moved : ''}
ended as (
  update responses r set
    status = fin.status, model = fin.model, settings = coalesce(fin.settings, r.settings),
    completed_at = case when fin.status = 'completed' then to_timestamp(fin.ended_ms / 1000.0) end,
    error = fin.error, incomplete_reason = fin.incomplete_reason,
    input_tokens = fin.input_tokens, cached_input_tokens = fin.cached_input_tokens,
    output_tokens = fin.output_tokens, reasoning_tokens = fin.reasoning_tokens,
    last_sequence = fin.last_sequence, thread_id = target.thread_id,
    input_start = target.output_start - fin.inputs,
    output_start = target.output_start, output_end = target.output_start + fin.outputs
  from fin join target using (project_id, response_id)
  where r.project_id = fin.project_id and r.id = fin.response_id
),
put as (
  insert into items (project_id, thread_id, position, id, response_id, sequence, end_user, payload)
  select target.project_id, target.thread_id, target.output_start + item.offset_in_run, item.id, target.response_id,
    case when fin.append_to is not null then target.output_sequence + item.offset_in_run + 1 end, fin.end_user,
    item.payload
  from item join target using (project_id, response_id) join fin using (project_id, response_id)
),${logged ?? ''}${money ? settled : ''}
paid as (
  insert into ledger (project_id, id, response_id, key_id, end_user, model, provider, input_tokens, cached_input_tokens,
    output_tokens, reasoning_tokens, estimated, amount, created_at, label, tool_calls${money ? ', budget_ids, window_starts' : ''})
  select fin.project_id, fin.ledger_id, fin.response_id, fin.key_id, fin.billed_user, fin.model, fin.provider,
    fin.input_tokens, fin.cached_input_tokens, fin.output_tokens, fin.reasoning_tokens, fin.estimated, fin.cost,
    to_timestamp(fin.ended_ms / 1000.0), fin.label, fin.tool_calls::jsonb${money ? ', charged.budget_ids, charged.window_starts' : ''}
  from fin join mine using (project_id, response_id)${money ? ' left join charged using (project_id, response_id)' : ''}
)${outbox ?? ''}
select mine.response_id is not null as mine,
  ${outbox ? '(select count(*)::int from outbox)' : '0'} as notices,
  ${money ? '(select count(*)::int from settled where is_due)' : '0'} as due${
    notify
      ? `,
  case when fin.n = 1 then pg_notify('antiphon_events', ${notify})::text end`
      : ''
  }
from fin left join mine using (project_id, response_id)
order by fin.n`;

  return { name, text, fin, item, event, notice };
});
