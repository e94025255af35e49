import { Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { ModelType } from '../types/model.type.js';

@Resolver(() => ModelType)
export class ModelResolver {
  @Query(() => [ModelType], { description: 'The model names that lead somewhere.' })
  async models(@Ctx() ctx: Context): Promise<ModelType[]> {
    const models = await ctx.services.models.list(ctx.signal);
    return models.map(({ id, ownedBy, created }) => ({
      id,
      ownedBy,
      createdAt: created > 0 ? new Date(created * 1000) : null,
    }));
  }
}
