import { type GraphQLObjectType, getNamedType, isLeafType, type SelectionSetNode } from 'graphql';
import { type Asking, askedFields } from '../execution/asked-fields.js';

/** Whether everything that is asked of this type is a member of it that needs nobody's eyes: no objects, no directives. */
export function asksOnlyMembers(
  asking: Asking,
  selection: SelectionSetNode | undefined,
  type: GraphQLObjectType,
): boolean {
  const asked = askedFields(asking, type, selection === undefined ? [] : [selection]);
  if (asked === null) return false;
  return asked.every(({ name }) => {
    const field = type.getFields()[name];
    return name === '__typename' || (field !== undefined && isLeafType(getNamedType(field.type)));
  });
}
