import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import { ResponseEventType } from './event.types.js';
import { ItemType } from './item.type.js';
import { ResponseType } from './response.type.js';

const NAMES: Record<string, string> = {
  'conversation.followed': 'ConversationFollowedEvent',
  'conversation.item.added': 'ConversationItemAddedEvent',
  'conversation.item.deleted': 'ConversationItemDeletedEvent',
  'conversation.response.started': 'ConversationResponseStartedEvent',
  'conversation.response.event': 'ConversationResponseEvent',
  'conversation.response.ended': 'ConversationResponseEndedEvent',
  'conversation.deleted': 'ConversationDeletedEvent',
};

@InterfaceType('ConversationEvent', {
  description: 'Something that happened in a conversation.',
  resolveType: ({ type }: { type: string }) => NAMES[type],
})
export abstract class ConversationEventType {
  @Field(() => String, { description: 'What happened, such as `conversation.item.added`.' })
  type!: string;

  @Field(() => String, {
    description:
      'Where the conversation stands after this. Give it to `after` to go on from here. Its text means nothing else.',
  })
  cursor!: string;
}

@ObjectType('ConversationFollowedEvent', {
  implements: ConversationEventType,
  description:
    'Following begins here. The first event, unless `after` was given: read the conversation when it has come, and nothing is missed.',
})
class ConversationFollowedEventType extends ConversationEventType {}

@ObjectType('ConversationItemAddedEvent', {
  implements: ConversationEventType,
  description: 'The conversation has one item more, at its end.',
})
export class ConversationItemAddedEventType extends ConversationEventType {
  @Field(() => ItemType, { description: 'The item.' })
  item!: ItemType;

  @Field(() => ID, { nullable: true, description: 'Id of the response that has added it, as its input or output.' })
  addedBy!: string | null;
}

@ObjectType('ConversationItemDeletedEvent', {
  implements: ConversationEventType,
  description: 'An item was taken out of the conversation.',
})
class ConversationItemDeletedEventType extends ConversationEventType {
  @Field(() => ID, { description: 'Id of the item.' })
  itemId!: string;
}

@ObjectType('ConversationResponseStartedEvent', {
  implements: ConversationEventType,
  description: 'A response begins to run in the conversation. Its events follow.',
})
export class ConversationResponseStartedEventType extends ConversationEventType {
  @Field(() => ID, { description: 'Id of the response.' })
  responseId!: string;

  @Field(() => ResponseType, {
    nullable: true,
    description:
      'The response as it stands when this is read; `inputItems` is what was asked. Null once it is deleted.',
  })
  response!: ResponseType | null;
}

@ObjectType('ConversationResponseEvent', {
  implements: ConversationEventType,
  description: 'An event of the response that runs in the conversation.',
})
export class ConversationResponseEventType extends ConversationEventType {
  @Field(() => ID, { description: 'Id of the response.' })
  responseId!: string;

  @Field(() => ResponseEventType, { description: 'The event, as `responseEvents` tells it.' })
  event!: ResponseEventType;
}

@ObjectType('ConversationResponseEndedEvent', {
  implements: ConversationEventType,
  description:
    'The response has ended: well, early, by a fault or cancelled. The items it adds to the conversation follow.',
})
export class ConversationResponseEndedEventType extends ConversationEventType {
  @Field(() => ID, { description: 'Id of the response.' })
  responseId!: string;

  @Field(() => ResponseType, { nullable: true, description: 'The response as it ended. Null once it is deleted.' })
  response!: ResponseType | null;
}

@ObjectType('ConversationDeletedEvent', {
  implements: ConversationEventType,
  description: 'The conversation was deleted. The last event.',
})
class ConversationDeletedEventType extends ConversationEventType {}

export const conversationEventTypes = [
  ConversationFollowedEventType,
  ConversationItemAddedEventType,
  ConversationItemDeletedEventType,
  ConversationResponseStartedEventType,
  ConversationResponseEventType,
  ConversationResponseEndedEventType,
  ConversationDeletedEventType,
];
