import type { LiveRuns } from './live-runs.js';

export interface PresenceOptions {
  live: LiveRuns;
  /** Id of this process, so that it ignores what it says itself. */
  owner: string;
  /** Sends a text to every process. */
  tell(text: string): Promise<void>;
  onError(error: unknown): void;
  /** How often a follower's presence is repeated. Default 5 s; half as long again without a word, and it counts as gone. */
  beatMs?: number;
}

/** Ids that one notification can carry with ease. */
const IDS_PER_TEXT = 150;

export type Presence = ReturnType<typeof createPresence>;

/**
 * Followers in other processes than the one that runs a response. A foreground run's grace counts from its last follower wherever
 * that is, so this process tells whom it follows elsewhere, and hears who follows what it runs.
 */
export function createPresence(options: PresenceOptions) {
  const { live, owner } = options;
  const beatMs = options.beatMs ?? 5000;
  /** Responses that are followed from here, with how many do. */
  const attended = new Map<string, number>();
  /** Who follows a run of ours from elsewhere: by process and response. */
  const guests = new Map<string, { leave(): void; timer: NodeJS.Timeout }>();
  let beat: NodeJS.Timeout | null = null;

  const tell = (what: 'here' | 'gone', ids: readonly string[]): void => {
    for (let at = 0; at < ids.length; at += IDS_PER_TEXT)
      options.tell([owner, what, ...ids.slice(at, at + IDS_PER_TEXT)].join(',')).catch(options.onError);
  };

  const leave = (responseId: string): void => {
    const rest = (attended.get(responseId) ?? 1) - 1;
    if (rest > 0) {
      attended.set(responseId, rest);
      return;
    }
    attended.delete(responseId);
    tell('gone', [responseId]);
    if (attended.size > 0 || beat === null) return;
    clearInterval(beat);
    beat = null;
  };

  const dismiss = (guest: string): void => {
    const known = guests.get(guest);
    if (known === undefined) return;
    guests.delete(guest);
    clearTimeout(known.timer);
    known.leave();
  };

  const welcome = (guest: string, responseId: string): void => {
    const known = guests.get(guest);
    if (known !== undefined) {
      known.timer.refresh();
      return;
    }
    const attached = live.attach(responseId);
    if (attached === null) return;
    const timer = setTimeout(() => dismiss(guest), beatMs * 2.5);
    timer.unref();
    guests.set(guest, { leave: attached, timer });
  };

  return {
    /** Counts as present at a run of another process until the returned function is called. */
    attend(responseId: string): () => void {
      const count = attended.get(responseId) ?? 0;
      attended.set(responseId, count + 1);
      if (count === 0) tell('here', [responseId]);
      if (beat === null) {
        beat = setInterval(() => tell('here', [...attended.keys()]), beatMs);
        beat.unref();
      }
      let isPresent = true;
      return () => {
        if (isPresent) leave(responseId);
        isPresent = false;
      };
    },

    /** What another process tells. */
    hear(text: string): void {
      const [sender, what, ...ids] = text.split(',');
      if (sender === undefined || sender === owner) return;
      for (const id of ids) {
        if (what === 'here') welcome(`${sender},${id}`, id);
        else dismiss(`${sender},${id}`);
      }
    },

    close(): void {
      if (beat !== null) clearInterval(beat);
      for (const { timer } of guests.values()) clearTimeout(timer);
    },
  };
}
