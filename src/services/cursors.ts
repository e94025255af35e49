import { errors } from '../domain/errors.js';
import type { Page, PageRequest } from '../domain/page.js';

/**
 * Reads a page whose cursors have to be rows of this kind; one look-up more, beside the list itself, when there are any.
 *
 * @param findMany the rows of these ids that exist
 * @throws 400 on `after` or `before` (lists and pagination section)
 */
export async function withKnownCursors<Key, Row>(
  page: PageRequest<Key>,
  findMany: (cursors: Key[]) => Promise<readonly unknown[]>,
  list: () => Promise<Page<Row>>,
): Promise<Page<Row>> {
  const cursors = [...new Set([page.after, page.before])].filter((cursor) => cursor !== null);
  if (cursors.length === 0) return list();
  const [known, rows] = await Promise.all([findMany(cursors), list()]);
  return knownPage(page, known.length === cursors.length ? rows : 'unknown-cursor');
}

/**
 * A page of a list that looks its cursors up by itself.
 *
 * @throws 400 on `after` or `before`
 */
export function knownPage<Row>({ after }: PageRequest<unknown>, rows: Page<Row> | 'unknown-cursor'): Page<Row> {
  if (rows !== 'unknown-cursor') return rows;
  throw errors.invalidValue(after === null ? 'before' : 'after', 'The cursor is not a member of this list.');
}
