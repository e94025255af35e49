import { Field, Float, InputType, Int } from 'type-graphql';

@InputType('RateLimitInput', { description: 'A limit on what a key may ask. At least one thing has to be limited.' })
export class RateLimitInput {
  @Field(() => String, { nullable: true, description: 'Only requests that name this model. Default: all, together.' })
  model?: string | null;

  @Field(() => Float, { nullable: true, description: 'Requests per minute.' })
  requestsPerMinute?: number | null;

  @Field(() => Int, { nullable: true, description: 'Requests that may come at once. Default: those of ten seconds.' })
  burst?: number | null;

  @Field(() => Float, { nullable: true, description: 'Tokens of input and output per minute.' })
  tokensPerMinute?: number | null;

  @Field(() => Int, { nullable: true, description: 'Tokens that may be used at once. Default: those of a minute.' })
  tokenBurst?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Responses, chat completions, embeddings and compactions that may go on at once.',
  })
  concurrentRuns?: number | null;

  @Field(() => Int, { nullable: true, description: 'Streams that may be read at once.' })
  concurrentStreams?: number | null;
}

/** The same as the body that REST has for it. */
export const toRateLimitBody = (limit: RateLimitInput) => ({
  model: limit.model,
  requests_per_minute: limit.requestsPerMinute,
  burst: limit.burst,
  tokens_per_minute: limit.tokensPerMinute,
  token_burst: limit.tokenBurst,
  concurrent_runs: limit.concurrentRuns,
  concurrent_streams: limit.concurrentStreams,
});
