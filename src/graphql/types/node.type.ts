import { Field, ID, InterfaceType } from 'type-graphql';

/** Their types are known from their ids, so no shape has to tell: a prompt and a version of it have the same. */
const types = new WeakMap<object, string>();

/** Says which type of the schema a node is shown as. */
export const showAs = <Node extends object>(type: string, node: Node): Node => {
  types.set(node, type);
  return node;
};

/** The type that was said. */
export const typeOfNode = (node: object): string | undefined => types.get(node);

@InterfaceType('Node', {
  description:
    'Anything that can be read again by its id, with `node` and `nodes`: all that has a public id of its own.',
  resolveType: typeOfNode,
})
export abstract class NodeType {
  @Field(() => ID, { description: 'The public id; the same on the REST door.' })
  id!: string;
}
