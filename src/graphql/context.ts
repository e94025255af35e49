import type { Principal } from '../domain/principal.js';
import type { Services } from '../services/index.js';
import type { EventReader } from './events/event-reader.js';
import { createLoaders, type Loaders } from './loaders/index.js';

/** What an operation runs with. */
export interface Context {
  readonly principal: Principal;
  readonly services: Services;
  readonly requestId: string;
  /** Aborts when the client has left, or the operation took too long. */
  readonly signal: AbortSignal;
  readonly events: EventReader;
  readonly loaders: Loaders;
  /** Forgets what the loaders know: a subscription's next event must not see the state of the one before. */
  renewLoaders(): void;
  /** Abandons the operation after this time, unless the limit is lifted before. */
  limitTime(ms: number, onLate: () => void): void;
  /** For what waits for a model: that takes as long as it takes. */
  liftTimeLimit(): void;
}

export interface ContextParts {
  services: Services;
  events: EventReader;
}

/** Who asks. `left` aborts when the client has left. */
export interface Caller {
  principal: Principal;
  requestId: string;
  left: AbortController;
}

/** The context of one operation. */
export function createContext({ services, events }: ContextParts, { principal, requestId, left }: Caller): Context {
  // Made when first asked for: most events of a stream look nothing up.
  let loaders: Loaders | null = null;
  let timer: NodeJS.Timeout | undefined;
  return {
    principal,
    requestId,
    signal: left.signal,
    services,
    events,
    get loaders() {
      loaders ??= createLoaders(services, principal);
      return loaders;
    },
    renewLoaders() {
      loaders = null;
    },
    limitTime(ms, onLate) {
      timer = setTimeout(() => {
        onLate();
        left.abort();
      }, ms);
    },
    liftTimeLimit: () => clearTimeout(timer),
  };
}
