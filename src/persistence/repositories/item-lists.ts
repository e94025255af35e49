import type { Item } from '../../domain/item.js';
import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { Owner } from '../../domain/principal.js';
import type { Queryable } from '../database.js';
import { byPosition, cursorsOf, type FirstPage, pagesByParent, withoutCursors } from './pages.js';

/** A list of items that belong to something, in the order of their positions. SQL speaks of the parent as `p`, of items as `i`. */
interface ItemList {
  /** The parent's table. */
  parent: string;
  /** Whether a parent's row counts as there. */
  isThere: string;
  /** Which items are on the list. */
  range: string;
  /** Which of those are shown; the others still serve as cursors. */
  isShown: string;
}

/** The items of a conversation. */
export const conversationItems: ItemList = {
  parent: 'conversations',
  isThere: 'true',
  range: 'i.project_id = p.project_id and i.thread_id = p.id',
  isShown: 'i.removed_sequence is null',
};

/** What the caller of a response sent as input. */
export const inputItems: ItemList = {
  parent: 'responses',
  isThere: 'p.deleted_at is null',
  range:
    'i.project_id = p.project_id and i.thread_id = p.thread_id and i.position >= p.input_start and i.position < p.output_start',
  isShown: 'true',
};

const toItem = ({ payload }: { payload: string }): Item => JSON.parse(payload) as Item;

/** A page of the list of one parent. Cursors are ids of items on the list. */
export async function listItems(
  sql: Queryable,
  { parent, isThere, range, isShown }: ItemList,
  { projectId, endUser }: Owner,
  id: string,
  page: PageRequest<string>,
): Promise<Page<Item> | 'unknown-parent' | 'unknown-cursor'> {
  const { rows: found } = await sql.query<{ position: number | null; id: string | null }>(
    `select i.position, i.id from ${parent} p left join items i on ${range} and i.id = any($3::uuid[])
     where p.project_id = $1 and p.id = $2 and ${isThere} and ($4::text is null or p.end_user = $4)`,
    [projectId, id, cursorsOf(page), endUser],
  );
  if (found.length === 0) return 'unknown-parent';
  const positions = byPosition(page, found);
  if (positions === null) return 'unknown-cursor';
  const keys = keyset(positions, 'i.position', 3);
  const { rows } = await sql.query<{ payload: string }>(
    `select i.payload from ${parent} p join items i on ${range}
     where p.project_id = $1 and p.id = $2 and ${isShown}${keys.where} ${keys.orderBy}`,
    [projectId, id, ...keys.values],
  );
  return toPage(positions, rows.map(toItem));
}

/** The first items of the lists of many parents, one statement. Parents that are not there have none. */
export async function listItemsOfMany(
  sql: Queryable,
  { parent, isThere, range, isShown }: ItemList,
  { projectId, endUser }: Owner,
  ids: readonly string[],
  page: FirstPage,
): Promise<Map<string, Page<Item>>> {
  const { orderBy } = keyset(withoutCursors(page), 'i.position', 4);
  const { rows } = await sql.query<{ parent: string; payload: string }>(
    `select p.id as parent, i.payload
     from unnest($2::uuid[]) with ordinality as k(id, n)
     join ${parent} p on p.project_id = $1 and p.id = k.id and ${isThere} and ($3::text is null or p.end_user = $3)
     cross join lateral (
       select i.payload, row_number() over (${orderBy.replace(/ limit .*/, '')}) as place from items i
       where ${range} and ${isShown}
       ${orderBy}
     ) i
     order by k.n, i.place`,
    [projectId, ids, endUser],
  );
  return pagesByParent(page, ids, rows, (row) => row.parent, toItem);
}
