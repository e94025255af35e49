import type { FastifyError } from 'fastify';
import { errors, type GatewayError, toGatewayError } from '../domain/errors.js';

/** The API's error envelope (errors section). */
export const toEnvelope = (error: GatewayError) => ({
  error: { message: error.message, type: error.type, param: error.param, code: error.code, ...error.details },
});

/** What Fastify refuses before a handler runs, in the API's words. */
export function fromHttpFault(thrown: FastifyError | Error, bodyLimitBytes: number): GatewayError {
  switch ((thrown as FastifyError).code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return errors.malformedJson();
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return errors.unsupportedMediaType();
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return errors.bodyTooLarge(bodyLimitBytes);
    default:
  }
  const status = (thrown as FastifyError).statusCode;
  // A request that Fastify or Node refused by itself: broken framing, an aborted body.
  if (status !== undefined && status >= 400 && status < 500 && (thrown as FastifyError).code?.startsWith('FST_'))
    return errors.invalidParameter('bad_request', '', thrown.message);
  return toGatewayError(thrown);
}
