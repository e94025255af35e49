import type { ValidationRule } from 'graphql';
import { foldOperation } from './fold.js';
import { reportLimit } from './report.js';

const isIntrospection = (name: string): boolean => name === '__schema' || name === '__type';

/** Refuses operations whose fields are nested deeper than this. Introspection counts as one level. */
export const maxDepth =
  (allowed: number): ValidationRule =>
  (context) => ({
    OperationDefinition(operation) {
      const depth = foldOperation<number>(context, operation, {
        field: (node, below) => 1 + (isIntrospection(node.name.value) ? 0 : below),
        selection: (values) => Math.max(0, ...values),
      });
      if (depth > allowed) reportLimit(context, operation, 'depth', 'many levels', allowed);
    },
  });
