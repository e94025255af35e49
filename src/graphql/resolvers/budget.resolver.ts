import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { actorIn } from '../actor-in.js';
import type { Context } from '../context.js';
import { OTHER_PROJECT } from '../inputs/access.input.js';
import { CreateBudgetInput, UpdateBudgetInput } from '../inputs/budget.input.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { idCursor, PageArgs, toPageRequest } from '../relay/page-args.js';
import {
  BudgetConnection,
  BudgetType,
  CreateBudgetPayload,
  DeleteBudgetPayload,
  UpdateBudgetPayload,
} from '../types/budget.type.js';
import { payload } from '../user-errors.js';
import { toBudgetType } from './printing-admin.js';

const ID_TEXT = 'Id of the budget, `bdgt_…`.';

@Resolver(() => BudgetType)
export class BudgetResolver {
  @Query(() => BudgetType, { nullable: true, description: 'A budget by its id.' })
  async budget(
    @Arg('id', () => ID, { description: ID_TEXT }) id: string,
    @Arg('projectId', () => ID, { nullable: true, description: OTHER_PROJECT }) projectId: string | null,
    @Ctx() ctx: Context,
  ): Promise<BudgetType> {
    return toBudgetType(await ctx.services.budgets.get(await actorIn(ctx, projectId), id));
  }

  @Query(() => BudgetConnection, { description: 'The project’s budgets, newest first.' })
  async budgets(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('projectId', () => ID, { nullable: true, description: OTHER_PROJECT }) projectId: string | null,
    @Ctx() ctx: Context,
  ): Promise<Connection<BudgetType>> {
    const request = toPageRequest(args, 'desc', idCursor('budget'));
    const page = await ctx.services.budgets.list(await actorIn(ctx, projectId), request);
    return toConnection({ ...page, rows: page.rows.map(toBudgetType) }, ({ id }) => id);
  }

  @Mutation(() => CreateBudgetPayload, {
    description: 'Limits what the project, a key, end users or labels may spend.',
  })
  createBudget(
    @Arg('input', () => CreateBudgetInput, { description: 'The budget.' }) input: CreateBudgetInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ budget: BudgetType | null }>({ budget: null }, input, async () => ({
      budget: toBudgetType(
        await ctx.services.budgets.create(await actorIn(ctx, input.projectId), {
          scope: input.scope,
          key_id: input.keyId,
          subject: input.subject,
          period: input.period,
          limit: input.limit,
          time_zone: input.timeZone,
          rolling_seconds: input.rollingSeconds,
          enforced: input.enforced,
          thresholds: input.thresholds,
        }),
      ),
    }));
  }

  @Mutation(() => UpdateBudgetPayload, { description: 'Changes the limit of a budget, or whether it refuses.' })
  updateBudget(
    @Arg('input', () => UpdateBudgetInput, { description: 'Which budget, and what changes.' })
    input: UpdateBudgetInput,
    @Ctx() ctx: Context,
  ) {
    const { id, projectId, ...changes } = input;
    return payload<{ budget: BudgetType | null }>({ budget: null }, input, async () => ({
      budget: toBudgetType(await ctx.services.budgets.update(await actorIn(ctx, projectId), id, changes)),
    }));
  }

  @Mutation(() => DeleteBudgetPayload, { description: 'Deletes a budget. What was charged to it stays on record.' })
  deleteBudget(
    @Arg('id', () => ID, { description: ID_TEXT }) id: string,
    @Arg('projectId', () => ID, { nullable: true, description: OTHER_PROJECT }) projectId: string | null,
    @Ctx() ctx: Context,
  ) {
    return payload<{ deletedId: string | null }>({ deletedId: null }, { id }, async () => {
      await ctx.services.budgets.delete(await actorIn(ctx, projectId), id);
      return { deletedId: id };
    });
  }
}
