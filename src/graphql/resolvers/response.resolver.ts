import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { textOf } from '../../domain/content.js';
import type { Conversation } from '../../domain/conversation.js';
import { type IdKind, parsePublicId } from '../../domain/ids.js';
import { type Item, isMessage } from '../../domain/item.js';
import type { Page } from '../../domain/page.js';
import type { Prompt } from '../../domain/prompt.js';
import type { ResponseRecord, ResponseStatus, ResponseWithOutput } from '../../domain/response.js';
import { type ToolUsage, toolUsageOf } from '../../domain/tool-usage.js';
import { totalTokens } from '../../domain/usage.js';
import { createAskedMembers } from '../asked-members.js';
import type { Context } from '../context.js';
import { toListFilter } from '../inputs/list-filter.input.js';
import { CreateResponseInput, ResponseFilter } from '../inputs/response.input.js';
import { toCreateResponseBody } from '../inputs/to-body.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { ForwardPageArgs, idCursor, itemCursor, PageArgs, toPageRequest } from '../relay/page-args.js';
import { CreationOrderEnum } from '../types/enums.js';
import { CancelResponsePayload, CreateResponsePayload, DeleteResponsePayload } from '../types/payload.types.js';
import { ResponseConnection, ResponseType } from '../types/response.type.js';
import { payload } from '../user-errors.js';
import { endOf } from '../wait.js';
import { itemId, responseId, wholeSeconds } from './printing.js';

/** A response as fields see it. Its output is there when it was read alone or comes from an event; lists load it. */
type ResponseRoot = ResponseRecord & { output?: Item[] };

/** A response in a list: the id, and the members that the fields asked of it are made from. */
type ResponseEntry = Partial<ResponseRecord> & Pick<ResponseRecord, 'id'>;

/** What is made of a response's output: at once if that is there. */
const ofOutput = <Made>(
  { id, output }: ResponseRoot,
  ctx: Context,
  make: (output: Item[]) => Made,
): Made | Promise<Made> => (output === undefined ? ctx.loaders.outputs.load(id).then(make) : make(output));

const outputText = (output: Item[]): string =>
  output.map((item) => (isMessage(item) ? textOf(item.content) : '')).join('');

/** A filter in the service's terms; null when it names what cannot be there. @throws 400 for metadata that is no map of texts */
function toConditions(filter: ResponseFilter): ResponseConditions | null {
  const { status, model } = filter;
  const uuid = (kind: IdKind, id: string | null | undefined) =>
    typeof id === 'string' ? parsePublicId(kind, id) : undefined;
  const conversationId = uuid('conversation', filter.conversationId);
  const promptId = uuid('prompt', filter.promptId);
  // PostgreSQL knows no text with this character.
  if (conversationId === null || promptId === null || model?.includes('\0') === true) return null;
  return {
    ...(typeof status === 'string' ? { status: status as ResponseStatus } : {}),
    ...(typeof model === 'string' ? { model } : {}),
    ...(conversationId === undefined ? {} : { conversationId }),
    ...(promptId === undefined ? {} : { promptId }),
    ...toListFilter(filter),
  };
}

/** What each field of a response is made from; outputs are loaded by the id. */
const askedMembers = createAskedMembers<keyof ResponseRecord>({
  id: [],
  status: ['status'],
  model: ['model'],
  createdAt: ['createdAtMs'],
  completedAt: ['completedAtMs'],
  outputText: [],
  instructions: ['settings'],
  output: [],
  inputItems: ['store'],
  usage: ['usage'],
  toolUsage: [],
  error: ['error'],
  incompleteReason: ['incompleteReason'],
  previousResponse: ['previousResponseId'],
  conversation: ['conversationId'],
  prompt: ['promptId'],
  promptVersion: ['promptVersion'],
  metadata: ['metadata'],
  background: ['background'],
  store: ['store'],
} satisfies Record<keyof ResponseType, readonly (keyof ResponseRecord)[]>);

type ResponseConditions = NonNullable<Parameters<Context['services']['responses']['list']>[2]>;

const NOTHING: Page<never> = { rows: [], hasNext: false, hasPrevious: false };

@Resolver(() => ResponseType)
export class ResponseResolver {
  @Query(() => ResponseType, { nullable: true, description: 'A response by its id.' })
  response(
    @Arg('id', () => ID, { description: 'Id of the response, `resp_…`.' }) id: string,
    @Ctx() ctx: Context,
  ): Promise<ResponseRoot> {
    return ctx.services.responses.get(ctx.principal, id);
  }

  @Query(() => ResponseConnection, { description: 'The project’s responses, newest first if not asked otherwise.' })
  async responses(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ResponseFilter, { nullable: true, description: 'Which responses to list. Default: all.' })
    filter: ResponseFilter | null | undefined,
    @Arg('order', () => CreationOrderEnum, { nullable: true, description: 'Default: newest first.' })
    order: 'asc' | 'desc' | null | undefined,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<ResponseEntry>> {
    const page = toPageRequest(args, order ?? 'desc', idCursor('response'));
    const conditions = toConditions(filter ?? {});
    if (conditions === null) return toConnection<ResponseEntry>(NOTHING, responseId);
    const { responses } = ctx.services;
    return toConnection(await responses.list(ctx.principal, page, conditions, askedMembers(info)), responseId);
  }

  @Mutation(() => CreateResponsePayload, {
    description:
      'Starts a run and waits for its end. With `stream` or `background` it returns at once: follow the run with the ' +
      'subscription `responseEvents`, which never starts or repeats one.',
  })
  createResponse(
    @Arg('input', () => CreateResponseInput, { description: 'What to ask, of which model, and how.' })
    input: CreateResponseInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ response: ResponseWithOutput | null }>({ response: null }, input, async () => {
      if (input.background !== true && input.stream !== true) ctx.liftTimeLimit();
      const started = await ctx.services.responses.create(ctx.principal, toCreateResponseBody(input), {
        idempotencyKey: input.idempotencyKey,
        literals: ctx.literals,
      });
      if (input.background === true || input.stream === true) return { response: started.current() };
      return { response: await endOf(started, ctx.client) };
    });
  }

  @Mutation(() => CancelResponsePayload, {
    description:
      'Stops a background or streamed run. What was said so far is kept and paid. An ended response stays as it is.',
  })
  cancelResponse(
    @Arg('id', () => ID, { description: 'Id of the response, `resp_…`.' }) id: string,
    @Ctx() ctx: Context,
  ) {
    return payload<{ response: ResponseWithOutput | null }>({ response: null }, { id }, async () => ({
      response: await ctx.services.responses.cancel(ctx.principal, id),
    }));
  }

  @Mutation(() => DeleteResponsePayload, {
    description:
      'Deletes a response; a running one is stopped. Items that a conversation or a later response uses stay.',
  })
  deleteResponse(
    @Arg('id', () => ID, { description: 'Id of the response, `resp_…`.' }) id: string,
    @Ctx() ctx: Context,
  ) {
    return payload<{ deletedId: string | null }>({ deletedId: null }, { id }, async () => {
      await ctx.services.responses.delete(ctx.principal, id);
      return { deletedId: id };
    });
  }

  @FieldResolver()
  id(@Root() response: ResponseRoot): string {
    return responseId(response);
  }

  @FieldResolver()
  createdAt(@Root() response: ResponseRoot): Date {
    return wholeSeconds(response.createdAtMs);
  }

  @FieldResolver()
  completedAt(@Root() response: ResponseRoot): Date | null {
    return response.completedAtMs === null ? null : wholeSeconds(response.completedAtMs);
  }

  @FieldResolver()
  outputText(@Root() response: ResponseRoot, @Ctx() ctx: Context): string | Promise<string> {
    return ofOutput(response, ctx, outputText);
  }

  @FieldResolver()
  instructions(@Root() response: ResponseRoot): string | null {
    return response.settings.instructions;
  }

  @FieldResolver()
  output(@Root() response: ResponseRoot, @Ctx() ctx: Context): Item[] | Promise<Item[]> {
    return ofOutput(response, ctx, (output) => output);
  }

  @FieldResolver()
  async inputItems(
    @Root() response: ResponseRoot,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() ctx: Context,
  ): Promise<Connection<Item>> {
    const page = toPageRequest(args, 'asc', itemCursor);
    if (!response.store) return toConnection(NOTHING, itemId);
    return toConnection(await ctx.loaders.inputItems.load({ parent: response.id, page }), itemId);
  }

  @FieldResolver()
  usage(@Root() { usage }: ResponseRoot) {
    return usage === null ? null : { ...usage, totalTokens: totalTokens(usage) };
  }

  @FieldResolver()
  toolUsage(@Root() response: ResponseRoot, @Ctx() ctx: Context): ToolUsage | null | Promise<ToolUsage | null> {
    return ofOutput(response, ctx, toolUsageOf);
  }

  @FieldResolver()
  previousResponse(@Root() response: ResponseRoot, @Ctx() ctx: Context): Promise<ResponseRecord | null> | null {
    return response.previousResponseId === null ? null : ctx.loaders.responses.load(response.previousResponseId);
  }

  @FieldResolver()
  conversation(@Root() response: ResponseRoot, @Ctx() ctx: Context): Promise<Conversation | null> | null {
    return response.conversationId === null ? null : ctx.loaders.conversations.load(response.conversationId);
  }

  @FieldResolver()
  prompt(@Root() response: ResponseRoot, @Ctx() ctx: Context): Promise<Prompt | null> | null {
    return response.promptId === null ? null : ctx.loaders.prompts.load(response.promptId);
  }
}
