import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Conversation } from '../../domain/conversation.js';
import type { Item } from '../../domain/item.js';
import type { ResponseRecord } from '../../domain/response.js';
import type { Context } from '../context.js';
import {
  AddConversationItemsInput,
  CreateConversationInput,
  UpdateConversationInput,
} from '../inputs/conversation.input.js';
import { ConversationFilterInput, toListFilter } from '../inputs/list-filter.input.js';
import { toAddItemsBody, toCreateConversationBody, toUpdateConversationBody } from '../inputs/to-body.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { ForwardPageArgs, idCursor, itemCursor, PageArgs, toPageRequest } from '../relay/page-args.js';
import { ConversationConnection, ConversationType } from '../types/conversation.type.js';
import { CreationOrderEnum } from '../types/enums.js';
import { ItemType } from '../types/item.type.js';
import {
  AddConversationItemsPayload,
  CreateConversationPayload,
  DeleteConversationItemPayload,
  DeleteConversationPayload,
  UpdateConversationPayload,
} from '../types/payload.types.js';
import { payload } from '../user-errors.js';
import { conversationId, itemId, responseId, wholeSeconds } from './printing.js';

const ID_TEXT = 'Id of the conversation, `conv_…`.';

interface ConversationOutcome {
  conversation: Conversation | null;
}

@Resolver(() => ConversationType)
export class ConversationResolver {
  @Query(() => ConversationType, { nullable: true, description: 'A conversation by its id.' })
  conversation(@Arg('id', () => ID, { description: ID_TEXT }) id: string, @Ctx() ctx: Context): Promise<Conversation> {
    return ctx.services.conversations.get(ctx.principal, id);
  }

  @Query(() => ConversationConnection, {
    description: 'The project’s conversations, newest first if not asked otherwise.',
  })
  async conversations(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ConversationFilterInput, {
      nullable: true,
      description: 'Which conversations to list. Default: all.',
    })
    filter: ConversationFilterInput | null | undefined,
    @Arg('order', () => CreationOrderEnum, { nullable: true, description: 'Default: newest first.' })
    order: 'asc' | 'desc' | null | undefined,
    @Ctx() ctx: Context,
  ): Promise<Connection<Conversation>> {
    const page = toPageRequest(args, order ?? 'desc', idCursor('conversation'));
    return toConnection(
      await ctx.services.conversations.list(ctx.principal, page, toListFilter(filter)),
      conversationId,
    );
  }

  @Query(() => ItemType, { nullable: true, description: 'One item of a conversation.' })
  conversationItem(
    @Arg('conversationId', () => ID, { description: ID_TEXT }) id: string,
    @Arg('itemId', () => ID, { description: 'Id of the item.' }) item: string,
    @Ctx() ctx: Context,
  ): Promise<Item> {
    return ctx.services.conversations.getItem(ctx.principal, id, item);
  }

  @Mutation(() => CreateConversationPayload, { description: 'Creates a conversation, with items if you like.' })
  createConversation(
    @Arg('input', () => CreateConversationInput, { description: 'The new conversation.' })
    input: CreateConversationInput,
    @Ctx() ctx: Context,
  ) {
    return payload<ConversationOutcome>({ conversation: null }, input, async () => ({
      conversation: await ctx.services.conversations.create(ctx.principal, toCreateConversationBody(input)),
    }));
  }

  @Mutation(() => UpdateConversationPayload, { description: 'Replaces the metadata of a conversation.' })
  updateConversation(
    @Arg('input', () => UpdateConversationInput, { description: 'Which conversation, and its new metadata.' })
    input: UpdateConversationInput,
    @Ctx() ctx: Context,
  ) {
    return payload<ConversationOutcome>({ conversation: null }, input, async () => ({
      conversation: await ctx.services.conversations.update(ctx.principal, input.id, toUpdateConversationBody(input)),
    }));
  }

  @Mutation(() => DeleteConversationPayload, { description: 'Deletes a conversation. Responses that ran in it stay.' })
  deleteConversation(@Arg('id', () => ID, { description: ID_TEXT }) id: string, @Ctx() ctx: Context) {
    return payload<{ deletedId: string | null }>({ deletedId: null }, { id }, async () => {
      await ctx.services.conversations.delete(ctx.principal, id);
      return { deletedId: id };
    });
  }

  @Mutation(() => AddConversationItemsPayload, {
    description: 'Appends items to a conversation, also while a response runs in it.',
  })
  addConversationItems(
    @Arg('input', () => AddConversationItemsInput, { description: 'Which conversation, and the items.' })
    input: AddConversationItemsInput,
    @Ctx() ctx: Context,
  ) {
    return payload<ConversationOutcome & { items: Item[] }>({ conversation: null, items: [] }, input, async () => {
      const items = await ctx.services.conversations.addItems(
        ctx.principal,
        input.conversationId,
        toAddItemsBody(input),
      );
      return { items, conversation: await ctx.services.conversations.get(ctx.principal, input.conversationId) };
    });
  }

  @Mutation(() => DeleteConversationItemPayload, { description: 'Takes an item out of a conversation.' })
  deleteConversationItem(
    @Arg('conversationId', () => ID, { description: ID_TEXT }) id: string,
    @Arg('itemId', () => ID, { description: 'Id of the item.' }) item: string,
    @Ctx() ctx: Context,
  ) {
    const empty = { conversation: null, deletedId: null };
    return payload<ConversationOutcome & { deletedId: string | null }>(
      empty,
      { conversationId: id, itemId: item },
      async () => ({
        conversation: await ctx.services.conversations.deleteItem(ctx.principal, id, item),
        deletedId: item,
      }),
    );
  }

  @FieldResolver()
  id(@Root() conversation: Conversation): string {
    return conversationId(conversation);
  }

  @FieldResolver()
  createdAt(@Root() conversation: Conversation): Date {
    return wholeSeconds(conversation.createdAtMs);
  }

  @FieldResolver()
  async items(
    @Root() conversation: Conversation,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Connection<Item>> {
    const page = toPageRequest(args, 'asc', itemCursor);
    return toConnection(await ctx.loaders.conversationItems.load({ parent: conversation.id, page }), itemId);
  }

  @FieldResolver()
  async responses(
    @Root() conversation: Conversation,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() ctx: Context,
  ): Promise<Connection<ResponseRecord>> {
    const page = toPageRequest(args, 'desc', idCursor('response'));
    return toConnection(await ctx.loaders.conversationResponses.load({ parent: conversation.id, page }), responseId);
  }
}
