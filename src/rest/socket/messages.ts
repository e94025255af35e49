import { errors, type GatewayError } from '../../domain/errors.js';
import { isNestedTooDeeply, MAX_JSON_NESTING } from '../../http/json-nesting.js';
import { parseWellFormed } from '../../http/well-formed.js';

/** What a client may send (WebSocket section). */
export type ClientMessage =
  | { type: 'response.create'; lane: string; streamId: string | null; generate: boolean; body: Record<string, unknown> }
  | { type: 'response.steer'; previousResponseId: string | null };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Parameters that mean nothing on a socket: it streams, and what it began it watches. `stream: true` says what is so anyway. */
const HTTP_ONLY = ['stream', 'stream_options', 'background'] as const;

/** The lane a message asks for, as far as it can be read, so that errors reach it. */
export const laneOf = (message: unknown): string | null =>
  isObject(message) && typeof message.stream_id === 'string' && isLane(message.stream_id) ? message.stream_id : null;

const isLane = (id: string): boolean => id.length >= 1 && id.length <= 128;

/** @throws 400 */
export function parseMessage(text: string): unknown {
  let message: unknown;
  try {
    message = parseWellFormed(text);
  } catch {
    throw errors.malformedJson();
  }
  if (isNestedTooDeeply(message)) throw errors.nestedTooDeeply(MAX_JSON_NESTING);
  return message;
}

/** @throws 400 naming the member that is wrong */
export function readMessage(message: unknown): ClientMessage {
  if (!isObject(message)) throw errors.invalidParameter('invalid_type', '', 'A message is a JSON object with a type.');
  const { type, stream_id: streamId, generate, ...body } = message;
  if (body.stream === true) delete body.stream;
  if (type === undefined) throw errors.missingParameter('type');
  if (type === 'response.steer')
    return {
      type,
      previousResponseId: typeof body.previous_response_id === 'string' ? body.previous_response_id : null,
    };
  if (type !== 'response.create')
    throw errors.invalidValue('type', "Invalid 'type': supported values are: 'response.create', 'response.steer'.");
  if (streamId !== undefined && streamId !== null && (typeof streamId !== 'string' || !isLane(streamId)))
    throw errors.invalidParameter('invalid_type', 'stream_id', "Invalid 'stream_id': a string of 1 to 128 characters.");
  if (generate !== undefined && generate !== null && typeof generate !== 'boolean')
    throw errors.invalidParameter('invalid_type', 'generate', "Invalid 'generate': expected a boolean.");
  for (const name of HTTP_ONLY)
    if (body[name] !== undefined && body[name] !== null)
      throw errors.unsupportedParameter(name, `'${name}' cannot be sent over a WebSocket: every response is streamed.`);
  const lane = typeof streamId === 'string' ? streamId : null;
  return { type, lane: lane ?? '', streamId: lane, generate: generate !== false, body };
}

/** An error as the event a client gets; the connection stays open. */
export const printErrorEvent = (error: GatewayError, requestId: string): string =>
  JSON.stringify({
    type: 'error',
    status: error.status,
    error: {
      type: error.type,
      code: error.code,
      message: error.message,
      param: error.param,
      ...(error.retryAfterMs === null ? {} : { retry_after_ms: error.retryAfterMs }),
      ...error.details,
    },
    request_id: requestId,
  });

/** A steered response has to be running here; none can be. */
export const printSteerFailed = (previousResponseId: string | null): string =>
  JSON.stringify({
    type: 'response.steer.failed',
    error: {
      type: 'invalid_request_error',
      code: 'steering_not_supported',
      message: 'Running responses cannot be steered.',
    },
    steer: { previous_response_id: previousResponseId },
  });
