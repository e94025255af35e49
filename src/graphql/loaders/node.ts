import { GatewayError } from '../../domain/errors.js';
import { checkScope } from '../../services/access/operations.js';
import type { Context } from '../context.js';
import { showAs } from '../types/node.type.js';
import { kindOfId } from './node-kinds.js';

/** How many nodes one field gives at most. */
export const MAX_NODES = 100;

/**
 * What ids name, in their order. What the key may not read is told at its place, where a resolver's error becomes one of the entry
 * alone: the rest is shown.
 */
export const loadNodes = <Id>(
  ids: readonly Id[],
  load: (id: Id) => Promise<object | null>,
): Promise<(object | null)[]> =>
  Promise.all(
    ids.map((id) =>
      load(id).catch((thrown: unknown) => {
        if (thrown instanceof GatewayError && thrown.status === 403) return thrown;
        throw thrown;
      }),
    ),
  );

/**
 * What an id names, found together with the other ids of the operation; null if there is nothing by it that the caller may know
 * of.
 *
 * @throws 403 when the key may not read what such ids name
 */
export async function loadNode(id: string, context: Context): Promise<object | null> {
  const kind = kindOfId(id);
  if (kind === undefined) return null;
  if (kind.scope !== null) checkScope(context.principal, kind.scope);
  const node = await kind.load(id, context);
  return node === null ? null : showAs(kind.typeOf(node), node);
}
