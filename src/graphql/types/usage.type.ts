import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType('Usage', { description: 'Tokens a response used, over all its model turns.' })
export class UsageType {
  @Field(() => Int, { description: 'Tokens the model read.' })
  inputTokens!: number;

  @Field(() => Int, { description: 'Of those, tokens the upstream had cached.' })
  cachedInputTokens!: number;

  @Field(() => Int, { description: 'Tokens the model wrote.' })
  outputTokens!: number;

  @Field(() => Int, { description: 'Of those, tokens it only thought.' })
  reasoningTokens!: number;

  @Field(() => Int, { description: 'Read and written together.' })
  totalTokens!: number;
}

@ObjectType('WebSearchUsage', { description: 'Web searches of a response.' })
class WebSearchUsageType {
  @Field(() => Int, { name: 'numRequests', description: 'Searches that succeeded.' })
  num_requests!: number;
}

@ObjectType('ToolUsage', { description: 'What the tools of a response used.' })
export class ToolUsageType {
  @Field(() => WebSearchUsageType, { name: 'webSearch', description: 'Web searches.' })
  web_search!: WebSearchUsageType;
}
