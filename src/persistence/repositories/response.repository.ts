import type { Item } from '../../domain/item.js';
import type { MetadataFilter } from '../../domain/list-filter.js';
import { keyset, type Page, type PageRequest } from '../../domain/page.js';
import type { Owner } from '../../domain/principal.js';
import type { ResponseRecord, ResponseStatus, ResponseWithOutput } from '../../domain/response.js';
import type { Queryable } from '../database.js';
import { conditionsOf } from '../list-conditions.js';
import { inputItems, listItems, listItemsOfMany } from './item-lists.js';
import { listRows } from './listed-rows.js';
import { type FirstPage, pagesByParent, withoutCursors } from './pages.js';
import {
  ALL_COLUMNS as COLUMNS,
  type ResponseMember,
  type ResponseRow as Row,
  readerOf,
  toRecord,
} from './response-rows.js';

const OUTPUT = `(
  select '[' || coalesce(string_agg(i.payload::text, ',' order by i.position), '') || ']' from items i
  where i.project_id = r.project_id and i.thread_id = r.thread_id
    and i.position >= r.output_start and i.position < r.output_end
) as output`;

export interface ResponseFilter extends MetadataFilter {
  status?: ResponseStatus;
  model?: string;
  conversationId?: string;
  promptId?: string;
}

/** Where a run's beginning continues from: its parent's end and everything said before it. */
export interface ParentContext {
  status: ResponseStatus;
  threadId: string;
  end: number;
  items: Item[];
}

export type ResponseRepository = ReturnType<typeof createResponseRepository>;

/**
 * A response's items and those before it. The lineage has one step per fork, and each of its threads is one range of
 * items: LATERAL with OFFSET 0 says so to the planner, which knows nothing of young tables. The threads come first to last, each
 * by its index, so that nothing has to be sorted: sorting would cost a quarter more. Planned once per connection, because planning
 * takes half as long as reading two hundred turns.
 */
const lineageSql = (condition: string): string => `
with recursive origin as (
  select status, thread_id, output_start - input_start as inputs, output_end from responses
  where project_id = $1 and id = $2 and ($3::text is null or end_user = $3) ${condition}
),
lineage as (
  select thread_id, output_end as upto from origin
  union all
  select t.parent_thread_id, least(t.parent_position, l.upto)
  from lineage l cross join lateral (
    select parent_thread_id, parent_position from threads where project_id = $1 and id = l.thread_id offset 0
  ) t
  where t.parent_thread_id is not null
)
select origin.*, (
  select '[' || string_agg(i.payload::text, ',') || ']'
  from (select thread_id, upto from lineage order by upto offset 0) l cross join lateral (
    select payload from items
    where project_id = $1 and thread_id = l.thread_id and position < l.upto and removed_sequence is null
    order by position offset 0
  ) i
) as items
from origin`;
const LINEAGE = { name: 'lineage', text: lineageSql('and deleted_at is null') };
const HIDDEN_LINEAGE = { name: 'hidden-lineage', text: lineageSql('') };

/** Reads and deletions of responses, one statement each. Writes of a run are in persistence/statements. */
export function createResponseRepository(sql: Queryable) {
  const itemsOf = (json: string | null): Item[] => (json === null ? [] : (JSON.parse(json) as Item[]));

  const findLineage = async ({ projectId, endUser }: Owner, id: string, isHiddenToo: boolean) => {
    const { rows } = await sql.query<{
      status: ResponseStatus;
      thread_id: string;
      inputs: number;
      output_end: number;
      items: string | null;
    }>({
      ...(isHiddenToo ? HIDDEN_LINEAGE : LINEAGE),
      values: [projectId, id, endUser],
    });
    return rows[0];
  };

  return {
    /** The response with its output, or null if it is not there (unknown, deleted, another project's). */
    async find({ projectId, endUser }: Owner, id: string): Promise<ResponseWithOutput | null> {
      const { rows } = await sql.query<Row & { output: string }>({
        name: 'response',
        text: `select ${COLUMNS}, ${OUTPUT} from responses r
         where r.project_id = $1 and r.id = $2 and r.deleted_at is null and ($3::text is null or r.end_user = $3)`,
        values: [projectId, id, endUser],
      });
      const row = rows[0];
      return row === undefined ? null : { ...toRecord(row), output: JSON.parse(row.output) as Item[] };
    },

    /** The record without its output, also when it is hidden already. */
    async findHidden(projectId: string, id: string): Promise<ResponseRecord | null> {
      const { rows } = await sql.query<Row>(
        `select ${COLUMNS} from responses r where r.project_id = $1 and r.id = $2`,
        [projectId, id],
      );
      return rows[0] === undefined ? null : toRecord(rows[0]);
    },

    /** Status alone, for followers and waiters. */
    async findStatus(
      { projectId, endUser }: Owner,
      id: string,
    ): Promise<Pick<ResponseRecord, 'status' | 'model' | 'logged' | 'background'> | null> {
      const { rows } = await sql.query<Pick<ResponseRecord, 'status' | 'model' | 'logged' | 'background'>>({
        name: 'response-status',
        text: `select status, model, logged, background from responses
         where project_id = $1 and id = $2 and deleted_at is null and ($3::text is null or end_user = $3)`,
        values: [projectId, id, endUser],
      });
      return rows[0] ?? null;
    },

    /** Records of these ids, in any order; missing ones are left out. */
    async findMany({ projectId, endUser }: Owner, ids: readonly string[]): Promise<ResponseRecord[]> {
      const { rows } = await sql.query<Row>({
        name: 'responses-by-id',
        text: `select ${COLUMNS} from responses r 
         where r.project_id = $1 and r.id = any($2::uuid[]) and r.deleted_at is null
           and ($3::text is null or r.end_user = $3)`,
        values: [projectId, ids, endUser],
      });
      return rows.map(toRecord);
    },

    /** Output items of many responses, for loaders. */
    async findOutputs({ projectId, endUser }: Owner, ids: readonly string[]): Promise<Map<string, Item[]>> {
      const { rows } = await sql.query<{ id: string; output: string }>({
        name: 'outputs',
        text: `select r.id, ${OUTPUT} from responses r
         where r.project_id = $1 and r.id = any($2::uuid[]) and ($3::text is null or r.end_user = $3)`,
        values: [projectId, ids, endUser],
      });
      return new Map(rows.map((row) => [row.id, JSON.parse(row.output) as Item[]]));
    },

    /**
     * A page of ids and whatever else of the records is asked for: what nobody looks at is not read. Cursors are responses of any
     * kind that are there.
     */
    async list<Member extends ResponseMember>(
      { projectId, endUser }: Owner,
      page: PageRequest<string>,
      filter: ResponseFilter,
      members: readonly Member[],
    ): Promise<Page<Pick<ResponseRecord, Member | 'id'>> | 'unknown-cursor'> {
      const values: unknown[] = [projectId];
      const owned = conditionsOf('r', values);
      owned.compare('end_user', '=', endUser ?? undefined);
      const conditions = conditionsOf('r', values);
      conditions.compare('status', '=', filter.status);
      conditions.compare('model', '=', filter.model);
      conditions.compare('conversation_id', '=', filter.conversationId);
      conditions.compare('prompt_id', '=', filter.promptId);
      conditions.filter(filter);
      const { columns, read } = readerOf(members);
      const listed = {
        alias: 'r',
        columns,
        there: `from responses r where r.project_id = $1 and r.deleted_at is null${owned.text}`,
        conditions: conditions.text,
        values,
        isPrepared: conditions.text === '',
      };
      return listRows(sql, listed, page, read);
    },

    /** What the caller sent as input, by position. Cursors are item ids and must belong to it. */
    listInputItems: (owner: Owner, id: string, page: PageRequest<string>) =>
      listItems(sql, inputItems, owner, id, page),

    /** The first responses of many conversations, one statement. */
    async listOfConversations(
      { projectId, endUser }: Owner,
      conversationIds: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<ResponseRecord>>> {
      const { orderBy } = keyset(withoutCursors(page), 'r.id', 4);
      const { rows } = await sql.query<Row & { conversation_id: string }>(
        `select r.*
         from unnest($2::uuid[]) with ordinality as k(id, n)
         cross join lateral (
           select ${COLUMNS}, row_number() over (${orderBy.replace(/ limit .*/, '')}) as place from responses r
           where r.project_id = $1 and r.conversation_id = k.id and r.deleted_at is null
             and ($3::text is null or r.end_user = $3)
           ${orderBy}
         ) r
         order by k.n, r.place`,
        [projectId, conversationIds, endUser],
      );
      return pagesByParent(page, conversationIds, rows, (row) => row.conversation_id, toRecord);
    },

    /** The first input items of many responses, one statement. */
    listInputItemsOfMany: (owner: Owner, ids: readonly string[], page: FirstPage) =>
      listItemsOfMany(sql, inputItems, owner, ids, page),

    /**
     * Everything a child of this response starts from, in one statement however long the chain: the lineage has one step per
     * fork, and each thread's items are one range. Null if the parent is not there.
     */
    async findParentContext(owner: Owner, id: string): Promise<ParentContext | null> {
      const row = await findLineage(owner, id, false);
      if (row === undefined) return null;
      return { status: row.status, threadId: row.thread_id, end: row.output_end, items: itemsOf(row.items) };
    },

    /**
     * What an unfinished response starts from, also when it is hidden already: the chain before it, then its own input. The
     * items of its conversation are not among them.
     */
    async findRunContext(projectId: string, id: string): Promise<{ history: Item[]; input: Item[] }> {
      const row = await findLineage({ projectId, endUser: null }, id, true);
      const items = itemsOf(row?.items ?? null);
      const first = items.length - (row?.inputs ?? 0);
      return { history: items.slice(0, first), input: items.slice(first) };
    },

    /** Items by their ids, whatever they belong to. Missing ones are left out. */
    async findItems({ projectId, endUser }: Owner, ids: readonly string[]): Promise<Map<string, Item>> {
      const { rows } = await sql.query<{ id: string; payload: string }>({
        name: 'items-by-id',
        text: `select id, payload from items 
         where project_id = $1 and id = any($2::uuid[]) and removed_sequence is null
           and ($3::text is null or end_user = $3)`,
        values: [projectId, ids, endUser],
      });
      return new Map(rows.map((row) => [row.id, JSON.parse(row.payload) as Item]));
    },

    /**
     * Hides the response at once. Answers whether it was there and whether it is still running; a running one is purged
     * when its run ends.
     */
    async hide({ projectId, endUser }: Owner, id: string): Promise<{ running: boolean } | null> {
      const { rows } = await sql.query<{ running: boolean }>(
        `update responses r set deleted_at = now() 
         where r.project_id = $1 and r.id = $2 and r.deleted_at is null and ($3::text is null or r.end_user = $3)
         returning exists (select from runs where project_id = $1 and response_id = $2) as running`,
        [projectId, id, endUser],
      );
      return rows[0] ?? null;
    },

    /**
     * Removes a hidden response for good, with its events and those of its items that nobody else uses: items stay that a
     * conversation holds or that a later response continues from.
     */
    async purge(projectId: string, id: string): Promise<void> {
      await sql.query(
        `with gone as (
           delete from responses where project_id = $1 and id = $2 and deleted_at is not null
           returning thread_id, input_start, output_end, continued
         ),
         events as (
           delete from response_events where project_id = $1 and response_id = $2 and exists (select from gone)
         )
         delete from items i using gone
         where i.project_id = $1 and i.thread_id = gone.thread_id
           and i.position >= gone.input_start and i.position < gone.output_end
           and i.response_id = $2 and i.sequence is null and not gone.continued
           and not exists (
             select from threads t where t.project_id = $1 and t.parent_thread_id = gone.thread_id
               and t.parent_position > gone.input_start
           )`,
        [projectId, id],
      );
    },
  };
}
