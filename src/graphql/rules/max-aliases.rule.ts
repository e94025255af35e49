import type { ValidationRule } from 'graphql';
import { foldOperation } from './fold.js';
import { reportLimit } from './report.js';

/** Refuses operations with more aliases than this. A fragment's aliases count wherever it is used. */
export const maxAliases =
  (allowed: number): ValidationRule =>
  (context) => ({
    OperationDefinition(operation) {
      const aliases = foldOperation<number>(context, operation, {
        field: (node, below) => (node.alias === undefined ? 0 : 1) + below,
        selection: sum,
      });
      if (aliases > allowed) reportLimit(context, operation, 'aliases', 'many aliases', allowed);
    },
  });

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
