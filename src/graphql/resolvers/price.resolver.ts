import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { actorIn } from '../actor-in.js';
import type { Context } from '../context.js';
import { OTHER_PROJECT } from '../inputs/access.input.js';
import { CreatePriceInput, toPriceBody } from '../inputs/price.input.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { idCursor, PageArgs, toPageRequest } from '../relay/page-args.js';
import { CreatePricePayload, DeletePricePayload, PriceConnection, PriceType } from '../types/price.type.js';
import { payload } from '../user-errors.js';
import { toPriceType } from './printing-admin.js';

@Resolver(() => PriceType)
export class PriceResolver {
  @Query(() => PriceConnection, {
    description: 'The prices the project has set, newest first.',
  })
  async prices(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('model', () => String, { nullable: true, description: 'Only prices of this model.' })
    model: string | null | undefined,
    @Arg('projectId', () => ID, { nullable: true, description: OTHER_PROJECT }) projectId: string | null,
    @Ctx() ctx: Context,
  ): Promise<Connection<PriceType>> {
    const request = toPageRequest(args, 'desc', idCursor('price'));
    const actor = await actorIn(ctx, projectId);
    const page = await ctx.services.prices.list(actor, request, { model: model ?? undefined });
    return toConnection({ ...page, rows: page.rows.map(toPriceType) }, ({ id }) => id);
  }

  @Mutation(() => CreatePricePayload, {
    description: 'Sets what a model costs the project, from now or a later time on.',
  })
  createPrice(
    @Arg('input', () => CreatePriceInput, { description: 'The price.' }) input: CreatePriceInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ price: PriceType | null }>({ price: null }, input, async () => ({
      price: toPriceType(await ctx.services.prices.create(await actorIn(ctx, input.projectId), toPriceBody(input))),
    }));
  }

  @Mutation(() => DeletePricePayload, {
    description: 'Takes back a price that does not hold yet.',
  })
  deletePrice(
    @Arg('id', () => ID, { description: 'Id of the price, `price_…`.' }) id: string,
    @Arg('projectId', () => ID, { nullable: true, description: OTHER_PROJECT }) projectId: string | null,
    @Ctx() ctx: Context,
  ) {
    return payload<{ deletedId: string | null }>({ deletedId: null }, { id }, async () => {
      await ctx.services.prices.delete(await actorIn(ctx, projectId), id);
      return { deletedId: id };
    });
  }
}
