import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { errors } from '../../domain/errors.js';
import { parsePublicId, toPromptVersionId } from '../../domain/ids.js';
import type { Prompt } from '../../domain/prompt.js';
import type { Context } from '../context.js';
import { PromptFilterInput, toListFilter } from '../inputs/list-filter.input.js';
import { CreatePromptInput, PromptBy, UpdatePromptInput } from '../inputs/prompt.input.js';
import { toPromptBody } from '../inputs/to-body.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { ForwardPageArgs, idCursor, PageArgs, toPageRequest, versionCursor } from '../relay/page-args.js';
import { CreationOrderEnum } from '../types/enums.js';
import { CreatePromptPayload, DeletePromptPayload, UpdatePromptPayload } from '../types/payload.types.js';
import { PromptConnection, PromptType, PromptVersionType } from '../types/prompt.type.js';
import { payload } from '../user-errors.js';
import { promptId, wholeSeconds } from './printing.js';

interface PromptOutcome {
  prompt: Prompt | null;
}

/** The services take a name wherever they take an id; a field called `id` takes an id. */
const checkId = (id: string): void => {
  if (parsePublicId('prompt', id) === null) throw errors.notFound(id);
};

@Resolver(() => PromptType)
export class PromptResolver {
  @Query(() => PromptType, { nullable: true, description: 'A prompt by its id or by its name.' })
  prompt(
    @Arg('by', () => PromptBy, { description: 'Its id or its name.' }) by: PromptBy,
    @Ctx() ctx: Context,
  ): Promise<Prompt> {
    if (by.id !== undefined) checkId(by.id);
    return ctx.services.prompts.get(ctx.principal, by.id ?? by.name ?? '');
  }

  @Query(() => PromptConnection, { description: 'The project’s prompts, newest first if not asked otherwise.' })
  async prompts(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => PromptFilterInput, { nullable: true, description: 'Which prompts to list. Default: all.' })
    filter: PromptFilterInput | null | undefined,
    @Arg('order', () => CreationOrderEnum, { nullable: true, description: 'Default: newest first.' })
    order: 'asc' | 'desc' | null | undefined,
    @Ctx() ctx: Context,
  ): Promise<Connection<Prompt>> {
    const page = toPageRequest(args, order ?? 'desc', idCursor('prompt'));
    return toConnection(await ctx.services.prompts.list(ctx.principal, page, toListFilter(filter)), promptId);
  }

  @Mutation(() => CreatePromptPayload, { description: 'Creates a prompt: instructions kept under a name.' })
  createPrompt(
    @Arg('input', () => CreatePromptInput, { description: 'The new prompt.' }) input: CreatePromptInput,
    @Ctx() ctx: Context,
  ) {
    return payload<PromptOutcome>({ prompt: null }, input, async () => ({
      prompt: await ctx.services.prompts.create(ctx.principal, toPromptBody(input)),
    }));
  }

  @Mutation(() => UpdatePromptPayload, { description: 'Writes the next version of a prompt.' })
  updatePrompt(
    @Arg('input', () => UpdatePromptInput, { description: 'Which prompt, and what changes.' }) input: UpdatePromptInput,
    @Ctx() ctx: Context,
  ) {
    return payload<PromptOutcome>({ prompt: null }, input, async () => {
      checkId(input.id);
      return { prompt: await ctx.services.prompts.update(ctx.principal, input.id, toPromptBody(input)) };
    });
  }

  @Mutation(() => DeletePromptPayload, {
    description: 'Deletes a prompt with all its versions. Responses that used it stay.',
  })
  deletePrompt(@Arg('id', () => ID, { description: 'Id of the prompt, `pmpt_…`.' }) id: string, @Ctx() ctx: Context) {
    return payload<{ deletedId: string | null }>({ deletedId: null }, { id }, async () => {
      checkId(id);
      await ctx.services.prompts.delete(ctx.principal, id);
      return { deletedId: id };
    });
  }

  @FieldResolver()
  id(@Root() prompt: Prompt): string {
    return promptId(prompt);
  }

  @FieldResolver()
  createdAt(@Root() prompt: Prompt): Date {
    return wholeSeconds(prompt.createdAtMs);
  }

  @FieldResolver()
  async versions(
    @Root() prompt: Prompt,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() ctx: Context,
  ): Promise<Connection<Prompt>> {
    const page = toPageRequest(args, 'desc', versionCursor);
    const versions = await ctx.loaders.promptVersions.load({ parent: prompt.id, page });
    return toConnection(versions, ({ version }) => String(version));
  }
}

@Resolver(() => PromptVersionType)
export class PromptVersionResolver {
  @FieldResolver()
  id(@Root() { id, version }: Prompt): string {
    return toPromptVersionId(id, version);
  }

  @FieldResolver()
  createdAt(@Root() version: Prompt): Date {
    return wholeSeconds(version.updatedAtMs);
  }
}
