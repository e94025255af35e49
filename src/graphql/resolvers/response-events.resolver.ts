import { Arg, Ctx, ID, Int, Resolver, Root, Subscription } from 'type-graphql';
import { errors } from '../../domain/errors.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import type { Context } from '../context.js';
import type { ReadEvent } from '../events/event-reader.js';
import { followEvents } from '../events/follow-events.js';
import { ResponseEventType } from '../types/event.types.js';

interface FollowArgs {
  id: string;
  after?: number | null;
}

/** The number before the first event's. */
const FROM_THE_START = -1;

async function follow(args: FollowArgs, context: Context): Promise<AsyncIterable<ResponseEvent>> {
  const after = args.after ?? FROM_THE_START;
  if (after < FROM_THE_START)
    throw errors.invalidParameter('integer_below_min_value', 'after', `Invalid 'after': the least allowed is -1.`);
  const { services, principal, client, turn } = context;
  return followEvents(context, () => services.responses.follow(principal, args.id, { after, signal: client, turn }));
}

@Resolver()
export class ResponseEventsResolver {
  @Subscription(() => ResponseEventType, {
    description:
      'Every event of a response, in order and without gaps; completes after the last. Following starts nothing: a client ' +
      'that lost its connection follows again with the last `sequenceNumber` it saw.',
    subscribe: ({ args, context }) => follow(args as FollowArgs, context as Context) as never,
  })
  responseEvents(
    @Root() event: ResponseEvent,
    @Arg('id', () => ID, { description: 'Id of the response, `resp_…`.' }) _id: string,
    @Arg('after', () => Int, { nullable: true, description: 'Only events with a higher number. Default: all.' })
    _after: number | null | undefined,
    @Ctx() ctx: Context,
  ): ReadEvent {
    return ctx.events.read(event);
  }
}
