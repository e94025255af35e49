import { type ConversationEvent, type ConversationPlace, printPlace } from '../../domain/conversation-event.js';
import type { Principal } from '../../domain/principal.js';
import { isAllowed } from '../../domain/scope.js';
import type { Turn } from '../../domain/turn.js';
import type {
  ConversationChange,
  ConversationChangesRepository,
} from '../../persistence/repositories/conversation-changes.repository.js';
import type { Follower } from '../responses/follower.js';
import { CHANGES_PAGE, type ConversationFeed, type ConversationFeeds } from './conversation-feeds.js';
import { type FollowedRun, followRun } from './followed-run.js';

export interface ReaderParts {
  changes: ConversationChangesRepository;
  feeds: ConversationFeeds;
  follower: Follower;
}

export interface Reading {
  principal: Principal;
  conversationId: string;
  place: ConversationPlace;
  /** Say first where following begins. */
  announces: boolean;
  signal: AbortSignal;
  turn: Turn | undefined;
}

/**
 * What one reader of a conversation is told: changes from the conversation's feed, and between them the events of the run that
 * is under way. What a run has added comes after its end, and so does the next run; everything else as it happens.
 */
export async function* readConversation(
  { changes, feeds, follower }: ReaderParts,
  { principal, conversationId, place: start, announces, signal, turn }: Reading,
): AsyncGenerator<readonly ConversationEvent[]> {
  const { wake, sleep } = createWaker();
  const showsRuns = isAllowed(principal, 'responses:read');
  let place = start;
  let run: FollowedRun | null = null;
  /** Leaves the run whose end is waited for, because its events are told all at once. */
  let unfollow: (() => void) | null = null;
  const feed = feeds.join(principal.projectId, conversationId, place, wake);
  const source = createSource(changes, feed, turn);
  signal.addEventListener('abort', wake, { once: true });

  /** The cursor of the place that is reached with this step. */
  const step = (change: Partial<ConversationPlace>): string => {
    place = { ...place, ...change };
    return printPlace(place);
  };
  const open = async (responseId: string, after: number): Promise<FollowedRun | null> =>
    showsRuns ? followRun(follower, principal, { responseId, after, turn }, wake) : null;
  const waitsForRun = (change: ConversationChange): boolean =>
    place.within !== null &&
    (change.kind === 'response' || (change.kind === 'added' && change.responseId === place.responseId));

  try {
    if (announces) yield [{ type: 'conversation.followed', cursor: step({}) }];
    if (place.within !== null) run = await open(place.responseId, place.within);
    if (run === null) step({ within: null });

    while (!signal.aborted) {
      if (feed.isGone) {
        yield [{ type: 'conversation.deleted', cursor: step({}) }];
        return;
      }
      const { responseId } = place;
      if (unfollow !== null && feed.running !== responseId) {
        unfollow();
        unfollow = null;
        run = await open(responseId, -1);
        if (run === null) step({ within: null });
      }
      const events = run?.take() ?? null;
      if (events === 'ended') {
        run = null;
        yield [{ type: 'conversation.response.ended', responseId, cursor: step({ within: null }) }];
        continue;
      }
      if (events !== null) {
        yield events.map((event) => ({
          type: 'conversation.response.event',
          responseId,
          event,
          cursor: step({ within: event.sequenceNumber }),
        }));
        continue;
      }
      const change = await source.peek(place);
      if (change === null || waitsForRun(change)) {
        source.rest();
        await sleep();
        continue;
      }
      source.take();
      if (change.kind !== 'response') {
        yield [tellOf(change, step({ sequence: change.sequence }))];
      } else {
        const begun = change.responseId;
        const isWaiting = showsRuns && !change.isLogged && feed.running === begun;
        run = isWaiting ? null : await open(begun, -1);
        if (isWaiting) unfollow = follower.attend(begun);
        // Deleted meanwhile, or not this caller's to see.
        const isHidden = run === null && !isWaiting;
        const cursor = step({ responseId: begun, within: isHidden ? null : -1 });
        if (!isHidden) yield [{ type: 'conversation.response.started', responseId: begun, cursor }];
      }
    }
  } finally {
    signal.removeEventListener('abort', wake);
    run?.close();
    unfollow?.();
    source.rest();
    feeds.leave(feed, wake);
  }
}

const tellOf = (change: Exclude<ConversationChange, { kind: 'response' }>, cursor: string): ConversationEvent =>
  change.kind === 'added'
    ? { type: 'conversation.item.added', item: change.item, addedBy: change.responseId, cursor }
    : { type: 'conversation.item.deleted', itemId: change.itemId, cursor };

/** The changes after a reader's place: from the feed, and from the database as long as the feed does not reach back so far. */
function createSource(repository: ConversationChangesRepository, feed: ConversationFeed, turn: Turn | undefined) {
  let own: readonly ConversationChange[] = [];
  let isBehind = true;
  let hasTurn = false;
  /** The feed's next change for this reader. */
  let next = 0;
  const isSeen = (change: ConversationChange, place: ConversationPlace): boolean =>
    change.kind === 'response' ? change.responseId <= place.responseId : change.sequence <= place.sequence;

  const giveTurn = (): void => {
    if (hasTurn) turn?.give();
    hasTurn = false;
  };

  const source = {
    /** The next change, or null if there is none yet. */
    async peek(place: ConversationPlace): Promise<ConversationChange | null> {
      for (;;) {
        if (own.length === 0) giveTurn();
        if (own.length === 0 && (isBehind || next < feed.first)) {
          const wait = turn?.take() ?? null;
          hasTurn = true;
          if (wait !== null) await wait;
          // First where the feed ends, then what the database has: in between there is no gap.
          next = feed.first + feed.changes.length;
          const { projectId, id } = feed;
          const [page] = await repository.read([{ projectId, id, ...place }], CHANGES_PAGE);
          own = page?.changes ?? [];
          isBehind = own.length > 0;
        }
        const change = own[0] ?? feed.changes[next - feed.first];
        if (change === undefined && !isBehind) return null;
        if (change !== undefined && !isSeen(change, place)) return change;
        if (change !== undefined) source.take();
      }
    },
    take(): void {
      if (own.length > 0) own = own.slice(1);
      else next += 1;
    },
    /** Nothing more is read for now. */
    rest: giveTurn,
  };
  return source;
}

/** Lets one sleeper be woken from anywhere. Who is woken while awake does not fall asleep the next time. */
function createWaker() {
  let rise: (() => void) | null = null;
  let isWoken = false;
  return {
    wake(): void {
      isWoken = true;
      rise?.();
    },
    async sleep(): Promise<void> {
      if (!isWoken)
        await new Promise<void>((resolve) => {
          rise = resolve;
        });
      rise = null;
      isWoken = false;
    },
  };
}
