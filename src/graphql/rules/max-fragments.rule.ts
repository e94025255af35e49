import type { ASTNode, ValidationRule } from 'graphql';
import { reportLimit } from './report.js';

/** Refuses documents with more uses of fragments than this: each is compared with each other. */
export const maxFragments =
  (allowed: number): ValidationRule =>
  (context) => {
    let fragments = 0;
    const count = (node: ASTNode): void => {
      fragments += 1;
      if (fragments === allowed + 1) reportLimit(context, node, 'fragments', 'many fragments', allowed);
    };
    return { FragmentSpread: count, InlineFragment: count };
  };
