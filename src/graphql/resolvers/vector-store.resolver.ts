import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { toPublicId } from '../../domain/ids.js';
import { storeExpiresAtMs, storeStatus, type VectorStore } from '../../domain/vector-store.js';
import type { SearchAnswer } from '../../services/knowledge/vector-store.service.js';
import type { Context } from '../context.js';
import { asBatches, followEvents } from '../events/follow-events.js';
import { toListFilter, VectorStoreFilterInput } from '../inputs/list-filter.input.js';
import { toCreateStoreBody, toSearchBody, toUpdateStoreBody } from '../inputs/vector-store.body.js';
import {
  CreateVectorStoreInput,
  SearchVectorStoresInput,
  UpdateVectorStoreInput,
} from '../inputs/vector-store.input.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { ForwardPageArgs, idCursor, PageArgs, toPageRequest } from '../relay/page-args.js';
import { CreationOrderEnum } from '../types/enums.js';
import {
  CreateVectorStorePayload,
  DeleteVectorStorePayload,
  UpdateVectorStorePayload,
} from '../types/payload.types.js';
import {
  SearchAnswerType,
  type SearchResultType,
  VectorStoreConnection,
  VectorStoreType,
} from '../types/vector-store.type.js';
import { naming, payload } from '../user-errors.js';
import { storeFileId, toCounts, vectorStoreId, wholeSeconds } from './printing.js';

const ID_TEXT = 'Id of the store, `vs_…`.';

interface StoreOutcome {
  vectorStore: VectorStore | null;
}

/** The store and each state its files bring it to; nothing is queued for a reader that is slow. */
async function followStore(id: string, context: Context): Promise<AsyncIterable<VectorStore>> {
  const { services, principal } = context;
  return followEvents(context, async () =>
    asBatches(await services.vectorStores.follow(principal, id, context.signal)),
  );
}

const toResults = ({ queries, results }: SearchAnswer): SearchAnswerType => ({
  queries,
  results: results.map(
    ({ storeId, fileId, filename, score, attributes, chunk }): SearchResultType => ({
      vectorStoreId: toPublicId('vectorStore', storeId),
      fileId: toPublicId('file', fileId),
      filename,
      score,
      text: chunk.text,
      startOffset: chunk.start,
      endOffset: chunk.end,
      page: chunk.pageStart,
      attributes,
    }),
  ),
});

@Resolver(() => VectorStoreType)
export class VectorStoreResolver {
  @Query(() => VectorStoreType, { nullable: true, description: 'A vector store by its id.' })
  vectorStore(@Arg('id', () => ID, { description: ID_TEXT }) id: string, @Ctx() ctx: Context): Promise<VectorStore> {
    return ctx.services.vectorStores.get(ctx.principal, id);
  }

  @Query(() => VectorStoreConnection, {
    description: 'The project’s vector stores, newest first if not asked otherwise.',
  })
  async vectorStores(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => VectorStoreFilterInput, {
      nullable: true,
      description: 'Which vector stores to list. Default: all.',
    })
    filter: VectorStoreFilterInput | null | undefined,
    @Arg('order', () => CreationOrderEnum, { nullable: true, description: 'Default: newest first.' })
    order: 'asc' | 'desc' | null | undefined,
    @Ctx() ctx: Context,
  ): Promise<Connection<VectorStore>> {
    const page = toPageRequest(args, order ?? 'desc', idCursor('vectorStore'));
    return toConnection(await ctx.services.vectorStores.list(ctx.principal, page, toListFilter(filter)), vectorStoreId);
  }

  @Query(() => SearchAnswerType, {
    description: 'Passages from any number of vector stores, ranked together by meaning and by words.',
  })
  async searchVectorStores(
    @Arg('input', () => SearchVectorStoresInput, { description: 'What to look for, and where.' })
    input: SearchVectorStoresInput,
    @Ctx() ctx: Context,
  ): Promise<SearchAnswerType> {
    const stores = input.vectorStoreIds ?? null;
    return naming(input, async () =>
      toResults(await ctx.services.vectorStores.search(ctx.principal, stores, toSearchBody(input), ctx.signal)),
    );
  }

  @Mutation(() => CreateVectorStorePayload, { description: 'Creates a vector store, with files if you like.' })
  createVectorStore(
    @Arg('input', () => CreateVectorStoreInput, { description: 'The new store.' }) input: CreateVectorStoreInput,
    @Ctx() ctx: Context,
  ) {
    return payload<StoreOutcome>({ vectorStore: null }, input, async () => ({
      vectorStore: await ctx.services.vectorStores.create(ctx.principal, toCreateStoreBody(input)),
    }));
  }

  @Mutation(() => UpdateVectorStorePayload, { description: 'Changes a vector store.' })
  updateVectorStore(
    @Arg('input', () => UpdateVectorStoreInput, { description: 'Which store, and what changes.' })
    input: UpdateVectorStoreInput,
    @Ctx() ctx: Context,
  ) {
    return payload<StoreOutcome>({ vectorStore: null }, input, async () => ({
      vectorStore: await ctx.services.vectorStores.update(ctx.principal, input.id, toUpdateStoreBody(input)),
    }));
  }

  @Mutation(() => DeleteVectorStorePayload, { description: 'Deletes a vector store. Its files stay.' })
  deleteVectorStore(@Arg('id', () => ID, { description: ID_TEXT }) id: string, @Ctx() ctx: Context) {
    return payload<{ deletedId: string | null }>({ deletedId: null }, { id }, async () => {
      await ctx.services.vectorStores.delete(ctx.principal, id);
      return { deletedId: id };
    });
  }

  @Subscription(() => VectorStoreType, {
    description:
      'The store as it stands, and again whenever indexing its files has moved on; completes when none is in progress.',
    subscribe: ({ args, context }) => followStore((args as { id: string }).id, context as Context) as never,
  })
  vectorStoreProgress(
    @Root() store: VectorStore,
    @Arg('id', () => ID, { description: ID_TEXT }) _id: string,
  ): VectorStore {
    return store;
  }

  @FieldResolver()
  id(@Root() store: VectorStore): string {
    return vectorStoreId(store);
  }

  @FieldResolver()
  status(@Root() store: VectorStore): string {
    return storeStatus(store, Date.now());
  }

  @FieldResolver()
  fileCounts(@Root() store: VectorStore) {
    return toCounts(store.counts);
  }

  @FieldResolver()
  searchNote(@Root() store: VectorStore, @Ctx() ctx: Context): string | null {
    return ctx.services.vectorStores.note(store);
  }

  @FieldResolver()
  async files(@Root() store: VectorStore, @Args(() => ForwardPageArgs) args: ForwardPageArgs, @Ctx() ctx: Context) {
    const page = toPageRequest(args, 'desc', idCursor('file'));
    return toConnection(await ctx.loaders.storeFiles.load({ parent: store.id, page }), storeFileId);
  }

  @FieldResolver()
  expiresAt(@Root() store: VectorStore): Date | null {
    const expiresAtMs = storeExpiresAtMs(store);
    return expiresAtMs === null ? null : wholeSeconds(expiresAtMs);
  }

  @FieldResolver()
  lastActiveAt(@Root() store: VectorStore): Date {
    return wholeSeconds(store.lastActiveAtMs);
  }

  @FieldResolver()
  createdAt(@Root() store: VectorStore): Date {
    return wholeSeconds(store.createdAtMs);
  }
}
