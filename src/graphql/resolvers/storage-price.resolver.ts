import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { actorIn } from '../actor-in.js';
import type { Context } from '../context.js';
import { OTHER_PROJECT } from '../inputs/access.input.js';
import { CreateStoragePriceInput, toStoragePriceBody } from '../inputs/storage-price.input.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { idCursor, PageArgs, toPageRequest } from '../relay/page-args.js';
import {
  CreateStoragePricePayload,
  DeleteStoragePricePayload,
  StoragePriceConnection,
  StoragePriceType,
} from '../types/storage-price.type.js';
import { payload } from '../user-errors.js';
import { toStoragePriceType } from './printing-admin.js';

@Resolver(() => StoragePriceType)
export class StoragePriceResolver {
  @Query(() => StoragePriceConnection, {
    description: 'The prices the project has set for its vector stores, newest first.',
  })
  async storagePrices(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('projectId', () => ID, { nullable: true, description: OTHER_PROJECT }) projectId: string | null,
    @Ctx() ctx: Context,
  ): Promise<Connection<StoragePriceType>> {
    const request = toPageRequest(args, 'desc', idCursor('storagePrice'));
    const page = await ctx.services.storagePrices.list(await actorIn(ctx, projectId), request);
    return toConnection({ ...page, rows: page.rows.map(toStoragePriceType) }, ({ id }) => id);
  }

  @Mutation(() => CreateStoragePricePayload, {
    description: 'Sets what a GB in vector stores costs the project for a day, from now or a later time on.',
  })
  createStoragePrice(
    @Arg('input', () => CreateStoragePriceInput, { description: 'The price.' }) input: CreateStoragePriceInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ storagePrice: StoragePriceType | null }>({ storagePrice: null }, input, async () => {
      const actor = await actorIn(ctx, input.projectId);
      return {
        storagePrice: toStoragePriceType(await ctx.services.storagePrices.create(actor, toStoragePriceBody(input))),
      };
    });
  }

  @Mutation(() => DeleteStoragePricePayload, {
    description: 'Takes back a price of vector stores that does not hold yet.',
  })
  deleteStoragePrice(
    @Arg('id', () => ID, { description: 'Id of the price, `sprice_…`.' }) id: string,
    @Arg('projectId', () => ID, { nullable: true, description: OTHER_PROJECT }) projectId: string | null,
    @Ctx() ctx: Context,
  ) {
    return payload<{ deletedId: string | null }>({ deletedId: null }, { id }, async () => {
      await ctx.services.storagePrices.delete(await actorIn(ctx, projectId), id);
      return { deletedId: id };
    });
  }
}
