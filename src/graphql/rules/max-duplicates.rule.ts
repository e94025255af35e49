import { Kind, type SelectionSetNode, type ValidationRule } from 'graphql';
import { reportLimit } from './report.js';

/** How often the most frequent name of a selection is in it. */
function mostFrequent({ selections }: SelectionSetNode): number {
  const counts = new Map<string, number>();
  let most = 0;
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) continue;
    const name =
      selection.kind === Kind.FIELD ? (selection.alias ?? selection.name).value : `...${selection.name.value}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    most = Math.max(most, count);
  }
  return most;
}

/**
 * Refuses selections that name the same field more often than this. They answer nothing more, and comparing each with each is
 * work that grows with the square of their number.
 */
export const maxDuplicates =
  (allowed: number): ValidationRule =>
  (context) => {
    let isReported = false;
    return {
      SelectionSet(node) {
        if (isReported || node.selections.length <= allowed || mostFrequent(node) <= allowed) return;
        isReported = true;
        reportLimit(context, node, 'duplicates', 'many copies of a field', allowed);
      },
    };
  };
