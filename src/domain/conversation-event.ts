import type { Item } from './item.js';
import type { ResponseEvent } from './response-event.js';

/**
 * Something that happened in a conversation. `cursor` is where the conversation stands after it: whoever follows again with it
 * misses nothing and gets nothing twice. Ids of responses are UUIDs.
 */
export type ConversationEvent = { readonly cursor: string } & (
  | { readonly type: 'conversation.followed' }
  | { readonly type: 'conversation.item.added'; readonly item: Item; readonly addedBy: string | null }
  | { readonly type: 'conversation.item.deleted'; readonly itemId: string }
  | { readonly type: 'conversation.response.started'; readonly responseId: string }
  | { readonly type: 'conversation.response.event'; readonly responseId: string; readonly event: ResponseEvent }
  | { readonly type: 'conversation.response.ended'; readonly responseId: string }
  | { readonly type: 'conversation.deleted' }
);

/** How far somebody has followed a conversation. */
export interface ConversationPlace {
  /** The conversation's own number of the last change to its items, 0 before the first. */
  sequence: number;
  /** The newest response that was followed; the nil UUID before the first. */
  responseId: string;
  /** Number of that response's last event seen, -1 before its first; null once it was followed to its end. */
  within: number | null;
}

export const NO_RESPONSE = '00000000-0000-0000-0000-000000000000';

/** The place as text that clients hand back: the sequence, then the response, then its event. */
export function printPlace({ sequence, responseId, within }: ConversationPlace): string {
  if (responseId === NO_RESPONSE) return String(sequence);
  const response = `${sequence}.${responseId.replaceAll('-', '')}`;
  return within === null ? response : `${response}.${within}`;
}

const PLACE =
  /^(\d{1,15})(?:\.([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})(?:\.(-1|\d{1,10}))?)?$/;

/** Null if the text is no place. */
export function parsePlace(text: string): ConversationPlace | null {
  const match = PLACE.exec(text);
  if (match === null) return null;
  const [, sequence, a, b, c, d, e, within] = match;
  return {
    sequence: Number(sequence),
    responseId: a === undefined ? NO_RESPONSE : `${a}-${b}-${c}-${d}-${e}`,
    within: within === undefined ? null : Number(within),
  };
}
