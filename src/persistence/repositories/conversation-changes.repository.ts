import { type ConversationPlace, NO_RESPONSE } from '../../domain/conversation-event.js';
import { toItemId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { Owner } from '../../domain/principal.js';
import type { Queryable } from '../database.js';

/** One thing that changed. Items carry the conversation's number of the change. */
export type ConversationChange =
  | { kind: 'added'; sequence: number; item: Item; responseId: string | null; bytes: number }
  | { kind: 'deleted'; sequence: number; itemId: string; bytes: number }
  | { kind: 'response'; responseId: string; isLogged: boolean; bytes: number };

export interface ConversationChanges {
  /** In order. A response comes before the items it has added. */
  changes: ConversationChange[];
  /** There may be more. */
  hasMore: boolean;
  /** The response that runs there now, or null. */
  running: string | null;
  /** False once the conversation is deleted. */
  isThere: boolean;
}

/** A conversation and what is known of it already. */
export interface ChangesSince extends Pick<ConversationPlace, 'sequence' | 'responseId'> {
  projectId: string;
  id: string;
}

/** Up to about `limit` changes, and items of up to `maxBytes` together, but one at least. */
export interface ChangesPageSize {
  limit: number;
  maxBytes: number;
}

interface Row {
  place: number;
  is_there: boolean;
  running: string | null;
  kind: 'added' | 'deleted' | 'response' | null;
  sequence: bigint | null;
  id: string;
  response_id: string | null;
  logged: boolean | null;
  payload: string | null;
  /** Items that were found, whether or not their texts fit. */
  found: bigint | null;
}

export type ConversationChangesRepository = ReturnType<typeof createConversationChangesRepository>;

export function createConversationChangesRepository(sql: Queryable) {
  return {
    /** Where a conversation stands now: a response that runs there counts as not yet seen. Null if it is not there. */
    async findPlace({ projectId, endUser }: Owner, id: string): Promise<ConversationPlace | null> {
      const { rows } = await sql.query<{ sequence: bigint; response_id: string | null }>(
        `select t.last_sequence as sequence, (
           select r.id from responses r
           where r.project_id = $1 and r.conversation_id = $2
             and not exists (select from runs where runs.project_id = $1 and runs.response_id = r.id)
           order by r.id desc limit 1
         ) as response_id
         from conversations c join threads t on t.project_id = c.project_id and t.id = c.id
         where c.project_id = $1 and c.id = $2 and ($3::text is null or c.end_user = $3)`,
        [projectId, id, endUser],
      );
      const row = rows[0];
      if (row === undefined) return null;
      return { sequence: Number(row.sequence), responseId: row.response_id ?? NO_RESPONSE, within: null };
    },

    /** What changed in many conversations, a page of each, in one statement. */
    async read(sought: readonly ChangesSince[], { limit, maxBytes }: ChangesPageSize): Promise<ConversationChanges[]> {
      const { rows } = await sql.query<Row>(
        `select k.n::int as place, c.id is not null as is_there, run.response_id as running,
           e.kind, e.sequence, e.id, e.response_id, e.logged, e.payload, e.found
         from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[]) with ordinality as k(project_id, id, sequence, seen, n)
         left join conversations c on c.project_id = k.project_id and c.id = k.id
         left join runs run on run.project_id = k.project_id and run.conversation_id = k.id
         left join lateral (
           (select 'added' as kind, a.sequence, a.id, a.response_id, null::boolean as logged, a.payload, a.found
            from (
              select i.*, sum(octet_length(i.payload)) over (order by i.sequence) as until, count(*) over () as found
              from (
                select i.sequence, i.id, i.response_id, i.payload::text as payload
                from items i
                where i.project_id = k.project_id and i.thread_id = k.id and i.sequence > k.sequence
                  and i.sequence is not null and i.removed_sequence is null
                order by i.sequence limit $5
              ) i
            ) a
            where a.until <= $6 or a.until = octet_length(a.payload))
           union all
           (select 'deleted', i.removed_sequence, i.id, null, null, i.payload->>'id', null from items i
            where i.project_id = k.project_id and i.thread_id = k.id and i.removed_sequence > k.sequence
              and i.removed_sequence is not null
            order by i.removed_sequence limit $5)
           union all
           (select 'response', null, r.id, null, r.logged, null, null from responses r
            where r.project_id = k.project_id and r.conversation_id = k.id and r.id > k.seen and r.deleted_at is null
            order by r.id limit $5)
         ) e on c.id is not null
         order by k.n, e.sequence nulls last, e.id`,
        [
          sought.map((one) => one.projectId),
          sought.map((one) => one.id),
          sought.map((one) => one.sequence),
          sought.map((one) => one.responseId),
          limit,
          maxBytes,
        ],
      );
      const byPlace: Row[][] = sought.map(() => []);
      for (const row of rows) byPlace[row.place - 1]?.push(row);
      return byPlace.map((some) => inOrder(some, limit));
    },
  };
}

/** Puts responses in front of what they have added, and leaves out what a further page might have to come before. */
function inOrder(rows: readonly Row[], limit: number): ConversationChanges {
  const { is_there: isThere = false, running = null } = rows[0] ?? {};
  const responses = rows.filter(({ kind }) => kind === 'response');
  const items = rows.filter(({ kind }) => kind === 'added' || kind === 'deleted');
  const cuts = (['added', 'deleted'] as const).flatMap((kind) => {
    const some = items.filter((row) => row.kind === kind);
    const isWhole = some.length < limit && some.length >= (some[0]?.found ?? 0);
    return isWhole ? [] : [some.at(-1)?.sequence ?? 0n];
  });
  const lastItem = cuts.reduce<bigint | null>((least, cut) => (least === null || cut < least ? cut : least), null);
  const areResponsesCut = responses.length >= limit;
  const lastResponse = responses.at(-1)?.id ?? NO_RESPONSE;

  const changes: ConversationChange[] = [];
  let told = 0;
  const tellUntil = (id: string | null): void => {
    for (let next = responses[told]; next !== undefined && (id === null || next.id <= id); next = responses[told]) {
      changes.push({ kind: 'response', responseId: next.id, isLogged: next.logged === true, bytes: 100 });
      told += 1;
    }
  };
  let isCut = lastItem !== null;
  for (const row of items) {
    const sequence = row.sequence ?? 0n;
    if (lastItem !== null && sequence > lastItem) break;
    if (row.response_id !== null) {
      tellUntil(row.response_id);
      if (areResponsesCut && row.response_id > lastResponse) {
        isCut = true;
        break;
      }
    }
    changes.push(toChange(row, Number(sequence)));
  }
  if (!isCut) tellUntil(null);
  return { changes, hasMore: isCut || areResponsesCut, running, isThere };
}

function toChange(row: Row, sequence: number): ConversationChange {
  const { kind, id, payload, response_id: responseId } = row;
  if (kind === 'deleted') return { kind, sequence, itemId: payload ?? toItemId('item', id), bytes: 100 };
  const json = payload ?? '{}';
  return { kind: 'added', sequence, item: JSON.parse(json) as Item, responseId, bytes: json.length };
}
