import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { totalTokens } from '../../domain/usage.js';
import type { Context } from '../context.js';
import { CompactInput } from '../inputs/compact.input.js';
import { CreateResponseInput } from '../inputs/response.input.js';
import { toCompactBody, toCreateResponseBody } from '../inputs/to-body.js';
import { CompactPayload, InputTokensPayload } from '../types/payload.types.js';
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

  @Mutation(() => CompactPayload, {
    description:
      'Lets a model sum a context up, and waits for it. It is paid like a response; nothing is stored. What comes back is the ' +
      'input of the next request.',
  })
  compact(
    @Arg('input', () => CompactInput, { description: 'The context, and the model that sums it up.' })
    input: CompactInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ context: object | null }>({ context: null }, input, async () => {
      ctx.liftTimeLimit();
      const { output, usage } = await ctx.services.context.compact(ctx.principal, toCompactBody(input), ctx.signal);
      return { context: { output, usage: { ...usage, totalTokens: totalTokens(usage) } } };
    });
  }
}
