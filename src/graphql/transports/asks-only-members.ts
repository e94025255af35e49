import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  getNamedType,
  isLeafType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** Whether everything that is asked of this type is a member of it that needs nobody's eyes: no objects, no directives. */
export function asksOnlyMembers(
  document: DocumentNode,
  selection: SelectionSetNode | undefined,
  type: GraphQLObjectType,
): boolean {
  const applies = (condition: string | undefined): boolean =>
    condition === undefined || condition === type.name || type.getInterfaces().some(({ name }) => name === condition);
  return (selection?.selections ?? []).every((node) => {
    if (node.directives !== undefined && node.directives.length > 0) return false;
    if (node.kind === Kind.FIELD) {
      if (node.name.value === '__typename') return true;
      const field = type.getFields()[node.name.value];
      return field !== undefined && isLeafType(getNamedType(field.type));
    }
    const fragment =
      node.kind === Kind.INLINE_FRAGMENT
        ? node
        : document.definitions.find(
            (one): one is FragmentDefinitionNode =>
              one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === node.name.value,
          );
    if (fragment === undefined) return false;
    return !applies(fragment.typeCondition?.name.value) || asksOnlyMembers(document, fragment.selectionSet, type);
  });
}
