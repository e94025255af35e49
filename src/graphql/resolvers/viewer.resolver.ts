import { Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { ViewerType } from '../types/viewer.type.js';
import { toApiKeyType, toProjectType } from './printing-admin.js';

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Query(() => ViewerType, { description: 'Who is asking: the key of this request, its project and its budgets.' })
  async viewer(@Ctx() ctx: Context): Promise<ViewerType> {
    const described = await ctx.services.access.describe(ctx.principal);
    const key = toApiKeyType(described.key, described.endUser);
    return { key, project: toProjectType(described.project), budgets: key.budgets };
  }
}
