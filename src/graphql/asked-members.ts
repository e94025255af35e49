import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

type Table<Member> = Readonly<Record<string, readonly Member[]>>;

/**
 * Which members of its nodes a Relay connection is asked for, so that a list does not read what nobody looks at. Directives and
 * the types of fragments are passed over: rather a member too many.
 *
 * @param table members that each field of the node's type is made from
 */
export function createAskedMembers<Member>(table: Table<Member>): (info: GraphQLResolveInfo) => readonly Member[] {
  // Documents are kept, and their nodes with them, so most operations were looked through before.
  const known = new WeakMap<FieldNode, readonly Member[]>();

  const collect = (info: GraphQLResolveInfo): readonly Member[] => {
    const members = new Set<Member>();
    const fieldsOf = function* (set: SelectionSetNode | undefined): Generator<FieldNode> {
      for (const node of set?.selections ?? []) {
        if (node.kind === Kind.FIELD) yield node;
        else if (node.kind === Kind.INLINE_FRAGMENT) yield* fieldsOf(node.selectionSet);
        else yield* fieldsOf(info.fragments[node.name.value]?.selectionSet);
      }
    };
    const ofNode = ({ selectionSet }: FieldNode): void => {
      for (const { name } of fieldsOf(selectionSet)) for (const member of table[name.value] ?? []) members.add(member);
    };
    for (const list of info.fieldNodes)
      for (const field of fieldsOf(list.selectionSet)) {
        if (field.name.value === 'nodes') ofNode(field);
        else if (field.name.value === 'edges')
          for (const inner of fieldsOf(field.selectionSet)) if (inner.name.value === 'node') ofNode(inner);
      }
    return [...members];
  };

  return (info) => {
    const [first, ...others] = info.fieldNodes;
    if (first === undefined || others.length > 0) return collect(info);
    const found = known.get(first) ?? collect(info);
    known.set(first, found);
    return found;
  };
}
