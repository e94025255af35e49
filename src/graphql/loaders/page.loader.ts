import DataLoader from 'dataloader';
import type { Page, PageRequest } from '../../domain/page.js';

interface Asked<Key> {
  /** UUID of the parent. */
  parent: string;
  page: PageRequest<Key>;
}

type FirstPage = Pick<PageRequest<never>, 'limit' | 'order' | 'fromEnd'>;

/**
 * Lists that hang on the rows of another list, e.g. the items of each conversation. The first page of many parents is one
 * look-up; a page behind a cursor belongs to one parent and is read alone.
 */
export function createPageLoader<Key, Row>(
  first: (parents: readonly string[], page: FirstPage) => Promise<Map<string, Page<Row>>>,
  behindCursor: (parent: string, page: PageRequest<Key>) => Promise<Page<Row>>,
) {
  const empty: Page<Row> = { rows: [], hasNext: false, hasPrevious: false };

  const batch = async (asked: readonly Asked<Key>[]): Promise<Page<Row>[]> => {
    const groups = new Map<string, { page: FirstPage; parents: string[] }>();
    for (const { parent, page } of asked) {
      if (hasCursor(page)) continue;
      const key = groupOf(page);
      const group = groups.get(key) ?? { page, parents: [] };
      group.parents.push(parent);
      groups.set(key, group);
    }
    const read = await Promise.all(
      [...groups].map(async ([key, { page, parents }]) => [key, await first(parents, page)] as const),
    );
    const pages = new Map(read);
    return Promise.all(
      asked.map(({ parent, page }) =>
        hasCursor(page) ? behindCursor(parent, page) : (pages.get(groupOf(page))?.get(parent) ?? empty),
      ),
    );
  };

  return new DataLoader<Asked<Key>, Page<Row>, string>(batch, {
    cacheKeyFn: ({ parent, page }) => `${parent} ${groupOf(page)} ${String(page.after)} ${String(page.before)}`,
  });
}

const hasCursor = (page: PageRequest<unknown>): boolean => page.after !== null || page.before !== null;

const groupOf = ({ limit, order, fromEnd }: FirstPage): string => `${limit} ${order} ${String(fromEnd)}`;
