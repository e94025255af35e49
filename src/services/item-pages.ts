import { errors } from '../domain/errors.js';
import { parseItemId } from '../domain/ids.js';
import type { Item } from '../domain/item.js';
import type { Page, PageRequest } from '../domain/page.js';

/**
 * A page of the items that belong to something, by cursors that are public item ids.
 *
 * @param id public id of what they belong to
 * @throws 404 when it is not there, 400 on a cursor that is not on its list
 */
export async function readItemPage(
  id: string,
  page: PageRequest<string>,
  read: (page: PageRequest<string>) => Promise<Page<Item> | 'unknown-parent' | 'unknown-cursor'>,
): Promise<Page<Item>> {
  const listed = await read({
    ...page,
    after: toItemUuid('after', page.after),
    before: toItemUuid('before', page.before),
  });
  if (listed === 'unknown-parent') throw errors.notFound(id);
  if (listed !== 'unknown-cursor') return listed;
  throw errors.invalidValue(page.after === null ? 'before' : 'after', 'The cursor is not an item of this list.');
}

function toItemUuid(param: string, cursor: string | null): string | null {
  if (cursor === null) return null;
  const uuid = parseItemId(cursor);
  if (uuid === null) throw errors.invalidValue(param, `The cursor '${cursor.slice(0, 80)}' is not an item id.`);
  return uuid;
}
