import type { ValidationRule } from 'graphql';
import { reportLimit } from './report.js';

/** Refuses documents with more directives than this. */
export const maxDirectives =
  (allowed: number): ValidationRule =>
  (context) => {
    let directives = 0;
    return {
      Directive(node) {
        directives += 1;
        if (directives === allowed + 1) reportLimit(context, node, 'directives', 'many directives', allowed);
      },
    };
  };
