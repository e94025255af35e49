import type { PrintedJson } from '../../domain/json-literals.js';
import type { Queryable } from '../database.js';
import { recordset } from './recordset.js';

/** What is written before a run's first token: the response, its input items, its money. */
export interface RunBeginning {
  projectId: string;
  responseId: string;
  owner: string;
  leaseMs: number;
  keyId: string;
  endUser: string | null;
  status: 'queued' | 'in_progress';
  model: string;
  createdAtMs: number;
  expiresAtMs: number | null;
  previousResponseId: string | null;
  conversationId: string | null;
  promptId: string | null;
  promptVersion: number | null;
  background: boolean;
  logged: boolean;
  /** False writes the run and its money only: nothing of what was said. */
  stored: boolean;
  /** JSON text of the echoed request settings. */
  settings: PrintedJson;
  /** JSON text of the metadata map. */
  metadata: string;
  /** A fresh thread, used unless the parent's thread can be continued. */
  newThreadId: string;
  /** Where the parent response ended, or null without one. */
  parent: { threadId: string; end: number } | null;
  inputs: { id: string; payload: PrintedJson }[];
  /** The same amount is held in each of these windows. Empty for keys without a budget. */
  windows: { budgetId: string; startMs: number }[];
  /** Nano-units. */
  amount: bigint;
  /** What only some runs write. A batch without any is a shorter statement. */
  extra?: RunExtra | undefined;
}

export interface RunExtra {
  /** What is needed to start the run in another process, sealed; null for a run that starts where it begins. */
  command: string | null;
  /** Tokens that the upstream is sent, for a run whose request cannot be read back; null otherwise. */
  inputTokens: number | null;
  /** The caller's key, which lets one run begin and no second one; `hash` (hex) tells the same request from another. */
  idempotency: { key: string; hash: string } | null;
}

/** How a beginning ended. `placed` says where the response's items lie; `opened` is the same for a run that is not stored. */
export type BeginOutcome =
  | { kind: 'placed'; threadId: string; inputStart: number }
  | { kind: 'opened' }
  | { kind: 'over-budget' }
  /** Another run has the conversation, or the idempotency key. */
  | { kind: 'locked' };

const run = recordset('run', 1, {
  project_id: 'uuid',
  response_id: 'uuid',
  owner: 'uuid',
  lease_ms: 'int',
  key_id: 'uuid',
  end_user: 'text',
  status: 'text',
  model: 'text',
  created_ms: 'float8',
  expires_ms: 'float8',
  previous_response_id: 'uuid',
  conversation_id: 'uuid',
  prompt_id: 'uuid',
  prompt_version: 'int',
  background: 'boolean',
  logged: 'boolean',
  stored: 'boolean',
  settings: 'json',
  metadata: 'json',
  new_thread_id: 'uuid',
  parent_thread_id: 'uuid',
  parent_end: 'int',
  inputs: 'int',
});
const item = recordset('item', 24, {
  project_id: 'uuid',
  response_id: 'uuid',
  offset_in_run: 'int',
  id: 'uuid',
  payload: 'json',
});
const charge = recordset('charge', 29, {
  project_id: 'uuid',
  response_id: 'uuid',
  budget_id: 'uuid',
  window_ms: 'float8',
  amount: 'bigint',
});
const NOTIFY = '$34::text';
const extra = recordset('extra', 35, {
  project_id: 'uuid',
  response_id: 'uuid',
  command: 'text',
  input_tokens: 'int',
  idempotency_key: 'text',
  request_hash: 'text',
});

/** How long an idempotency key stands for its response. */
const KEY_LIFE = '1 day';

/** The places where a statement with extras says more. A key that has expired is free again. */
const EXTRAS = {
  keyed: `
extra as materialized (select * from ${extra.sql}),
keyed as (
  insert into idempotency_keys (project_id, key, request_hash, response_id, expires_at)
  select distinct on (project_id, idempotency_key)
    project_id, idempotency_key, decode(request_hash, 'hex'), response_id, now() + interval '${KEY_LIFE}'
  from extra
  where idempotency_key is not null and (project_id, response_id) not in (select project_id, response_id from refused)
  order by project_id, idempotency_key, n
  on conflict (project_id, key) do update
    set request_hash = excluded.request_hash, response_id = excluded.response_id, expires_at = excluded.expires_at
    where idempotency_keys.expires_at < now()
  returning project_id, response_id
),`,
  columns: ', command, input_tokens',
  values: ', extra.command, extra.input_tokens',
  join: ' left join extra using (project_id, response_id)',
  condition: `
    and (extra.idempotency_key is null or (project_id, response_id) in (select project_id, response_id from keyed))`,
};
const NO_EXTRAS: typeof EXTRAS = { keyed: '', columns: '', values: '', join: '', condition: '' };

/**
 * One statement for any number of runs.
 *
 * - `locked` takes the budget windows in key order, so that two batches cannot wait for each other in a ring; amounts are
 *   computed from the locked rows, which are current even when the statement's snapshot is not.
 * - `refused` drops every run whose window cannot hold the whole batch's demand. That is too strict for a batch (a run that
 *   would fit alone may be refused with its neighbours), so the caller repeats refused runs one by one.
 * - `opened` is the lock on a conversation: the unique index lets one unfinished run in.
 * - `keyed` (only with extras) takes the idempotency keys, in their order; whoever finds his taken does not begin.
 * - `continued` moves the parent thread's end; only one child finds it where the parent left it, the others fork.
 */
const sqlOf = (more: typeof EXTRAS): string => `
with run as materialized (select * from ${run.sql}),
item as materialized (select * from ${item.sql}),
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
),${more.keyed}
opened as (
  insert into runs (project_id, response_id, owner, lease_until, conversation_id, key_id, end_user, model${more.columns})
  select project_id, response_id, owner, now() + lease_ms * interval '1 millisecond', conversation_id, key_id, end_user,
    model${more.values}
  from run${more.join}
  where (project_id, response_id) not in (select project_id, response_id from refused)${more.condition}
  on conflict do nothing
  returning project_id, response_id
),
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
),
heir as (
  select distinct on (r.project_id, r.parent_thread_id)
    r.project_id, r.response_id, r.parent_thread_id, r.parent_end, r.inputs
  from run r join opened using (project_id, response_id)
  where r.parent_thread_id is not null and r.inputs > 0 and r.stored
  order by r.project_id, r.parent_thread_id, r.n
),
continued as (
  update threads t set next_position = heir.parent_end + heir.inputs
  from heir
  where t.project_id = heir.project_id and t.id = heir.parent_thread_id and t.next_position = heir.parent_end
    and heir.parent_end > 0
  returning t.project_id, heir.response_id, t.id
),
placed as materialized (
  select r.*, coalesce(continued.id, r.new_thread_id) as thread_id, coalesce(r.parent_end, 0) as input_start,
         continued.id is null as forks
  from run r
  join opened using (project_id, response_id)
  left join continued using (project_id, response_id)
  where r.stored
),
threaded as (
  insert into threads (project_id, id, parent_thread_id, parent_position, next_position)
  select project_id, new_thread_id, parent_thread_id, parent_end, input_start + inputs from placed where forks
),
stored as (
  insert into responses (project_id, id, status, model, created_at, expires_at, key_id, end_user, previous_response_id,
    conversation_id, prompt_id, prompt_version, background, logged, thread_id, input_start, output_start, output_end,
    settings, metadata)
  select project_id, response_id, status, model, to_timestamp(created_ms / 1000.0), to_timestamp(expires_ms / 1000.0),
    key_id, end_user, previous_response_id, conversation_id, prompt_id, prompt_version, background, logged, thread_id,
    input_start, input_start + inputs, input_start + inputs, settings, metadata::jsonb
  from placed
),
put as (
  insert into items (project_id, thread_id, position, id, response_id, end_user, payload)
  select p.project_id, p.thread_id, p.input_start + item.offset_in_run, item.id, p.response_id, p.end_user,
    item.payload
  from item join placed p using (project_id, response_id)
)
select run.response_id, placed.thread_id, placed.input_start, refused.response_id is not null as refused,
  opened.response_id is not null as opened,
  case when ${NOTIFY} <> '' and run.n = 1 then pg_notify('antiphon_events', ${NOTIFY})::text end
from run
left join opened using (project_id, response_id)
left join placed using (project_id, response_id)
left join refused using (project_id, response_id)
order by run.n`;

const PLAIN_SQL = sqlOf(NO_EXTRAS);
const SQL_WITH_EXTRAS = sqlOf(EXTRAS);

interface Row {
  response_id: string;
  thread_id: string | null;
  input_start: number | null;
  refused: boolean;
  opened: boolean;
}

/**
 * Writes the beginnings of up to a batch of runs; outcomes come in the order given.
 *
 * @param notify payload that wakes followers of conversations in other processes; empty for none
 */
export async function beginRuns(db: Queryable, runs: readonly RunBeginning[], notify: string): Promise<BeginOutcome[]> {
  const values = [
    ...run.params(
      runs.map((r) => ({
        project_id: r.projectId,
        response_id: r.responseId,
        owner: r.owner,
        lease_ms: r.leaseMs,
        key_id: r.keyId,
        end_user: r.endUser,
        status: r.status,
        model: r.model,
        created_ms: r.createdAtMs,
        expires_ms: r.expiresAtMs,
        previous_response_id: r.previousResponseId,
        conversation_id: r.conversationId,
        prompt_id: r.promptId,
        prompt_version: r.promptVersion,
        background: r.background,
        logged: r.logged,
        stored: r.stored,
        settings: r.settings,
        metadata: r.metadata,
        new_thread_id: r.newThreadId,
        parent_thread_id: r.parent?.threadId ?? null,
        parent_end: r.parent?.end ?? null,
        inputs: r.inputs.length,
      })),
    ),
    ...item.params(
      runs.flatMap((r) =>
        r.inputs.map((input, offset) => ({
          project_id: r.projectId,
          response_id: r.responseId,
          offset_in_run: offset,
          id: input.id,
          payload: input.payload,
        })),
      ),
    ),
    ...charge.params(
      runs.flatMap((r) =>
        r.windows.map((window) => ({
          project_id: r.projectId,
          response_id: r.responseId,
          budget_id: window.budgetId,
          window_ms: window.startMs,
          amount: String(r.amount),
        })),
      ),
    ),
    notify,
  ];
  const extras = runs.flatMap((r) => (r.extra === undefined ? [] : [{ ...r.extra, ...r }]));
  const { rows } = await db.query<Row>(
    extras.length === 0
      ? { name: 'begin-runs', text: PLAIN_SQL, values }
      : {
          name: 'begin-runs-with-extras',
          text: SQL_WITH_EXTRAS,
          values: [
            ...values,
            ...extra.params(
              extras.map((r) => ({
                project_id: r.projectId,
                response_id: r.responseId,
                command: r.command,
                input_tokens: r.inputTokens,
                idempotency_key: r.idempotency?.key,
                request_hash: r.idempotency?.hash,
              })),
            ),
          ],
        },
  );
  return rows.map((row) => {
    if (row.thread_id !== null && row.input_start !== null)
      return { kind: 'placed', threadId: row.thread_id, inputStart: row.input_start };
    if (row.opened) return { kind: 'opened' };
    return row.refused ? { kind: 'over-budget' } : { kind: 'locked' };
  });
}
