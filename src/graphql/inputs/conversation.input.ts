import { Field, ID, InputType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import { InputItem } from './item.input.js';

@InputType('CreateConversationInput', { description: 'A new conversation.' })
export class CreateConversationInput {
  @Field(() => [InputItem], { nullable: true, description: 'Items to begin with, at most 20.' })
  items?: InputItem[] | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Up to 16 keys (of 64 characters) with text values (of 512).',
  })
  metadata?: unknown;
}

@InputType('UpdateConversationInput', { description: 'A change to a conversation.' })
export class UpdateConversationInput {
  @Field(() => ID, { description: 'Id of the conversation.' })
  id!: string;

  @Field(() => JsonScalar, { nullable: true, description: 'Replaces all metadata; null clears it.' })
  metadata?: unknown;
}

@InputType('AddConversationItemsInput', { description: 'Items to append to a conversation.' })
export class AddConversationItemsInput {
  @Field(() => ID, { description: 'Id of the conversation.' })
  conversationId!: string;

  @Field(() => [InputItem], { description: 'The items, 1 to 20, in order.' })
  items!: InputItem[];
}
