import type { MikroORM } from '@mikro-orm/postgresql';
import type { Conversation } from '../../domain/conversation.js';
import type { Item } from '../../domain/item.js';
import type { MetadataFilter } from '../../domain/list-filter.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Owner } from '../../domain/principal.js';
import type { Queryable } from '../database.js';
import { ConversationEntity } from '../entities/conversation.entity.js';
import { conditionsOf } from '../list-conditions.js';
import { conversationItems, listItems, listItemsOfMany } from './item-lists.js';
import { listRows } from './listed-rows.js';
import type { FirstPage } from './pages.js';

export interface NewItem {
  id: string;
  /** JSON text, stored byte for byte. */
  payload: string;
}

export interface ConversationContext {
  items: Item[];
  sequence: bigint;
}

interface ConversationRow {
  id: string;
  metadata: Record<string, string>;
  end_user: string | null;
  created_at: Date;
}

const toConversation = (row: ConversationEntity): Conversation => ({
  projectId: row.projectId,
  id: row.id,
  metadata: row.metadata,
  endUser: row.endUser ?? null,
  createdAtMs: row.createdAt.getTime(),
});

const ofOwner = ({ projectId, endUser }: Owner) => ({ projectId, ...(endUser === null ? {} : { endUser }) });

/** Wakes whoever follows the conversation, in every process (the channel of the event log; nobody is its sender). */
const TELL_FOLLOWERS = `pg_notify('antiphon_events', ',' || id::text)`;

export type ConversationRepository = ReturnType<typeof createConversationRepository>;

/** Conversations through the unit of work; their items in single statements, because appending must be atomic and in order. */
export function createConversationRepository(orm: MikroORM, sql: Queryable) {
  return {
    /** Creates the conversation, its thread and its first items together. */
    async create(
      projectId: string,
      conversation: { id: string; metadata: Record<string, string>; endUser: string | null; createdAtMs: number },
      items: readonly NewItem[],
    ): Promise<void> {
      await sql.query(
        `with thread as (
           insert into threads (project_id, id, next_position, last_sequence) values ($1, $2, $6::int, $6::int)
         ),
         conversation as (
           insert into conversations (project_id, id, metadata, end_user, created_at) values ($1, $2, $3, $4, $5)
         )
         insert into items (project_id, thread_id, position, id, sequence, end_user, payload)
         select $1, $2, item.n - 1, item.id, item.n, $4, item.payload::json
         from unnest($7::uuid[], $8::text[]) with ordinality as item(id, payload, n)`,
        [
          projectId,
          conversation.id,
          JSON.stringify(conversation.metadata),
          conversation.endUser,
          new Date(conversation.createdAtMs),
          items.length,
          items.map((item) => item.id),
          items.map((item) => item.payload),
        ],
      );
    },

    async find(owner: Owner, id: string): Promise<Conversation | null> {
      const row = await orm.em.fork().findOne(ConversationEntity, { ...ofOwner(owner), id });
      return row === null ? null : toConversation(row);
    },

    async findMany(owner: Owner, ids: readonly string[]): Promise<Conversation[]> {
      const rows = await orm.em.fork().find(ConversationEntity, { ...ofOwner(owner), id: { $in: [...ids] } });
      return rows.map(toConversation);
    },

    async list(
      { projectId, endUser }: Owner,
      page: PageRequest<string>,
      filter: MetadataFilter = {},
    ): Promise<Page<Conversation> | 'unknown-cursor'> {
      const values: unknown[] = [projectId];
      const owned = conditionsOf('c', values);
      owned.compare('end_user', '=', endUser ?? undefined);
      const conditions = conditionsOf('c', values);
      conditions.filter(filter);
      const listed = {
        alias: 'c',
        columns: 'c.id, c.metadata, c.end_user, c.created_at',
        there: `from conversations c where c.project_id = $1${owned.text}`,
        conditions: conditions.text,
        values,
        // A server may have many responses and few conversations: what is planned for few would be kept.
        isPrepared: false,
      };
      return listRows(sql, listed, page, (row: ConversationRow) => ({
        projectId,
        id: row.id,
        metadata: row.metadata,
        endUser: row.end_user,
        createdAtMs: row.created_at.getTime(),
      }));
    },

    /** Replaces the metadata map. Null if the conversation is not there. */
    async updateMetadata(owner: Owner, id: string, metadata: Record<string, string>): Promise<Conversation | null> {
      return orm.em.fork().transactional(async (em) => {
        const conversation = await em.findOne(ConversationEntity, { ...ofOwner(owner), id });
        if (conversation !== null) conversation.metadata = metadata;
        return conversation === null ? null : toConversation(conversation);
      });
    },

    /**
     * Appends items after everything that is there; concurrent appends each stay contiguous, because the thread's row is
     * locked by the update. False if the conversation is not there.
     */
    async append({ projectId, endUser }: Owner, id: string, items: readonly NewItem[]): Promise<boolean> {
      const { rows } = await sql.query(
        `with thread as (
           update threads t set next_position = next_position + $3::int, last_sequence = last_sequence + $3::int
           where t.project_id = $1 and t.id = $2
             and exists (
               select from conversations where project_id = $1 and id = $2 and ($6::text is null or end_user = $6)
             )
           returning t.id, next_position - $3::int as start, last_sequence - $3::int as sequence
         ),
         put as (
           insert into items (project_id, thread_id, position, id, sequence, end_user, payload)
           select $1, $2, thread.start + item.n - 1, item.id, thread.sequence + item.n, $6, item.payload::json
           from thread, unnest($4::uuid[], $5::text[]) with ordinality as item(id, payload, n)
         )
         select ${TELL_FOLLOWERS} from thread`,
        [projectId, id, items.length, items.map((item) => item.id), items.map((item) => item.payload), endUser],
      );
      return rows.length > 0;
    },

    /** A page of items by their order in the conversation. Cursors are item ids of this conversation. */
    listItems: (owner: Owner, id: string, page: PageRequest<string>) =>
      listItems(sql, conversationItems, owner, id, page),

    /** The first items of many conversations, one statement. */
    listItemsOfMany: (owner: Owner, ids: readonly string[], page: FirstPage) =>
      listItemsOfMany(sql, conversationItems, owner, ids, page),

    /**
     * Every item in order, and the conversation's sequence they are as of: what a run in it starts from. Null if the
     * conversation is not there.
     */
    async findContext({ projectId, endUser }: Owner, id: string): Promise<ConversationContext | null> {
      const { rows } = await sql.query<{ items: string | null; sequence: bigint }>(
        `select t.last_sequence as sequence, (
           select '[' || string_agg(i.payload::text, ',' order by i.position) || ']' from items i
           where i.project_id = c.project_id and i.thread_id = c.id and i.removed_sequence is null
         ) as items
         from conversations c join threads t on t.project_id = c.project_id and t.id = c.id
         where c.project_id = $1 and c.id = $2 and ($3::text is null or c.end_user = $3)`,
        [projectId, id, endUser],
      );
      const row = rows[0];
      if (row === undefined) return null;
      return { sequence: row.sequence, items: row.items === null ? [] : (JSON.parse(row.items) as Item[]) };
    },

    /** The conversation's sequence now, or null if it is not there. */
    async findSequence(projectId: string, id: string): Promise<bigint | null> {
      const { rows } = await sql.query<{ sequence: bigint }>(
        `select t.last_sequence as sequence
         from conversations c join threads t on t.project_id = c.project_id and t.id = c.id
         where c.project_id = $1 and c.id = $2`,
        [projectId, id],
      );
      return rows[0]?.sequence ?? null;
    },

    async findItem({ projectId, endUser }: Owner, id: string, itemId: string): Promise<Item | null> {
      const { rows } = await sql.query<{ payload: string }>(
        `select i.payload from conversations c
         join items i on i.project_id = c.project_id and i.thread_id = c.id
         where c.project_id = $1 and c.id = $2 and i.id = $3 and i.removed_sequence is null
           and ($4::text is null or c.end_user = $4)`,
        [projectId, id, itemId, endUser],
      );
      return rows[0] === undefined ? null : (JSON.parse(rows[0].payload) as Item);
    },

    /**
     * Takes an item out of the conversation. A response keeps what it said; an item that belongs to no response is erased but
     * for its id, which followers are told. False if it is not there.
     */
    async removeItem({ projectId, endUser }: Owner, id: string, itemId: string): Promise<boolean> {
      const { rows } = await sql.query(
        `with item as (
           select i.position from conversations c
           join items i on i.project_id = c.project_id and i.thread_id = c.id
           where c.project_id = $1 and c.id = $2 and i.id = $3 and i.removed_sequence is null
             and ($4::text is null or c.end_user = $4)
           for update of i
         ),
         thread as (
           update threads t set last_sequence = last_sequence + 1 from item
           where t.project_id = $1 and t.id = $2
           returning t.id, t.last_sequence
         ),
         removed as (
           update items i set removed_sequence = thread.last_sequence,
             payload = case when i.response_id is null then json_build_object('id', i.payload->'id') else i.payload end
           from item, thread
           where i.project_id = $1 and i.thread_id = $2 and i.position = item.position
         )
         select ${TELL_FOLLOWERS} from thread`,
        [projectId, id, itemId, endUser],
      );
      return rows.length > 0;
    },

    /** Deletes the conversation and the items that belong to no response. False if it is not there. */
    async delete({ projectId, endUser }: Owner, id: string): Promise<boolean> {
      const { rows } = await sql.query(
        `with gone as (
           delete from conversations
           where project_id = $1 and id = $2 and ($3::text is null or end_user = $3) returning id
         ),
         items as (
           delete from items i using gone
           where i.project_id = $1 and i.thread_id = gone.id and i.response_id is null
         )
         select ${TELL_FOLLOWERS} from gone`,
        [projectId, id, endUser],
      );
      return rows.length > 0;
    },
  };
}
