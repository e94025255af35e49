import { Arg, Ctx, FieldResolver, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { ConversationEvent } from '../../domain/conversation-event.js';
import { toPublicId } from '../../domain/ids.js';
import type { ResponseRecord } from '../../domain/response.js';
import type { Context } from '../context.js';
import type { ReadEvent } from '../events/event-reader.js';
import { followEvents } from '../events/follow-events.js';
import {
  ConversationEventType,
  ConversationItemAddedEventType,
  ConversationResponseEndedEventType,
  ConversationResponseEventType,
  ConversationResponseStartedEventType,
} from '../types/conversation-event.types.js';

interface FollowArgs {
  id: string;
  after?: string | null;
}

type RunEvent = Extract<ConversationEvent, { responseId: string }>;

async function follow({ id, after }: FollowArgs, context: Context): Promise<AsyncIterable<ConversationEvent>> {
  const { services, principal, client, turn } = context;
  return followEvents(context, () => services.conversationFollower.follow(principal, id, after ?? null, client, turn));
}

@Resolver()
export class ConversationEventsResolver {
  @Subscription(() => ConversationEventType, {
    description:
      'Everything that happens in a conversation: items that come and go, responses that begin, their events, their ends. Goes on ' +
      'until the conversation is deleted. Whoever lost the connection follows again with the last `cursor`, and misses nothing. ' +
      'Responses are told of to keys that may read them.',
    subscribe: ({ args, context }) => follow(args as FollowArgs, context as Context) as never,
  })
  conversationEvents(
    @Root() event: ConversationEvent,
    @Arg('id', () => ID, { description: 'Id of the conversation, `conv_…`.' }) _id: string,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Only what happened after the event with this `cursor`; `"0"` is the conversation’s beginning. Default: from now on, and ' +
        'a response that is running from its first event.',
    })
    _after: string | null | undefined,
  ): ConversationEvent {
    return event;
  }
}

const publicId = ({ responseId }: RunEvent): string => toPublicId('response', responseId);
const responseOf = ({ responseId }: RunEvent, ctx: Context): Promise<ResponseRecord | null> =>
  ctx.loaders.responses.load(responseId);

@Resolver(() => ConversationItemAddedEventType)
export class ConversationItemAddedEventResolver {
  @FieldResolver()
  addedBy(@Root() { addedBy }: Extract<ConversationEvent, { type: 'conversation.item.added' }>): string | null {
    return addedBy === null ? null : toPublicId('response', addedBy);
  }
}

@Resolver(() => ConversationResponseStartedEventType)
export class ConversationResponseStartedEventResolver {
  @FieldResolver()
  responseId(@Root() event: RunEvent): string {
    return publicId(event);
  }

  @FieldResolver()
  response(@Root() event: RunEvent, @Ctx() ctx: Context): Promise<ResponseRecord | null> {
    return responseOf(event, ctx);
  }
}

@Resolver(() => ConversationResponseEventType)
export class ConversationResponseEventResolver {
  @FieldResolver()
  responseId(@Root() event: RunEvent): string {
    return publicId(event);
  }

  @FieldResolver()
  event(
    @Root() { event }: Extract<ConversationEvent, { type: 'conversation.response.event' }>,
    @Ctx() ctx: Context,
  ): ReadEvent {
    return ctx.events.read(event);
  }
}

@Resolver(() => ConversationResponseEndedEventType)
export class ConversationResponseEndedEventResolver {
  @FieldResolver()
  responseId(@Root() event: RunEvent): string {
    return publicId(event);
  }

  @FieldResolver()
  response(@Root() event: RunEvent, @Ctx() ctx: Context): Promise<ResponseRecord | null> {
    return responseOf(event, ctx);
  }
}
