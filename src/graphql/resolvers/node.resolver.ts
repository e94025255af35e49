import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { errors } from '../../domain/errors.js';
import type { Context } from '../context.js';
import { loadNode, loadNodes, MAX_NODES } from '../loaders/node.js';
import { NodeType } from '../types/node.type.js';

@Resolver(() => NodeType)
export class NodeResolver {
  @Query(() => NodeType, {
    nullable: true,
    description:
      'Anything by its public id, with the scope that reading it takes; null if there is none in the project. Items are found ' +
      'once they are on a list that the key may read: a conversation’s, or the input or output of a response that has ended.',
  })
  node(
    @Arg('id', () => ID, { description: 'Any public id.' }) id: string,
    @Ctx() ctx: Context,
  ): Promise<object | null> {
    return loadNode(id, ctx);
  }

  @Query(() => [NodeType], {
    nullable: 'items',
    description:
      'Many at once, at most 100, in the order of the ids; null for each that there is none of, and, with an error at its place, ' +
      'for each that the key may not read.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Public ids of any kind.' }) ids: string[],
    @Ctx() ctx: Context,
  ): Promise<(object | null)[]> {
    if (ids.length > MAX_NODES)
      throw errors.invalidParameter(
        'array_above_max_length',
        'ids',
        `Invalid 'ids': the most allowed is ${MAX_NODES}.`,
      );
    return loadNodes(ids, (id) => loadNode(id, ctx));
  }
}
