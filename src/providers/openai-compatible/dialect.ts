import type { GatewayError } from '../../domain/errors.js';
import type { ModelRequest, ModelStreamPart } from '../provider.js';
import type { UpstreamCall } from './errors.js';

/** One of the APIs an upstream may speak: how a model turn is asked for and how its answer is read. */
export interface Dialect {
  /** Where turns are posted, below the base URL. */
  readonly path: string;
  /** How the upstream's chat completions call the output limit. @default max_completion_tokens */
  readonly chatLimitField?: string;
  /** Custom tools go to the upstream as such. Otherwise they are functions with one text, which the provider unwraps. @default false */
  readonly hasCustomTools?: boolean;
  /** Whether tools of this type are the upstream's own affair. */
  hosts(toolType: string): boolean;
  /** The body. Throws `unsupported_value` for what the dialect cannot carry. */
  toRequest(call: UpstreamCall, request: ModelRequest): object;
  /** Whether a refused request is worth one more try, because the dialect has learned from the refusal what not to ask. */
  learns?(call: UpstreamCall, refusal: GatewayError): boolean;
  /** @param takenCallIds call ids of the context, which new calls must not repeat */
  createReader(call: UpstreamCall, takenCallIds: () => ReadonlySet<string>): TurnReader;
}

/** Turns an answer, streamed or whole, into stream parts. */
export interface TurnReader {
  /** A `finish` or `error` part went out; whatever follows is ignored. */
  readonly isEnded: boolean;
  /** The model's turn is complete; at most usage is still to come. */
  readonly isComplete: boolean;
  /** Takes one event of a stream and appends its parts to `out`. */
  event(data: string, name: string, out: ModelStreamPart[]): void;
  /** Takes an answer that came in one piece and ends the turn. */
  whole(text: string, out: ModelStreamPart[]): void;
  /** The stream is over, in order or by `fault`. An `error` part follows unless the turn is complete. */
  end(out: ModelStreamPart[], fault?: GatewayError): void;
}
