import type { Queryable } from '../database.js';

export interface EventPage {
  events: { sequenceNumber: number; json: string }[];
  /** The log's last number once it is closed, null while the run goes on. Undefined: no such response. */
  lastSequence: number | null | undefined;
}

export interface EventPageSize {
  limit: number;
  maxBytes: number;
}

/** Length of an event as it is read. What is short is never compressed, and its length is known without looking at it. */
const PRINTED_BYTES = `case when pg_column_size(payload) < 1000 then pg_column_size(payload) else octet_length(payload::text) end`;

export type EventRepository = ReturnType<typeof createEventRepository>;

export function createEventRepository(sql: Queryable) {
  return {
    /**
     * Events after a number, as many as `size` allows but one at least, with the log's end if it has one, in one statement.
     */
    async read(
      projectId: string,
      responseId: string,
      after: number,
      { limit, maxBytes }: EventPageSize,
    ): Promise<EventPage> {
      const { rows } = await sql.query<{
        last_sequence: number | null;
        sequence_number: number | null;
        payload: string;
      }>(
        `select r.last_sequence, e.sequence_number, e.payload
         from responses r
         left join lateral (
           select sequence_number, payload from (
             select sequence_number, payload, ${PRINTED_BYTES} as bytes,
               sum(${PRINTED_BYTES}) over (order by sequence_number) as until
             from response_events e
             where e.project_id = $1 and e.response_id = $2 and e.sequence_number > $3
             order by sequence_number limit $4
           ) e where until <= $5 or until = bytes
           order by sequence_number
         ) e on true
         where r.project_id = $1 and r.id = $2 and r.deleted_at is null`,
        [projectId, responseId, after, limit, maxBytes],
      );
      if (rows.length === 0) return { events: [], lastSequence: undefined };
      const events = rows.flatMap((row) =>
        row.sequence_number === null ? [] : [{ sequenceNumber: row.sequence_number, json: row.payload }],
      );
      return { events, lastSequence: rows[0]?.last_sequence ?? null };
    },

    /** Number of a run's last stored event, -1 before the first. */
    async lastSequence(projectId: string, responseId: string): Promise<number> {
      const { rows } = await sql.query<{ last: number }>(
        `select coalesce(max(sequence_number), -1) as last from response_events where project_id = $1 and response_id = $2`,
        [projectId, responseId],
      );
      return rows[0]?.last ?? -1;
    },

    /** Every stored event of a run, for what must be rebuilt from them. */
    async readAll(projectId: string, responseId: string): Promise<{ sequenceNumber: number; json: string }[]> {
      const { rows } = await sql.query<{ sequence_number: number; payload: string }>(
        `select sequence_number, payload from response_events where project_id = $1 and response_id = $2
         order by sequence_number`,
        [projectId, responseId],
      );
      return rows.map((row) => ({ sequenceNumber: row.sequence_number, json: row.payload }));
    },
  };
}
