import { type ConversationEvent, type ConversationPlace, printPlace } from '../../domain/conversation-event.js';
import type { Principal } from '../../domain/principal.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { isAllowed } from '../../domain/scope.js';
import type { Signal } from '../../domain/signal.js';
import type { Turn } from '../../domain/turn.js';
import type {
  ConversationChange,
  ConversationChangesRepository,
} from '../../persistence/repositories/conversation-changes.repository.js';
import type { Follower } from '../responses/follower.js';
import { ChangeSource } from './change-source.js';
import type { ConversationFeed, ConversationFeeds } from './conversation-feeds.js';
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
  signal: Signal;
  turn: Turn | undefined;
}

type Events = readonly ConversationEvent[];
type Result = IteratorResult<Events, undefined>;
const ended: Result = { done: true, value: undefined };

/**
 * What one reader of a conversation is told: changes from the conversation's feed, and between them the events of the run that
 * is under way. What a run has added comes after its end, and so does the next run; everything else as it happens.
 *
 * A class, because a generator that sleeps would keep the last item it told, and readers sleep for long.
 */
export class ConversationReader implements AsyncGenerator<Events, undefined> {
  readonly #parts: ReaderParts;
  readonly #reading: Reading;
  #place: ConversationPlace;
  #feed: ConversationFeed | null = null;
  #source: ChangeSource | null = null;
  #run: FollowedRun | null = null;
  /** Leaves the run whose end is waited for, because its events are told all at once. */
  #unfollow: (() => void) | null = null;
  #isOver = false;
  #rise: (() => void) | null = null;
  /** Who is woken while awake does not fall asleep the next time. */
  #isWoken = false;
  readonly #wake = (): void => {
    this.#isWoken = true;
    this.#rise?.();
  };

  constructor(parts: ReaderParts, reading: Reading) {
    this.#parts = parts;
    this.#reading = reading;
    this.#place = reading.place;
  }

  async next(): Promise<Result> {
    try {
      if (this.#feed === null && !this.#isOver) {
        await this.#begin();
        if (this.#reading.announces) return told({ type: 'conversation.followed', cursor: this.#step({}) });
      }
      while (!this.#reading.signal.aborted && !this.#isOver) {
        const result = await this.#look();
        if (result !== null) return result;
      }
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
    return ended;
  }

  async return(): Promise<Result> {
    this.#end();
    return ended;
  }

  async throw(error: unknown): Promise<Result> {
    this.#end();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #begin(): Promise<void> {
    const { changes, feeds } = this.#parts;
    const { principal, conversationId, signal, turn } = this.#reading;
    this.#feed = feeds.join(principal.projectId, conversationId, this.#place, this.#wake);
    this.#source = new ChangeSource(changes, this.#feed, turn);
    signal.addEventListener('abort', this.#wake, { once: true });
    const { responseId, within } = this.#place;
    if (within !== null) await this.#follow(responseId, within);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reading.signal.removeEventListener('abort', this.#wake);
    this.#run?.close();
    this.#unfollow?.();
    this.#source?.rest();
    if (this.#feed !== null) this.#parts.feeds.leave(this.#feed, this.#wake);
    this.#wake();
  }

  /** What is to be told next; null after a wait, if nothing was. */
  async #look(): Promise<Result | null> {
    const feed = this.#feed as ConversationFeed;
    if (feed.isGone) {
      const gone = told({ type: 'conversation.deleted', cursor: this.#step({}) });
      this.#end();
      return gone;
    }
    const { responseId } = this.#place;
    if (this.#unfollow !== null && feed.running !== responseId) {
      this.#unfollow();
      this.#unfollow = null;
      await this.#follow(responseId, -1);
    }
    const events = this.#run?.take() ?? null;
    if (events === 'ended') {
      this.#run = null;
      return told({ type: 'conversation.response.ended', responseId, cursor: this.#step({ within: null }) });
    }
    if (events !== null) return { done: false, value: events.map((event) => this.#tellEvent(responseId, event)) };
    const source = this.#source as ChangeSource;
    const change = await source.peek(this.#place);
    if (this.#isOver) return ended;
    if (change === null || this.#waitsForRun(change)) {
      source.rest();
      await this.#sleep();
      return null;
    }
    source.take();
    if (change.kind === 'response') return this.#tellStart(change);
    return told(tellOf(change, this.#step({ sequence: change.sequence })));
  }

  /** The cursor of the place that is reached with this step. */
  #step(change: Partial<ConversationPlace>): string {
    this.#place = { ...this.#place, ...change };
    return printPlace(this.#place);
  }

  /** Follows a run; it counts as followed to its end if it was deleted meanwhile, or is not this caller's to see. */
  async #follow(responseId: string, after: number): Promise<void> {
    const { principal, turn } = this.#reading;
    this.#run = this.#showsRuns
      ? await followRun(this.#parts.follower, principal, { responseId, after, turn }, this.#wake)
      : null;
    if (this.#isOver) this.#run?.close();
    if (this.#run === null) this.#step({ within: null });
  }

  async #tellStart({
    responseId,
    isLogged,
  }: Extract<ConversationChange, { kind: 'response' }>): Promise<Result | null> {
    this.#step({ responseId, within: -1 });
    if (this.#showsRuns && !isLogged && this.#feed?.running === responseId) {
      this.#run = null;
      this.#unfollow = this.#parts.follower.attend(responseId);
    } else {
      await this.#follow(responseId, -1);
      if (this.#run === null) return null;
    }
    return told({ type: 'conversation.response.started', responseId, cursor: printPlace(this.#place) });
  }

  #tellEvent(responseId: string, event: ResponseEvent): ConversationEvent {
    const cursor = this.#step({ within: event.sequenceNumber });
    return { type: 'conversation.response.event', responseId, event, cursor };
  }

  #waitsForRun(change: ConversationChange): boolean {
    const { within, responseId } = this.#place;
    if (within === null) return false;
    return change.kind === 'response' || (change.kind === 'added' && change.responseId === responseId);
  }

  async #sleep(): Promise<void> {
    if (!this.#isWoken)
      await new Promise<void>((resolve) => {
        this.#rise = resolve;
      });
    this.#rise = null;
    this.#isWoken = false;
  }

  get #showsRuns(): boolean {
    return isAllowed(this.#reading.principal, 'responses:read');
  }
}

const told = (event: ConversationEvent): Result => ({ done: false, value: [event] });

const tellOf = (change: Exclude<ConversationChange, { kind: 'response' }>, cursor: string): ConversationEvent =>
  change.kind === 'added'
    ? { type: 'conversation.item.added', item: change.item, addedBy: change.responseId, cursor }
    : { type: 'conversation.item.deleted', itemId: change.itemId, cursor };
