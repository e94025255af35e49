import type { Item } from '../../domain/item.js';
import { namespacedName } from '../../domain/tool.js';

/**
 * A context as models see it: tools in namespaces are called by their flat names. The list itself comes back where nothing
 * has to change, which is the rule.
 */
export function toModelItems(context: readonly Item[]): readonly Item[] {
  return context.some(hasNamespace) ? context.map(flattened) : context;
}

const hasNamespace = (item: Item): boolean =>
  (item.type === 'function_call' || item.type === 'custom_tool_call') &&
  typeof item.namespace === 'string' &&
  item.namespace !== '';

function flattened(item: Item): Item {
  if (!hasNamespace(item)) return item;
  const { namespace, name, ...rest } = item as Item & { namespace: string; name: string };
  return { ...rest, name: namespacedName(namespace, name) } as Item;
}
