import { itemTable } from './run-items.js';
import { Placeholders, variantsOf } from './variants.js';

/** What only some batches write. */
export type BeginPart = 'details' | 'money' | 'continue' | 'extras' | 'repeated' | 'notify';

/** What most beginnings leave out. */
export const BEGIN_DETAILS = {
  end_user: 'text',
  previous_response_id: 'uuid',
  conversation_id: 'uuid',
  prompt_id: 'uuid',
  prompt_version: 'int',
  parent_thread_id: 'uuid',
  parent_end: 'int',
  background: 'boolean',
  metadata: 'json',
} as const;

/** How long an idempotency key stands for its response. */
const KEY_LIFE = '1 day';

/**
 * One statement for any number of runs; which one depends on what they have to write.
 *
 * - `locked` (only where money is held) takes the budget windows in key order, so that two batches cannot wait for each other in a
 *   ring; amounts are computed from the locked rows, which are current even when the statement's snapshot is not.
 * - `refused` drops every run whose window cannot hold the whole batch's demand. That is too strict for a batch (a run that
 *   would fit alone may be refused with its neighbours), so the caller repeats refused runs one by one.
 * - `opened` is the lock on a conversation: the unique index lets one unfinished run in. Where nothing can be refused (no
 *   conversation, no money, no key, and nothing repeated) it is not asked who was let in.
 * - `keyed` (only with extras) takes the idempotency keys, in their order; whoever finds his taken does not begin. A key that has
 *   expired is free again.
 * - `continued` (only where a response is continued) marks the parent, whose thread the first child extends; the others fork, as
 *   does whatever continues a response out of its conversation.
 */
export const beginStatement = variantsOf('begin-runs', (has: (part: BeginPart) => boolean, name) => {
  const next = new Placeholders();
  const run = next.tableWith(
    'run',
    {
      project_id: 'uuid',
      response_id: 'uuid',
      lease_ms: 'int',
      key_id: 'uuid',
      model: 'text',
      created_ms: 'float8',
      logged: 'boolean',
      stored: 'boolean',
      settings: 'json',
      inputs: 'int',
    },
    BEGIN_DETAILS,
    has('details'),
  );
  const owner = next.value('uuid');
  const item = itemTable(next);
  const charge = has('money')
    ? next.table('charge', {
        project_id: 'uuid',
        response_id: 'uuid',
        budget_id: 'uuid',
        window_ms: 'float8',
        amount: 'bigint',
      })
    : null;
  const extra = has('extras')
    ? next.table('extra', {
        project_id: 'uuid',
        response_id: 'uuid',
        command: 'text',
        input_tokens: 'int',
        idempotency_key: 'text',
        request_hash: 'text',
      })
    : null;
  const notify = has('notify') ? next.value('text') : null;
  const continues = has('continue');
  const mayBeRefused = charge !== null || extra !== null || has('details') || has('repeated');

  const notRefused = charge && '(project_id, response_id) not in (select project_id, response_id from refused)';
  const weighed =
    charge &&
    `
charge as materialized (
  select project_id, response_id, budget_id, to_timestamp(window_ms / 1000.0) as window_start, amount from ${charge.sql}
),
need as (
  select project_id, budget_id, window_start, sum(amount) as amount from charge group by 1, 2, 3
),
locked as materialized (
  select w.project_id, w.budget_id, w.window_start, w.settled, w.reserved, b.cap, b.enforced, need.amount
  from budget_windows w
  join need on need.project_id = w.project_id and need.budget_id = w.budget_id and need.window_start = w.window_start
  join budgets b on b.project_id = w.project_id and b.id = w.budget_id
  order by w.project_id, w.budget_id, w.window_start
  for update of w
),
refused as (
  select distinct c.project_id, c.response_id
  from charge c
  left join locked l on l.project_id = c.project_id and l.budget_id = c.budget_id and l.window_start = c.window_start
  where l.budget_id is null or (l.enforced and l.settled + l.reserved + l.amount > l.cap)
),`;
  const keyed =
    extra &&
    `
extra as materialized (select * from ${extra.sql}),
keyed as (
  insert into idempotency_keys (project_id, key, request_hash, response_id, expires_at)
  select distinct on (project_id, idempotency_key)
    project_id, idempotency_key, decode(request_hash, 'hex'), response_id, now() + interval '${KEY_LIFE}'
  from extra
  where ${['idempotency_key is not null', notRefused].filter(Boolean).join(' and ')}
  order by project_id, idempotency_key, n
  on conflict (project_id, key) do update
    set request_hash = excluded.request_hash, response_id = excluded.response_id, expires_at = excluded.expires_at
    where idempotency_keys.expires_at < now()
  returning project_id, response_id
),`;
  const mayOpen = [
    notRefused,
    extra &&
      '(extra.idempotency_key is null or (project_id, response_id) in (select project_id, response_id from keyed))',
  ].filter(Boolean);
  const held = `
held as (
  insert into reservations (project_id, response_id, budget_id, window_start, amount)
  select c.project_id, c.response_id, c.budget_id, c.window_start, c.amount
  from charge c join opened using (project_id, response_id)
  returning project_id, budget_id, window_start, amount
),
taken as (
  update budget_windows w set reserved = l.reserved + t.amount
  from locked l
  join (select project_id, budget_id, window_start, sum(amount) as amount from held group by 1, 2, 3) t
    on t.project_id = l.project_id and t.budget_id = l.budget_id and t.window_start = l.window_start
  where w.project_id = l.project_id and w.budget_id = l.budget_id and w.window_start = l.window_start
),`;
  const continued = `
heir as (
  select distinct on (r.project_id, r.previous_response_id) r.project_id, r.response_id, r.previous_response_id
  from run r join opened using (project_id, response_id)
  where r.parent_thread_id is not null and r.stored
  order by r.project_id, r.previous_response_id, r.n
),
continued as (
  update responses p set continued = true
  from heir
  where p.project_id = heir.project_id and p.id = heir.previous_response_id and not p.continued and p.conversation_id is null
  returning heir.project_id, heir.response_id
),`;
  const forked = `forked as (
  insert into threads (project_id, id, parent_thread_id, parent_position)
  select project_id, thread_id, parent_thread_id, parent_end from begun
  where stored and not continues and parent_thread_id is not null
),
`;

  const text = `
with run as materialized (select * from ${run.sql}),${weighed ?? ''}${keyed ?? ''}
opened as (
  insert into runs (project_id, response_id, owner, lease_until, conversation_id, key_id, end_user, model${extra ? ', command, input_tokens' : ''})
  select project_id, response_id, ${owner}, now() + lease_ms * interval '1 millisecond', conversation_id, key_id, end_user,
    model${extra ? ', extra.command, extra.input_tokens' : ''}
  from run${extra ? ' left join extra using (project_id, response_id)' : ''}${mayOpen.length > 0 ? `\n  where ${mayOpen.join(' and ')}` : ''}${mayBeRefused ? '\n  on conflict do nothing' : ''}
  returning project_id, response_id
),${charge ? held : ''}${continues ? continued : ''}
begun as ${mayBeRefused ? '' : 'not '}materialized (
  select r.*, coalesce(r.parent_end, 0) as input_start,
    case when r.continues then r.parent_thread_id else r.response_id end as thread_id
  from (
    select *, ${continues ? '(project_id, response_id) in (select project_id, response_id from continued)' : 'false'} as continues from run
  ) r${mayBeRefused ? '\n  join opened using (project_id, response_id)' : ''}
),
${continues ? forked : ''}stored as (
  insert into responses (project_id, id, status, model, created_at, key_id, end_user, previous_response_id, conversation_id,
    prompt_id, prompt_version, background, logged, thread_id, input_start, output_start, output_end, settings, metadata)
  select project_id, response_id, case when background then 'queued' else 'in_progress' end, model,
    to_timestamp(created_ms / 1000.0), key_id, end_user, previous_response_id, conversation_id, prompt_id, prompt_version,
    background, logged, thread_id, input_start, input_start + inputs, input_start + inputs, settings,
    coalesce(metadata::jsonb, '{}')
  from begun where stored
),
put as (
  insert into items (project_id, thread_id, position, id, response_id, end_user, payload)
  select begun.project_id, begun.thread_id, begun.input_start + item.place, item.id, begun.response_id, begun.end_user,
    item.payload
  from ${item.sql} join begun on begun.n = item.run
  where begun.stored
)
select begun.n is not null as opened, begun.stored, begun.thread_id, begun.input_start,
  ${charge ? 'refused.response_id is not null' : 'false'} as refused${notify ? `,\n  case when n = 1 then pg_notify('antiphon_events', ${notify})::text end` : ''}
from ${mayBeRefused ? 'run left join begun using (n)' : 'begun'}${charge ? '\nleft join refused on refused.project_id = run.project_id and refused.response_id = run.response_id' : ''}
order by n`;

  return { name, text, run, item, charge, extra };
});
