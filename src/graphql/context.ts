import type { Principal } from '../domain/principal.js';
import type { Services } from '../services/index.js';
import type { EventReader } from './events/event-reader.js';
import { createLoaders, type Loaders } from './loaders/index.js';

/** What an operation runs with. */
export interface Context {
  readonly principal: Principal;
  readonly services: Services;
  readonly requestId: string;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
  readonly events: EventReader;
  readonly loaders: Loaders;
  /** Forgets what the loaders know: a subscription's next event must not see the state of the one before. */
  renewLoaders(): void;
}

export interface ContextParts {
  services: Services;
  events: EventReader;
}

/** The context of one operation. */
export function createContext(
  { services, events }: ContextParts,
  caller: { principal: Principal; requestId: string; signal: AbortSignal },
): Context {
  // Made when first asked for: most events of a stream look nothing up.
  let loaders: Loaders | null = null;
  return {
    ...caller,
    services,
    events,
    get loaders() {
      loaders ??= createLoaders(services, caller.principal);
      return loaders;
    },
    renewLoaders() {
      loaders = null;
    },
  };
}
