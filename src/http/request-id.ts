import type { IncomingMessage } from 'node:http';
import { newUuid, toPublicId } from '../domain/ids.js';

export const newRequestId = (): string => toPublicId('request', newUuid());

/** What proxies and tracing tools send, and what is safe in a header and a log line. */
const USABLE = /^[A-Za-z0-9._:-]{8,128}$/;

/** The id every answer carries as `x-request-id`: the one the caller chose, if it can be one, so that its log and ours meet. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const sent = headers['x-request-id'];
  return typeof sent === 'string' && USABLE.test(sent) ? sent : newRequestId();
}
