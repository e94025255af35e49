import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { errors } from '../../domain/errors.js';
import type { Context } from '../context.js';
import { loadNode, MAX_NODES, type Node } from '../loaders/node.js';
import { NodeType } from '../types/node.type.js';

@Resolver(() => NodeType)
export class NodeResolver {
  @Query(() => NodeType, {
    nullable: true,
    description:
      'A response, conversation, prompt, file, vector store or webhook endpoint by its id; null if there is none.',
  })
  node(@Arg('id', () => ID, { description: 'Any public id.' }) id: string, @Ctx() ctx: Context): Promise<Node | null> {
    return loadNode(id, ctx);
  }

  @Query(() => [NodeType], {
    nullable: 'items',
    description: 'Many at once, at most 100, in the order of the ids; null for each that there is none of.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Public ids of any kind.' }) ids: string[],
    @Ctx() ctx: Context,
  ): Promise<(Node | null)[]> {
    if (ids.length > MAX_NODES)
      throw errors.invalidParameter(
        'array_above_max_length',
        'ids',
        `Invalid 'ids': the most allowed is ${MAX_NODES}.`,
      );
    return Promise.all(ids.map((id) => loadNode(id, ctx)));
  }
}
