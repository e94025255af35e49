import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { CreateResponseInput } from '../inputs/response.input.js';
import { toCreateResponseBody } from '../inputs/to-body.js';
import { InputTokensPayload } from '../types/payload.types.js';
import { payload } from '../user-errors.js';

@Resolver()
export class ContextResolver {
  @Query(() => InputTokensPayload, {
    description:
      'Counts the tokens a model would see of a request: instructions, history, input, tools and format. Nothing is stored, ' +
      'sampled or paid.',
  })
  inputTokens(
    @Arg('input', () => CreateResponseInput, {
      description: 'The request, as for `createResponse`; neither a model nor input is required.',
    })
    input: CreateResponseInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ inputTokens: number | null }>({ inputTokens: null }, input, async () => ({
      inputTokens: await ctx.services.context.countTokens(ctx.principal, toCreateResponseBody(input)),
    }));
  }
}
