import { errors } from '../../domain/errors.js';
import { parsePublicId } from '../../domain/ids.js';
import type { Owner } from '../../domain/principal.js';
import type { Tool } from '../../domain/tool.js';
import type { VectorStoreRepository } from '../../persistence/repositories/vector-store.repository.js';

/**
 * Refuses tools that name vector stores which are not there; null when nothing has to be looked up.
 *
 * @throws 404 with the path of the first one
 */
export type StoreCheck = (owner: Owner, tools: readonly Tool[]) => Promise<void> | null;

/** One look-up for all stores of all tools; none for tools that name no store. */
export function createStoreCheck(
  stores: Pick<VectorStoreRepository, 'findMany'>,
  limits: { refusesUnknownStores: boolean },
): StoreCheck {
  const look = async (owner: Owner, named: readonly NamedStore[]): Promise<void> => {
    const found = await stores.findMany(owner, [...new Set(named.flatMap(({ uuid }) => uuid ?? []))]);
    const missing = named.find(({ uuid }) => !found.some((store) => store.id === uuid));
    if (missing !== undefined) throw errors.vectorStoreNotFound(missing.id, missing.param);
  };
  return (owner, tools) => {
    if (!limits.refusesUnknownStores) return null;
    const named = storesOf(tools);
    return named.length === 0 ? null : look(owner, named);
  };
}

interface NamedStore {
  /** As the request has it. */
  id: string;
  uuid: string | null;
  param: string;
}

const storesOf = (tools: readonly Tool[]): NamedStore[] =>
  tools.flatMap((tool, index) =>
    tool.type === 'file_search' && Array.isArray(tool.vector_store_ids)
      ? (tool.vector_store_ids as string[]).map((id, at) => ({
          id,
          uuid: parsePublicId('vectorStore', id),
          param: `tools[${index}].vector_store_ids[${at}]`,
        }))
      : [],
  );
