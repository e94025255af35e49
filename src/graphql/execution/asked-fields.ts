import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** A schema and a document that is valid for it. */
export interface Asking {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
}

type FieldNodes = [FieldNode, ...FieldNode[]];

export interface AskedField {
  /** The name that a result has it under. */
  readonly key: string;
  /** The name that its type has it under. */
  readonly name: string;
  readonly nodes: Readonly<FieldNodes>;
  /** What is asked of what it gives. */
  readonly sets: readonly SelectionSetNode[];
}

/**
 * The fields that selections ask of a type together, fragments in place, in the order of results. Null when a directive decides
 * about one, because then that differs from one run of the document to the next, and for a name that no ordinary object can
 * have a member by.
 */
export function askedFields(
  { schema, document }: Asking,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): readonly AskedField[] | null {
  const asked = new Map<string, FieldNodes>();
  const applies = (condition: string | undefined): boolean => {
    if (condition === undefined || condition === type.name) return true;
    const other = schema.getType(condition);
    return isAbstractType(other) && schema.isSubType(other, type);
  };
  const collect = ({ selections }: SelectionSetNode): boolean =>
    selections.every((node) => {
      if (node.directives !== undefined && node.directives.length > 0) return false;
      if (node.kind === Kind.FIELD) {
        const key = (node.alias ?? node.name).value;
        const nodes = asked.get(key);
        if (nodes === undefined) asked.set(key, [node]);
        else nodes.push(node);
        return key !== '__proto__';
      }
      const fragment =
        node.kind === Kind.INLINE_FRAGMENT
          ? node
          : document.definitions.find(
              (one): one is FragmentDefinitionNode =>
                one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === node.name.value,
            );
      if (fragment === undefined) return false;
      return !applies(fragment.typeCondition?.name.value) || collect(fragment.selectionSet);
    });
  if (!sets.every(collect)) return null;
  return [...asked].map(([key, nodes]) => ({
    key,
    // A valid document has no two fields under one name.
    name: nodes[0].name.value,
    nodes,
    sets: nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
  }));
}
