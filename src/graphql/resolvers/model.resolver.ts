import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { errors } from '../../domain/errors.js';
import type { ModelInfo } from '../../domain/model.js';
import type { Context } from '../context.js';
import { ModelType } from '../types/model.type.js';

const toType = ({ id, ownedBy, created }: ModelInfo): ModelType => ({
  id,
  ownedBy,
  createdAt: created > 0 ? new Date(created * 1000) : null,
});

@Resolver(() => ModelType)
export class ModelResolver {
  @Query(() => ModelType, { nullable: true, description: 'A model by its name.' })
  async model(
    @Arg('id', () => ID, { description: 'The name, slashes and all.' }) id: string,
    @Ctx() ctx: Context,
  ): Promise<ModelType> {
    const model = await ctx.services.models.find(ctx.principal, id, ctx.signal);
    if (model === null) throw errors.modelNotFound(id, 404);
    return toType(model);
  }

  @Query(() => [ModelType], { description: 'The model names that lead somewhere.' })
  async models(@Ctx() ctx: Context): Promise<ModelType[]> {
    return (await ctx.services.models.list(ctx.principal, ctx.signal)).map(toType);
  }
}
