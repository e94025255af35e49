import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { errors, GatewayError } from '../domain/errors.js';
import type { Logger } from '../observability/logger.js';

export interface ErrorScope {
  requestId: string;
  logger: Logger;
  /** Whether faults of a document may name what the client could have meant. Default true. */
  suggestions?: boolean;
}

/** What the API leaves unnamed has a name here: a GraphQL client has no status to go by. */
export function codeOf(error: GatewayError): string {
  if (error.code !== null) return error.code;
  if (error.status === 401) return 'invalid_api_key';
  return error.status === 404 ? 'not_found' : error.type;
}

/**
 * Prints any error of an operation: `extensions { code requestId retryable status … }`. Faults of the document keep graphql's own
 * words and codes; what has no meaning for the caller becomes `internal_error`, and one log line with its stack.
 *
 * @param error as graphql reports it
 * @param code what the transport knows about a fault of the document
 */
export function printError(error: GraphQLError, scope: ErrorScope, code?: string): GraphQLFormattedError {
  const { locations, path } = error.toJSON();
  const place = { ...(locations === undefined ? {} : { locations }), ...(path === undefined ? {} : { path }) };
  const cause = rootCause(error);
  if (isFaultOfRequest(error, cause))
    return {
      message: scope.suggestions === false ? shorten(error.message).replace(SUGGESTION, '') : shorten(error.message),
      ...place,
      extensions: requestExtensions(error, scope, code),
    };
  const known = cause instanceof GatewayError ? cause : errors.internal(cause);
  if (known.status >= 500 && known.code === 'internal_error')
    scope.logger.error({ err: cause, requestId: scope.requestId, path }, 'a GraphQL field failed');
  return { message: shorten(known.message), ...place, extensions: extensionsOf(known, scope.requestId) };
}

/** The error of a request that never became an operation. */
export function printGatewayError(error: GatewayError, requestId: string): GraphQLFormattedError {
  return { message: error.message, extensions: extensionsOf(error, requestId) };
}

const extensionsOf = (error: GatewayError, requestId: string): Record<string, unknown> => ({
  code: codeOf(error),
  requestId,
  retryable: error.retryable,
  status: error.status,
  ...(error.param === null ? {} : { param: error.param }),
  ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
  ...error.details,
});

function requestExtensions(error: GraphQLError, { requestId }: ErrorScope, code?: string): Record<string, unknown> {
  const { limit, cost, code: own } = error.extensions;
  const named = typeof limit === 'string' ? limit : OWN_LIMITS.find(([words]) => words.test(error.message))?.[1];
  return {
    code: [code, own].find((given) => typeof given === 'string' && given !== UNKNOWN_TO_APOLLO) ?? 'BAD_USER_INPUT',
    requestId,
    retryable: false,
    ...(named === undefined ? {} : { limit: named }),
    ...(cost === undefined ? {} : { cost }),
  };
}

/** Characters of a message. Values that a fault is in are repeated, whatever their size. */
const MAX_MESSAGE = 1_000;

/** What is wrong is told at the end, and where at the beginning. */
const shorten = (message: string): string =>
  message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE / 2)} … ${message.slice(-MAX_MESSAGE / 2)}`;

/** graphql ends a message with names that are like the one it does not know. */
const SUGGESTION = / Did you mean .+\?$/s;

/** What Apollo calls faults of a request that it has no code for, such as too many faults of variables. */
const UNKNOWN_TO_APOLLO = 'INTERNAL_SERVER_ERROR';

/** Limits that graphql itself keeps, by its words: it has no other mark for them. */
const OWN_LIMITS: readonly (readonly [words: RegExp, limit: string])[] = [
  [/tokens\. Parsing aborted\.$/, 'tokens'],
  [/^Maximum introspection depth exceeded$/, 'depth'],
];

/** Syntax, validation and variables: noticed before anything ran, so there is no path, and graphql itself complains. */
function isFaultOfRequest(error: GraphQLError, cause: unknown): boolean {
  if (error.path !== undefined || cause instanceof GatewayError) return false;
  return cause instanceof GraphQLError || (error.nodes !== undefined && error.nodes.length > 0);
}

function rootCause(error: Error): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
}
