/**
 * Every error the gateway shows, on every door: one class, one table, two printers (`rest/errors.ts`, `graphql/errors.ts`).
 * Codes, families and statuses are those of the Responses API (errors section).
 */

export type ErrorType = 'invalid_request_error' | 'insufficient_quota' | 'requests' | 'tokens' | 'server_error';

export interface GatewayErrorInit {
  status: number;
  type: ErrorType;
  code: string | null;
  message: string;
  param?: string | null;
  /** Whether the same request may succeed later. Printed as `retryable` in GraphQL. */
  retryable?: boolean;
  /** Extra HTTP headers, e.g. `x-should-retry`. */
  headers?: Record<string, string>;
  /** Extra members of the error object (remaining money, reset time). */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** What is known about a caller that asks too much. */
interface TooFast {
  /** Of what it was too much. Default requests. */
  type?: 'requests' | 'tokens';
  /** When to ask again. */
  retryAfterMs?: number | undefined;
  headers?: Record<string, string>;
  details?: Record<string, unknown>;
}

/** An error with a meaning for the caller. Anything else that is thrown becomes `internal_error` outside. */
export class GatewayError extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string | null;
  readonly param: string | null;
  readonly retryable: boolean;
  readonly headers: Record<string, string>;
  readonly details: Record<string, unknown>;

  constructor(init: GatewayErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'GatewayError';
    this.status = init.status;
    this.type = init.type;
    this.code = init.code;
    this.param = init.param ?? null;
    this.retryable = init.retryable ?? false;
    this.headers = init.headers ?? {};
    this.details = init.details ?? {};
  }

  /** When to ask again, for doors without headers; null if nothing is known. */
  get retryAfterMs(): number | null {
    const { 'retry-after-ms': ms } = this.headers;
    return ms === undefined ? null : Number(ms);
  }
}

const invalid = (code: string | null, message: string, param: string | null = null, status = 400): GatewayError =>
  new GatewayError({ status, type: 'invalid_request_error', code, message, param });

const serverFault = (status: number, code: string, message: string, cause?: unknown): GatewayError =>
  new GatewayError({ status, type: 'server_error', code, message, retryable: true, cause });

/** When to ask again, in both of the ways that clients read. */
const retryHeaders = (ms: number): Record<string, string> => ({
  'retry-after-ms': String(ms),
  'retry-after': String(Math.ceil(ms / 1000)),
});

/** For errors of which there may be thousands a second: to note where each was made takes longer than to refuse what it is for. */
function withoutStack(init: GatewayErrorInit): GatewayError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new GatewayError(init);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

/** The table. Each entry makes an error; throw it where the fault is noticed. */
export const errors = {
  missingKey: () => invalid(null, 'No API key was sent. Send it as "Authorization: Bearer <key>".', null, 401),
  invalidKey: () => invalid('invalid_api_key', 'The API key is unknown, expired or revoked.', null, 401),
  permissionDenied: (message: string) => invalid('permission_denied', message, null, 403),
  modelNotAllowed: (model: string) =>
    invalid('permission_denied', `This key may not use the model '${model}'.`, 'model', 403),

  notFound: (id: string) => invalid(null, `'${id}' was not found.`, null, 404),
  unknownRoute: (method: string, path: string) => invalid(null, `Unknown request URL: ${method} ${path}.`, null, 404),
  methodNotAllowed: (method: string, path: string) => invalid(null, `${method} is not allowed on ${path}.`, null, 405),
  malformedUrl: () => invalid('invalid_url', 'The request URL cannot be decoded.'),
  /** 404 where the model is addressed by itself or over chat completions. */
  modelNotFound: (model: string, status: 400 | 404 = 400) =>
    invalid('model_not_found', `The model '${model}' does not exist.`, 'model', status),
  previousResponseNotFound: (id: string) =>
    invalid('previous_response_not_found', `Previous response with id '${id}' not found.`, 'previous_response_id'),
  previousResponseUnfinished: (id: string) =>
    invalid('unsupported_value', `Previous response '${id}' has not ended yet.`, 'previous_response_id'),
  conversationNotFound: (id: string) => invalid(null, `Conversation with id '${id}' not found.`, 'conversation', 404),
  conversationLocked: (id: string) =>
    invalid('conversation_locked', `Another response is still writing to conversation '${id}'.`, 'conversation'),
  promptNotFound: (id: string) => invalid(null, `Prompt '${id}' not found.`, 'prompt.id', 404),
  promptVersionNotFound: (id: string, version: string) =>
    invalid(null, `Prompt '${id}' has no version '${version}'.`, 'prompt.version', 404),
  promptNameTaken: (name: string) => invalid('name_taken', `A prompt named '${name}' already exists.`, 'name', 409),
  keyNotFound: (id: string) => invalid(null, `Key '${id}' was not found.`, 'key_id', 404),
  priceTaken: (model: string) =>
    invalid('price_taken', `The model '${model}' has a price from that very moment already.`, 'effective_at', 409),
  storagePriceTaken: () =>
    invalid('price_taken', 'Storage has a price from that very moment already.', 'effective_at', 409),
  priceHolds: (id: string) =>
    invalid('price_holds', `The price '${id}' holds already. Set a new one instead.`, 'id', 409),
  modelNotPriced: (model: string) =>
    invalid('model_not_priced', `The model '${model}' has no price, and this server refuses such models.`, 'model'),

  idempotencyKeyReused: () =>
    new GatewayError({
      status: 409,
      type: 'invalid_request_error',
      code: 'idempotency_key_reused',
      message: 'This Idempotency-Key was used for another request. Send a new key with a new request.',
      headers: { 'x-should-retry': 'false' },
    }),
  idempotentResponseGone: () =>
    new GatewayError({
      status: 409,
      type: 'invalid_request_error',
      code: 'idempotent_response_gone',
      message: 'The response of this Idempotency-Key was not stored, or has been deleted, and cannot be sent again.',
      headers: { 'x-should-retry': 'false' },
    }),

  idempotentRunFailed: () =>
    new GatewayError({
      status: 409,
      type: 'invalid_request_error',
      code: 'idempotent_run_failed',
      message: 'An earlier request with this Idempotency-Key has failed this moment. Send it again.',
      retryable: true,
    }),

  missingParameter: (param: string) =>
    invalid('missing_required_parameter', `Missing required parameter: '${param}'.`, param),
  unknownParameter: (param: string) => invalid('unknown_parameter', `Unknown parameter: '${param}'.`, param),
  mutuallyExclusive: (a: string, b: string) =>
    invalid('mutually_exclusive_parameters', `'${a}' and '${b}' cannot be sent together.`, a),
  invalidValue: (param: string, message: string) => invalid('invalid_value', message, param),
  unsupportedValue: (param: string, message: string) => invalid('unsupported_value', message, param),
  unsupportedParameter: (param: string, message: string) => invalid('unsupported_parameter', message, param),
  invalidEncryptedContent: (param = 'input') =>
    invalid(
      'invalid_encrypted_content',
      'An encrypted_content could not be opened: it was changed, or it was not made here.',
      param,
    ),
  invalidJsonSchema: (name: string, fault: string) =>
    invalid('invalid_json_schema', `Invalid schema for text format '${name}': ${fault}`, 'text.format.schema'),
  invalidInput: (message: string) => invalid(null, message, 'input'),
  /** A parameter whose exact code is already known, as the validator reports them. An empty path is the body itself. */
  invalidParameter: (code: string, param: string, message: string) => invalid(code, message, param || null),

  malformedRequest: () => invalid('bad_request', 'This is not a valid HTTP request.'),
  requestTimeout: () => invalid('request_timeout', 'The request took too long to arrive.', null, 408),
  headTooLarge: (limitBytes: number) =>
    invalid('request_too_large', `The URL and the headers are larger than ${limitBytes} bytes together.`, null, 431),
  malformedJson: () => invalid('invalid_json', 'Invalid JSON in the request body.'),
  nestedTooDeeply: (limit: number) =>
    invalid('invalid_json', `The request body is nested more than ${limit} levels deep.`),
  unsupportedMediaType: (expected = 'application/json in UTF-8') =>
    invalid('unsupported_media_type', `Send the body as ${expected}.`, null, 415),
  bodyTooLarge: (limitBytes: number) =>
    new GatewayError({
      status: 413,
      type: 'invalid_request_error',
      code: 'request_too_large',
      message: `The request body is larger than ${limitBytes} bytes.`,
      details: { limit: 'bytes' },
    }),
  fileNotFound: (id: string, param: string) => invalid(null, `File '${id}' was not found.`, param, 404),
  vectorStoreNotFound: (id: string, param: string) => invalid(null, `Vector store '${id}' was not found.`, param, 404),
  vectorStoreExpired: (id: string) => invalid('invalid_value', `Vector store '${id}' has expired.`, 'vector_store_id'),
  fileTooLarge: (limitBytes: number) =>
    invalid('file_too_large', `The file is larger than ${limitBytes} bytes.`, 'file', 413),
  malformedUpload: (message: string) => invalid('invalid_multipart', message),
  contextLengthExceeded: (message: string, param: string | null = 'input') =>
    invalid('context_length_exceeded', message, param),

  insufficientQuota: (message: string, details: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
    new GatewayError({
      status: 429,
      type: 'insufficient_quota',
      code: 'insufficient_quota',
      message,
      headers: { ...headers, 'x-should-retry': 'false' },
      details,
    }),
  rateLimited: (message: string, { type = 'requests', retryAfterMs, headers, details = {} }: TooFast = {}) =>
    new GatewayError({
      status: 429,
      type,
      code: 'rate_limit_exceeded',
      message,
      retryable: headers?.['x-should-retry'] !== 'false',
      headers: {
        ...headers,
        ...(retryAfterMs === undefined ? {} : retryHeaders(retryAfterMs)),
      },
      details,
    }),

  /** A limit on what may go on at once. `limit` is its name. */
  tooManyOperations: (limit: string, message: string) =>
    new GatewayError({
      status: 429,
      type: 'requests',
      code: 'rate_limit_exceeded',
      message,
      retryable: true,
      details: { limit },
    }),
  executionTimeout: (ms: number) =>
    new GatewayError({
      status: 400,
      type: 'invalid_request_error',
      code: 'execution_timeout',
      message: `The operation took longer than ${ms / 1000} s. Ask for less at once.`,
      details: { limit: 'executionTime' },
    }),
  unknownDocument: (id: string) =>
    invalid('document_not_found', `There is no document '${id.slice(0, 80)}' here. Send its text.`),
  untrustedDocument: () =>
    invalid('document_not_trusted', 'This key may run trusted documents only: send the id of one.'),

  storageUnavailable: (reason: string, cause?: unknown) =>
    serverFault(503, 'server_error', `The storage of files does not work at present: ${reason}.`, cause),
  /** The upstream could not be reached, timed out before its first byte, or answered 5xx. */
  providerUnavailable: (message: string, cause?: unknown) => serverFault(503, 'server_error', message, cause),
  /** The upstream broke after it had begun to answer, or sent something that cannot be understood. */
  providerFailed: (message: string, cause?: unknown) => serverFault(502, 'server_error', message, cause),
  /** The upstream refused the request; its own words are passed on. */
  providerRefused: (message: string, code: string | null, param: string | null = null, status = 400) =>
    invalid(code, message, param, status),
  /** The upstream cannot be used until the operator acts (credentials, address, quota). Trying again is useless. */
  providerUnusable: (message: string, cause?: unknown) =>
    new GatewayError({
      status: 503,
      type: 'server_error',
      code: 'server_error',
      message,
      headers: { 'x-should-retry': 'false' },
      cause,
    }),
  /** The server has as much to do as it can take. */
  overloaded: (retryAfterMs = 1000) =>
    withoutStack({
      status: 503,
      type: 'server_error',
      code: 'server_error',
      message: 'The server is overloaded. Try again in a moment.',
      retryable: true,
      headers: retryHeaders(retryAfterMs),
    }),
  shuttingDown: () => serverFault(503, 'server_error', 'The server is shutting down. Try again in a moment.'),
  internal: (cause?: unknown) => serverFault(500, 'internal_error', 'The server had an internal error.', cause),
};

/** What the outside sees of anything thrown: the error itself if it has a meaning, `internal_error` otherwise. */
export function toGatewayError(thrown: unknown): GatewayError {
  return thrown instanceof GatewayError ? thrown : errors.internal(thrown);
}

/**
 * The same error for a client that must not try again by itself: a response was made of its request, and a second request
 * would make a second one.
 */
export const withoutRetry = (error: GatewayError): GatewayError =>
  new GatewayError({
    ...error,
    message: error.message,
    cause: error.cause,
    headers: { ...error.headers, 'x-should-retry': 'false' },
  });
