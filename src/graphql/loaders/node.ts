import { checkScope } from '../../services/access/operations.js';
import type { Context } from '../context.js';
import { showAs } from '../types/node.type.js';
import { kindOfId } from './node-kinds.js';

/** How many nodes one field gives at most. */
export const MAX_NODES = 100;

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
