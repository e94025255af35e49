import type { ConversationPlace } from '../../domain/conversation-event.js';
import type { Turn } from '../../domain/turn.js';
import type {
  ConversationChange,
  ConversationChangesRepository,
} from '../../persistence/repositories/conversation-changes.repository.js';
import { CHANGES_PAGE, type ConversationFeed } from './conversation-feeds.js';

const NONE: readonly never[] = [];

/** The changes after a reader's place: from the feed, and from the database as long as the feed does not reach back so far. */
export class ChangeSource {
  readonly #repository: ConversationChangesRepository;
  readonly #feed: ConversationFeed;
  readonly #turn: Turn | undefined;
  #own: readonly ConversationChange[] = NONE;
  #isBehind = true;
  #hasTurn = false;
  /** The feed's next change for this reader. */
  #next = 0;

  /** @param turn waited for before changes are read from the database */
  constructor(repository: ConversationChangesRepository, feed: ConversationFeed, turn: Turn | undefined) {
    this.#repository = repository;
    this.#feed = feed;
    this.#turn = turn;
  }

  /** The next change, or null if there is none yet. */
  async peek(place: ConversationPlace): Promise<ConversationChange | null> {
    const feed = this.#feed;
    for (;;) {
      if (this.#own.length === 0) {
        this.rest();
        if (this.#isBehind || this.#next < feed.first) await this.#read(place);
      }
      const change = this.#own[0] ?? feed.changes[this.#next - feed.first];
      if (change === undefined && !this.#isBehind) return null;
      if (change !== undefined && !isSeen(change, place)) return change;
      if (change !== undefined) this.take();
    }
  }

  /** What `peek` has shown is being told. */
  take(): void {
    if (this.#own.length > 1) this.#own = this.#own.slice(1);
    else if (this.#own.length > 0) this.#own = NONE;
    else this.#next += 1;
  }

  /** Nothing more is read for now. */
  rest(): void {
    if (this.#hasTurn) this.#turn?.give();
    this.#hasTurn = false;
  }

  async #read(place: ConversationPlace): Promise<void> {
    const feed = this.#feed;
    const wait = this.#turn?.take() ?? null;
    this.#hasTurn = true;
    if (wait !== null) await wait;
    // First where the feed ends, then what the database has: in between there is no gap.
    this.#next = feed.first + feed.changes.length;
    const { projectId, id } = feed;
    const [page] = await this.#repository.read([{ projectId, id, ...place }], CHANGES_PAGE);
    this.#own = page?.changes ?? NONE;
    this.#isBehind = this.#own.length > 0;
  }
}

const isSeen = (change: ConversationChange, place: ConversationPlace): boolean =>
  change.kind === 'response' ? change.responseId <= place.responseId : change.sequence <= place.sequence;
