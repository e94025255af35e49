import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

export interface Folding<T> {
  /** The value of a field, from that of its selection. `type` is its named type, null if the field does not exist. */
  field(node: FieldNode, children: T, type: GraphQLNamedType | null): T;
  /** The value of a selection, from those of its members. */
  selection(values: T[]): T;
}

/**
 * Folds an operation from its leaves up, with fragments in place. Each fragment is folded once, so the work grows with the
 * document and not with what it expands to; fragments that contain themselves count as empty (another rule refuses them).
 */
export function foldOperation<T>(
  context: ValidationContext,
  operation: OperationDefinitionNode,
  folding: Folding<T>,
): T {
  const schema = context.getSchema();
  const folded = new Map<FragmentDefinitionNode, T | null>();

  const foldSelection = (set: SelectionSetNode | undefined, parent: GraphQLNamedType | null): T => {
    const values: T[] = [];
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        const type = fieldType(parent, selection.name.value);
        values.push(folding.field(selection, foldSelection(selection.selectionSet, type), type));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        values.push(
          foldSelection(selection.selectionSet, conditionType(schema, selection.typeCondition?.name.value, parent)),
        );
      } else {
        const fragment = context.getFragment(selection.name.value);
        const value = fragment ? foldFragment(fragment) : null;
        if (value !== null) values.push(value);
      }
    }
    return folding.selection(values);
  };

  const foldFragment = (fragment: FragmentDefinitionNode): T | null => {
    const known = folded.get(fragment);
    if (known !== undefined) return known;
    folded.set(fragment, null);
    const value = foldSelection(fragment.selectionSet, conditionType(schema, fragment.typeCondition.name.value, null));
    folded.set(fragment, value);
    return value;
  };

  return foldSelection(operation.selectionSet, schema.getRootType(operation.operation) ?? null);
}

const conditionType = (
  schema: GraphQLSchema,
  name: string | undefined,
  parent: GraphQLNamedType | null,
): GraphQLNamedType | null => {
  if (name === undefined) return parent;
  const type = schema.getType(name);
  return isCompositeType(type) ? type : null;
};

const fieldType = (parent: GraphQLNamedType | null, name: string): GraphQLNamedType | null => {
  if (!isObjectType(parent) && !isInterfaceType(parent)) return null;
  const field = parent.getFields()[name];
  return field === undefined ? null : getNamedType(field.type);
};
