import { itemTable } from './run-items.js';
import { Placeholders, variantsOf } from './variants.js';

/** What only some batches write. */
export type FinishPart = 'details' | 'money' | 'append' | 'events' | 'notices' | 'notify';

/** What most ends leave out. */
export const FINISH_DETAILS = {
  append_to: 'uuid',
  end_user: 'text',
  settings: 'json',
  error: 'json',
  incomplete_reason: 'text',
  last_sequence: 'int',
  estimated: 'boolean',
  billed_user: 'text',
  label: 'text',
  tool_calls: 'json',
} as const;

/** What a rolling window has spent leaves it again in sixty steps (budget-window.ts). */
const SLICE_SECONDS = '(b.rolling_seconds / 60)';
const SLICE_START = `to_timestamp(floor(freed.ended_ms / 1000.0 / ${SLICE_SECONDS}) * ${SLICE_SECONDS})`;

/**
 * One statement for any number of runs; which one depends on what they have to write.
 *
 * - `mine` is the fence: whoever no longer owns the run (its lease moved on) deletes nothing, and so writes nothing. What comes
 *   after reads the runs from it, or from `target`, with all they say: joined with `fin` instead, every row meets every other. So
 *   they do where `runs` or `reservations`, which hold only what has not ended, are joined by plain equality and had one row or none
 *   when they were last looked at: they are then read as a whole.
 * - `target` says where the output goes: behind the input, or (only where a conversation is appended to) on the conversation's
 *   end, which `appended` has moved; its row lock keeps the run's items together however many others append. A conversation that
 *   is there no more leaves the run where it is.
 * - `moved` takes the input items along.
 * - `freed` → `due` → `locked` → `settled` (only where money is held) gives it back and books what was used, from rows locked in key order.
 *   `sliced` counts `locked` only to come after it: two batches would else wait for each other's slices.
 * - `outbox` (only where background responses end) writes who is to be told of them with the end, so that no crash comes between.
 *   Ids are UUID v7, made from the moment of the end.
 */
export const finishStatement = variantsOf('finish-runs', (has: (part: FinishPart) => boolean, name) => {
  const next = new Placeholders();
  const fin = next.tableWith(
    'fin',
    {
      project_id: 'uuid',
      response_id: 'uuid',
      attempt: 'int',
      thread_id: 'uuid',
      input_start: 'int',
      inputs: 'int',
      outputs: 'int',
      status: 'text',
      model: 'text',
      ended_ms: 'float8',
      input_tokens: 'int',
      cached_input_tokens: 'int',
      output_tokens: 'int',
      reasoning_tokens: 'int',
      ledger_id: 'uuid',
      key_id: 'uuid',
      provider: 'text',
      cost: 'bigint',
    },
    FINISH_DETAILS,
    has('details'),
  );
  const item = itemTable(next);
  const event = has('events')
    ? next.table('event', { project_id: 'uuid', response_id: 'uuid', sequence_number: 'int', payload: 'json' })
    : null;
  const notice = has('notices')
    ? next.table('notice', { project_id: 'uuid', response_id: 'uuid', event_id: 'uuid', event_type: 'text' })
    : null;
  const notify = has('notify') ? next.value('text') : null;
  const appends = has('append');
  const money = has('money');

  const staying = `
  select mine.*, thread_id as last_thread_id, input_start + inputs as output_start, 0::bigint as output_sequence
  from mine where thread_id is not null`;
  const stayed = `
target as (${staying}
),`;
  const moved = `
appended as (
  update threads t set
    next_position = t.next_position + mine.inputs + mine.outputs,
    last_sequence = t.last_sequence + mine.inputs + mine.outputs
  from mine
  where t.project_id = mine.project_id and t.id = mine.append_to
  returning mine.*, t.id as last_thread_id, t.next_position - mine.outputs as output_start,
    t.last_sequence - mine.outputs as output_sequence
),
target as (
  select * from appended
  union all${staying} and n not in (select n from appended)
),
moved as (
  update items i set
    thread_id = target.last_thread_id,
    position = target.output_start - target.inputs + (i.position - target.input_start),
    sequence = target.output_sequence - target.inputs + (i.position - target.input_start) + 1
  from target
  where target.last_thread_id = target.append_to and i.project_id = target.project_id and i.thread_id = target.thread_id
),`;
  const placed = `,
    thread_id = target.last_thread_id, input_start = target.output_start - target.inputs, output_start = target.output_start`;
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
  where r.project_id = any(array[mine.project_id]) and r.response_id = any(array[mine.response_id])
  returning r.project_id, r.response_id, r.budget_id, r.window_start, r.amount, mine.cost, mine.ended_ms
),
due as (
  select project_id, budget_id, window_start, sum(amount) as amount, sum(cost) as cost from freed group by 1, 2, 3
),
locked as materialized (
  select w.project_id, w.budget_id, w.window_start, w.settled, w.reserved, due.amount, due.cost
  from budget_windows w
  join due on due.project_id = w.project_id and due.budget_id = w.budget_id and due.window_start = w.window_start
  order by w.project_id, w.budget_id, w.window_start
  for update of w
),
settled as (
  update budget_windows w set reserved = l.reserved - l.amount, settled = l.settled + l.cost
  from locked l
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
  select b.project_id, b.id, ${SLICE_START}, sum(freed.cost)
  from (select count(*) from locked) as waited cross join freed
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
    (lpad(to_hex(mine.ended_ms::bigint), 12, '0') || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
    e.id, notice.event_id, notice.event_type, notice.response_id, gen_random_uuid(), to_timestamp(mine.ended_ms / 1000.0)
  from notice join mine using (project_id, response_id)
  join responses r on r.project_id = notice.project_id and r.id = notice.response_id and r.deleted_at is null
  join webhook_endpoints e on e.project_id = notice.project_id and e.disabled_reason is null
    and notice.event_type = any(e.event_types)
  returning id
)`;

  const text = `
with fin as materialized (select * from ${fin.sql}),
mine as (
  delete from runs r using fin
  where r.project_id = any(array[fin.project_id]) and r.response_id = any(array[fin.response_id])
    and r.attempt = fin.attempt
  returning fin.*
),${appends ? moved : stayed}
ended as (
  update responses r set
    status = target.status, model = target.model, settings = coalesce(target.settings, r.settings),
    completed_at = case when target.status = 'completed' then to_timestamp(target.ended_ms / 1000.0) end,
    error = target.error, incomplete_reason = target.incomplete_reason,
    input_tokens = target.input_tokens, cached_input_tokens = target.cached_input_tokens,
    output_tokens = target.output_tokens, reasoning_tokens = target.reasoning_tokens,
    last_sequence = target.last_sequence, output_end = target.output_start + target.outputs${appends ? placed : ''}
  from target
  where r.project_id = target.project_id and r.id = target.response_id
),
put as (
  insert into items (project_id, thread_id, position, id, response_id, sequence, end_user, payload)
  select target.project_id, target.last_thread_id, target.output_start + item.place, item.id, target.response_id,
    case when target.last_thread_id = target.append_to then target.output_sequence + item.place + 1 end, target.end_user, item.payload
  from ${item.sql} join target on target.n = item.run
),${logged ?? ''}${money ? settled : ''}
paid as (
  insert into ledger (project_id, id, response_id, key_id, end_user, model, provider, input_tokens, cached_input_tokens,
    output_tokens, reasoning_tokens, estimated, amount, created_at, label, tool_calls${money ? ', budget_ids, window_starts' : ''})
  select mine.project_id, mine.ledger_id, mine.response_id, mine.key_id, mine.billed_user, mine.model, mine.provider,
    mine.input_tokens, mine.cached_input_tokens, mine.output_tokens, mine.reasoning_tokens, mine.estimated, mine.cost,
    to_timestamp(mine.ended_ms / 1000.0), mine.label, mine.tool_calls::jsonb${money ? ', charged.budget_ids, charged.window_starts' : ''}
  from mine${money ? ' left join charged using (project_id, response_id)' : ''}
)${outbox ?? ''}
select array(select n::int from mine) as mine,
  ${outbox ? '(select count(*)::int from outbox)' : '0'} as notices,
  ${money ? '(select count(*)::int from settled where is_due)' : '0'} as due${
    notify
      ? `,
  pg_notify('antiphon_events', ${notify})::text`
      : ''
  }`;

  return { name, text, fin, item, event, notice };
});
