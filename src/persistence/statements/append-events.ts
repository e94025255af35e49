import type { Queryable } from '../database.js';
import { recordset } from './recordset.js';

export interface EventRow {
  projectId: string;
  responseId: string;
  attempt: number;
  sequenceNumber: number;
  /** The event as JSON text, stored byte for byte. */
  payload: string;
}

const event = recordset('event', 1, {
  project_id: 'uuid',
  response_id: 'uuid',
  attempt: 'int',
  sequence_number: 'int',
  payload: 'json',
});

/**
 * Events of many runs in one statement with one wake-up. `mine` is the fence: FOR SHARE makes a new owner wait for this
 * write, so no late event can slip in behind the number the new owner continues from. Repeating it changes nothing. (`any`: see
 * finish-statement.ts.)
 */
const SQL = `
with event as materialized (select * from ${event.sql}),
mine as materialized (
  select r.project_id, r.response_id, r.attempt
  from (select distinct project_id, response_id, attempt from event) e
  join runs r on r.project_id = any(array[e.project_id]) and r.response_id = any(array[e.response_id]) and r.attempt = e.attempt
  order by e.project_id, e.response_id
  for share of r
),
put as (
  insert into response_events (project_id, response_id, sequence_number, payload)
  select event.project_id, event.response_id, event.sequence_number, event.payload
  from event join mine using (project_id, response_id, attempt)
  on conflict do nothing
)
select array(select response_id from mine) as mine, pg_notify('antiphon_events', $6)`;

/** Appends events; answers the ids of the responses this process still owns. Events of others were not written. */
export async function appendEvents(db: Queryable, rows: readonly EventRow[], notify: string): Promise<Set<string>> {
  const values = [
    ...event.params(
      rows.map((r) => ({
        project_id: r.projectId,
        response_id: r.responseId,
        attempt: r.attempt,
        sequence_number: r.sequenceNumber,
        payload: r.payload,
      })),
    ),
    notify,
  ];
  const answer = await db.query<{ mine: string[] }>({ name: 'append-events', text: SQL, values });
  return new Set(answer.rows[0]?.mine ?? []);
}
