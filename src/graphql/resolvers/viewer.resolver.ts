import { Ctx, Query, Resolver } from 'type-graphql';
import { toPublicId } from '../../domain/ids.js';
import type { Context } from '../context.js';
import { ViewerType } from '../types/viewer.type.js';
import { wholeSeconds } from './printing.js';

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Query(() => ViewerType, { description: 'Who is asking: the key of this request, its project and its budgets.' })
  async viewer(@Ctx() ctx: Context): Promise<ViewerType> {
    const { key, project, budgets } = await ctx.services.access.describe(ctx.principal);
    return {
      key: { ...key, id: toPublicId('key', key.id), scopes: [...key.scopes] },
      project: {
        id: toPublicId('project', project.id),
        name: project.name,
        createdAt: wholeSeconds(project.createdAtMs),
      },
      budgets: budgets.map((budget) => ({ ...budget, id: toPublicId('budget', budget.id) })),
    };
  }
}
