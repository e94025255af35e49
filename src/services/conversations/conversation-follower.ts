import { type ConversationEvent, parsePlace } from '../../domain/conversation-event.js';
import { errors } from '../../domain/errors.js';
import { parsePublicId } from '../../domain/ids.js';
import type { Principal } from '../../domain/principal.js';
import type { Signal } from '../../domain/signal.js';
import type { Turn } from '../../domain/turn.js';
import type { AdmissionGate } from '../admission/gate.js';
import { placed } from '../limits/placed.js';
import type { RateLimiter } from '../limits/rate-limiter.js';
import { ConversationReader, type ReaderParts } from './conversation-reader.js';

export type ConversationFollower = ReturnType<typeof createConversationFollower>;

export interface ConversationFollowerOptions extends ReaderParts {
  rates: RateLimiter;
  gate: AdmissionGate;
}

/** Tells whoever follows a conversation what happens in it. */
export function createConversationFollower({ rates, gate, ...parts }: ConversationFollowerOptions) {
  return {
    /**
     * Everything that happens in the conversation after `after`, a cursor of an earlier event; without one, from now on, a run
     * that is under way from its beginning. Ends when the conversation is deleted or `signal` aborts. Runs are told of to
     * whoever may read responses. `turn` is taken before anything is read. Safe to abandon at any await once `signal` has aborted.
     *
     * @throws 404, 400 for what is no cursor of this conversation, 429 `rate_limit_exceeded` when too much is read at once,
     *   503 when the server is overloaded
     */
    async follow(
      principal: Principal,
      id: string,
      after: string | null,
      signal: Signal,
      turn?: Turn,
    ): Promise<AsyncGenerator<readonly ConversationEvent[]>> {
      gate.check();
      const conversationId = parsePublicId('conversation', id);
      const now = conversationId === null ? null : await parts.changes.findPlace(principal, conversationId);
      if (conversationId === null || now === null) throw errors.notFound(id);
      const place = after === null ? now : parsePlace(after);
      if (place === null || place.sequence > now.sequence)
        throw errors.invalidValue('after', `Invalid 'after': not a cursor of this conversation.`);
      const seat = rates.limits(principal) ? await rates.enterStream(principal, null) : null;
      const events = new ConversationReader(parts, {
        principal,
        conversationId,
        place,
        announces: after === null,
        signal,
        turn,
      });
      return seat === null ? events : placed(events, seat);
    },
  };
}
