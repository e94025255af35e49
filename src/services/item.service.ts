import { parseItemId } from '../domain/ids.js';
import type { Item } from '../domain/item.js';
import type { Principal } from '../domain/principal.js';
import { isAllowed } from '../domain/scope.js';
import type { ItemRepository } from '../persistence/repositories/item.repository.js';
import { checkScope } from './access/operations.js';

export type ItemService = ReturnType<typeof createItemService>;

/** Items by themselves, whatever they belong to. */
export function createItemService(items: ItemRepository) {
  return {
    /**
     * Items by their public ids, as far as they are on a list that the caller may read; the others are left out. Items of a
     * running response are there once it has ended.
     *
     * @throws 403 for who may read neither conversations nor responses
     */
    async findMany(principal: Principal, ids: readonly string[]): Promise<Item[]> {
      const responses = isAllowed(principal, 'responses:read');
      if (!responses) checkScope(principal, 'conversations:read');
      return items.findListed(
        principal,
        ids.flatMap((id) => parseItemId(id) ?? []),
        { responses, conversations: isAllowed(principal, 'conversations:read') },
      );
    },
  };
}
