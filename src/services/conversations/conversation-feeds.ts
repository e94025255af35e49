import type { Notifier } from '../../persistence/notifier.js';
import type {
  ChangesPageSize,
  ConversationChange,
  ConversationChangesRepository,
} from '../../persistence/repositories/conversation-changes.repository.js';
import { EVENTS_CHANNEL } from '../responses/event-log.js';

export interface ConversationFeedsOptions {
  changes: ConversationChangesRepository;
  notifier: Notifier;
  /** Id of this process: what it says itself it knows. */
  owner: string;
  onError(error: unknown): void;
}

/** What is followed of one conversation in this process: its newest changes, read once for all its readers. */
export interface ConversationFeed {
  readonly projectId: string;
  readonly id: string;
  /** The newest changes, oldest first; who needs older ones reads them from the database. */
  changes: ConversationChange[];
  /** Number of `changes[0]`, counted in this process from the feed's beginning. */
  first: number;
  /** The response that runs there, as far as this process has read. */
  running: string | null;
  isGone: boolean;
  /** Called after every change of the above. */
  readonly readers: Set<() => void>;
  bytes: number;
  sequence: number;
  responseId: string;
}

/** Bytes of recent changes kept per followed conversation. */
const KEPT_BYTES = 64 << 10;
/** What one statement reads of one conversation at most: the text of items, unless one alone is longer. */
export const CHANGES_PAGE: ChangesPageSize = { limit: 100, maxBytes: KEPT_BYTES };
/** Conversations that one statement reads. */
const FEEDS_PER_STATEMENT = 200;
const RETRY_MS = 1000;

export type ConversationFeeds = ReturnType<typeof createConversationFeeds>;

/**
 * Reads what changes in the conversations that are followed here: once per change and process, however many follow, and for
 * all conversations that changed meanwhile in one statement. Nothing is read unless something was announced.
 */
export function createConversationFeeds({ changes, notifier, owner, onError }: ConversationFeedsOptions) {
  const feeds = new Map<string, ConversationFeed>();
  const changed = new Set<ConversationFeed>();
  let isReading = false;

  const readAll = async (): Promise<void> => {
    while (changed.size > 0) {
      const some = [...changed].slice(0, FEEDS_PER_STATEMENT);
      for (const feed of some) changed.delete(feed);
      try {
        const pages = await changes.read(some, CHANGES_PAGE);
        for (const [index, feed] of some.entries()) {
          const page = pages[index];
          if (page === undefined) continue;
          extend(feed, page.changes);
          feed.running = page.running;
          feed.isGone = !page.isThere;
          if (page.hasMore) changed.add(feed);
          for (const wake of feed.readers) wake();
        }
      } catch (error) {
        onError(error);
        for (const feed of some) changed.add(feed);
        await new Promise((resolve) => {
          setTimeout(resolve, RETRY_MS).unref();
        });
      }
    }
  };

  const read = (feed: ConversationFeed): void => {
    if (feeds.get(feed.id) !== feed) return;
    changed.add(feed);
    if (isReading) return;
    isReading = true;
    void readAll().finally(() => {
      isReading = false;
    });
  };

  const notice = (ids: readonly string[]): void => {
    if (feeds.size === 0) return;
    for (const id of ids) {
      const feed = feeds.get(id);
      if (feed !== undefined) read(feed);
    }
  };
  const noticeAll = (): void => {
    for (const feed of feeds.values()) read(feed);
  };
  notifier.on(EVENTS_CHANNEL, (payload) => {
    if (feeds.size === 0) return;
    const [sender, ...ids] = payload.split(',');
    if (sender === owner) return;
    if (ids[0] === '*') noticeAll();
    else notice(ids);
  });
  notifier.onGap(noticeAll);

  return {
    /**
     * Joins the feed of a conversation; `wake` is called whenever it has changed, until the feed is left. Somebody's first feed
     * begins at the place given.
     */
    join(
      projectId: string,
      id: string,
      from: { sequence: number; responseId: string },
      wake: () => void,
    ): ConversationFeed {
      const known = feeds.get(id);
      if (known !== undefined) {
        known.readers.add(wake);
        return known;
      }
      const { sequence, responseId } = from;
      const feed: ConversationFeed = {
        projectId,
        id,
        changes: [],
        first: 0,
        running: null,
        isGone: false,
        readers: new Set([wake]),
        bytes: 0,
        sequence,
        responseId,
      };
      feeds.set(id, feed);
      read(feed);
      return feed;
    },

    leave(feed: ConversationFeed, wake: () => void): void {
      feed.readers.delete(wake);
      if (feed.readers.size === 0 && feeds.get(feed.id) === feed) feeds.delete(feed.id);
    },

    /** Something has happened in these conversations. */
    notice,

    /** Readers of all feeds, for tests and metrics. */
    get readers(): number {
      let count = 0;
      for (const feed of feeds.values()) count += feed.readers.size;
      return count;
    },
  };
}

function extend(feed: ConversationFeed, added: readonly ConversationChange[]): void {
  for (const change of added) {
    feed.changes.push(change);
    feed.bytes += change.bytes;
    if (change.kind === 'response') feed.responseId = change.responseId;
    else feed.sequence = change.sequence;
  }
  let drop = 0;
  while (feed.bytes > KEPT_BYTES && drop < feed.changes.length - 1) feed.bytes -= feed.changes[drop++]?.bytes ?? 0;
  if (drop === 0) return;
  feed.changes = feed.changes.slice(drop);
  feed.first += drop;
}
