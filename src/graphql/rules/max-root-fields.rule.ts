import type { ValidationRule } from 'graphql';
import { foldOperation } from './fold.js';
import { reportLimit } from './report.js';

/** Refuses operations that ask for more things at once than this. */
export const maxRootFields =
  (allowed: number): ValidationRule =>
  (context) => ({
    OperationDefinition(operation) {
      const fields = foldOperation<number>(context, operation, {
        field: () => 1,
        selection: (values) => values.reduce((total, value) => total + value, 0),
      });
      if (fields > allowed) reportLimit(context, operation, 'rootFields', 'many fields at its top', allowed);
    },
  });
