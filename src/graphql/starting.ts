import { type DocumentNode, Kind } from 'graphql';
import { startsWork } from '../services/admission/starting.js';

/** Whether a document does nothing but start work: one operation, and each of its fields runs or asks a model. */
export function doesNothingButStartWork({ definitions }: DocumentNode): boolean {
  const [operation, ...others] = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION || others.length > 0) return false;
  return operation.selectionSet.selections.every((field) => field.kind === Kind.FIELD && startsWork(field.name.value));
}
