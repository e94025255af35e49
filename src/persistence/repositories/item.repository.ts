import type { Item } from '../../domain/item.js';
import type { Owner } from '../../domain/principal.js';
import type { Queryable } from '../database.js';

/** Through which lists the reader may come by items. */
export interface ItemLists {
  conversations: boolean;
  responses: boolean;
}

export type ItemRepository = ReturnType<typeof createItemRepository>;

export function createItemRepository(sql: Queryable) {
  return {
    /**
     * Items by UUID that are on a list which is there: of a conversation that holds them still, or of a response as its input or
     * output. What later responses merely remember of deleted ones is on no list.
     */
    async findListed({ projectId, endUser }: Owner, ids: readonly string[], lists: ItemLists): Promise<Item[]> {
      const { rows } = await sql.query<{ payload: string }>(
        `select i.payload from items i
         left join conversations c on $4 and c.project_id = i.project_id and c.id = i.thread_id
           and i.removed_sequence is null and ($3::text is null or c.end_user = $3)
         left join responses r on $5 and r.project_id = i.project_id and r.id = i.response_id
           and r.deleted_at is null and ($3::text is null or r.end_user = $3)
         where i.project_id = $1 and i.id = any($2::uuid[]) and (c.id is not null or r.id is not null)`,
        [projectId, ids, endUser, lists.conversations, lists.responses],
      );
      return rows.map(({ payload }) => JSON.parse(payload) as Item);
    },
  };
}
