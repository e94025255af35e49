import { Field, ID, Int, ObjectType } from 'type-graphql';
import { type Connection, defineConnection } from '../relay/connection.js';
import { DateTimeScalar, JsonScalar } from '../scalars.js';
import { ConversationType } from './conversation.type.js';
import { ResponseStatusEnum } from './enums.js';
import { ItemConnection, ItemType } from './item.type.js';
import { NodeType } from './node.type.js';
import { PromptType } from './prompt.type.js';
import { ToolUsageType, UsageType } from './usage.type.js';

@ObjectType('ResponseError', { description: 'Why a response failed.' })
export class ResponseErrorType {
  @Field(() => String, { description: 'Stable machine code, such as `server_error`.' })
  code!: string;

  @Field(() => String, { description: 'The same for people.' })
  message!: string;
}

@ObjectType('Response', {
  implements: NodeType,
  description: 'One run of a model: what it was asked, what it said, what it cost.',
})
export class ResponseType {
  @Field(() => ID, { description: 'Id of the response, `resp_…`.' })
  id!: string;

  @Field(() => ResponseStatusEnum, { description: 'How far it has come.' })
  status!: string;

  @Field(() => String, { description: 'The model that answered; until it has, the model that was asked for.' })
  model!: string;

  @Field(() => DateTimeScalar, { description: 'When it was created, in whole seconds.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was completed, in whole seconds; null if it was not.',
  })
  completedAt!: Date | null;

  @Field(() => String, { description: 'The text of all its messages joined; empty if there is none yet.' })
  outputText!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The instructions in front of the context, with variables filled in.',
  })
  instructions!: string | null;

  @Field(() => [ItemType], { description: 'What came out of it, in order.' })
  output!: ItemType[];

  @Field(() => ItemConnection, { description: 'What the caller sent as input, in order. Empty if nothing was stored.' })
  inputItems!: Connection<ItemType>;

  @Field(() => UsageType, { nullable: true, description: 'Tokens used; null until it has ended.' })
  usage!: UsageType | null;

  @Field(() => ToolUsageType, { nullable: true, description: 'What its tools used; null if that is nothing.' })
  toolUsage!: ToolUsageType | null;

  @Field(() => ResponseErrorType, { nullable: true, description: 'Why it failed; null if it did not.' })
  error!: ResponseErrorType | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it ended early, such as `max_output_tokens`; null if it did not.',
  })
  incompleteReason!: string | null;

  @Field(() => ResponseType, {
    nullable: true,
    description: 'The response it continues from, while that still exists.',
  })
  previousResponse!: ResponseType | null;

  @Field(() => ConversationType, {
    nullable: true,
    description: 'The conversation it runs in, while that still exists.',
  })
  conversation!: ConversationType | null;

  @Field(() => PromptType, {
    nullable: true,
    description: 'The prompt it used, as it is now, while that still exists.',
  })
  prompt!: PromptType | null;

  @Field(() => Int, { nullable: true, description: 'The version of the prompt it used.' })
  promptVersion!: number | null;

  @Field(() => JsonScalar, { nullable: true, description: 'The caller’s own keys and values.' })
  metadata!: Record<string, string> | null;

  @Field(() => Boolean, { description: 'Whether it runs on without anyone waiting for it.' })
  background!: boolean;

  @Field(() => Boolean, { description: 'Whether it is kept.' })
  store!: boolean;
}

export const ResponseConnection = defineConnection('Response', 'responses', () => ResponseType);
