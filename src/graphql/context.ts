import type { Literals } from '../domain/json-literals.js';
import type { Principal } from '../domain/principal.js';
import type { LightSignal, Signal } from '../domain/signal.js';
import type { SocketTurn } from '../http/socket-gate.js';
import type { Services } from '../services/index.js';
import type { EventReader } from './events/event-reader.js';
import { createLoaders, type Loaders } from './loaders/index.js';

/** What an operation runs with. */
export interface Context {
  readonly principal: Principal;
  readonly services: Services;
  readonly requestId: string;
  /** Long texts of the request as they were written. */
  readonly literals: Literals | null;
  /** Aborts when the client has left, or the operation took too long. */
  readonly client: Signal;
  /** The same, for what needs one of the platform's. */
  readonly signal: AbortSignal;
  readonly events: EventReader;
  readonly loaders: Loaders;
  /** Of an operation that shares its socket with others. */
  readonly turn: SocketTurn | undefined;
  /** Forgets what the loaders know: a subscription's next event must not see the state of the one before. */
  renewLoaders(): void;
  /** Aborts both: nobody waits for the operation any more. */
  abandon(): void;
  /** Abandons the operation after this time, unless the limit is lifted before. */
  limitTime(ms: number, onLate: () => void): void;
  /** For what waits for a model: that takes as long as it takes. */
  liftTimeLimit(): void;
}

export interface ContextParts {
  services: Services;
  events: EventReader;
}

/** Who asks, and on what. `left` aborts when the client has left. */
export interface Caller {
  principal: Principal;
  requestId: string;
  literals?: Literals | null;
  left: LightSignal;
  turn?: SocketTurn | undefined;
}

/** The context of one operation. */
export const createContext = (parts: ContextParts, caller: Caller): Context => new OperationContext(parts, caller);

/** A class, and nothing hidden in it: Apollo copies contexts, and a copy of an object's getters would make every loader. */
class OperationContext implements Context {
  readonly principal: Principal;
  readonly services: Services;
  readonly requestId: string;
  readonly literals: Literals | null;
  readonly events: EventReader;
  readonly turn: SocketTurn | undefined;
  private readonly left: LightSignal;
  private timer: NodeJS.Timeout | undefined;
  /** Made when first asked for: many operations, and most events of a stream, look nothing up. */
  private made: Loaders | null = null;

  constructor({ services, events }: ContextParts, { principal, requestId, literals = null, left, turn }: Caller) {
    this.principal = principal;
    this.services = services;
    this.requestId = requestId;
    this.literals = literals;
    this.events = events;
    this.left = left;
    this.turn = turn;
  }

  get signal(): AbortSignal {
    return this.left.signal;
  }

  get client(): Signal {
    return this.left;
  }

  get loaders(): Loaders {
    this.made ??= createLoaders(this.services, this.principal);
    return this.made;
  }

  renewLoaders(): void {
    this.made = null;
  }

  abandon(): void {
    this.left.abort();
    this.turn?.leave();
  }

  limitTime(ms: number, onLate: () => void): void {
    this.timer = setTimeout(() => {
      onLate();
      this.abandon();
    }, ms);
  }

  liftTimeLimit(): void {
    clearTimeout(this.timer);
  }
}
