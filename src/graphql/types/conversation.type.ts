import { Field, ID, ObjectType } from 'type-graphql';
import { type Connection, defineConnection } from '../relay/connection.js';
import { DateTimeScalar, JsonScalar } from '../scalars.js';
import { ItemConnection, type ItemType } from './item.type.js';
import { NodeType } from './node.type.js';
import { ResponseConnection, type ResponseType } from './response.type.js';

@ObjectType('Conversation', {
  implements: NodeType,
  description: 'A lasting list of items. Responses that run in it read it first and append to it when they end.',
})
export class ConversationType {
  @Field(() => ID, { description: 'Id of the conversation, `conv_…`.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When it was created, in whole seconds.' })
  createdAt!: Date;

  @Field(() => JsonScalar, { nullable: true, description: 'The caller’s own keys and values.' })
  metadata!: Record<string, string> | null;

  @Field(() => ItemConnection, { description: 'Its items, oldest first.' })
  items!: Connection<ItemType>;

  @Field(() => ResponseConnection, { description: 'The responses that ran in it, newest first.' })
  responses!: Connection<ResponseType>;
}

export const ConversationConnection = defineConnection('Conversation', 'conversations', () => ConversationType);
