import { maxHeaderSize } from 'node:http';
import type { Duplex } from 'node:stream';
import { errors, type GatewayError } from '../domain/errors.js';
import { toEnvelope } from './errors.js';
import { newRequestId } from './request-id.js';

/** Answers a socket that no request has come from, or none to answer, with the API's error envelope, and ends it. */
export function refuseSocket(socket: Duplex, error: GatewayError): void {
  const body = JSON.stringify(toEnvelope(error));
  const headers = {
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': newRequestId(),
    ...error.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${error.status} Refused\r\n${lines.join('')}\r\n${body}`);
}

/** How long a client may take to read why it was refused. */
const PATIENCE_MS = 1000;

/** Answers what Node could not read as a request: broken HTTP, a head that is too large or does not end. */
export function refuseMalformed(fault: Error & { code?: string }, socket: Duplex): void {
  // What still comes after the answer cannot be read either; it is dropped, as closing on it would take the answer back.
  if (socket.writableEnded) return;
  if (!socket.writable || fault.code === 'ECONNRESET') return void socket.destroy();
  refuseSocket(socket, toError(fault.code));
  const patience = setTimeout(() => socket.destroy(), PATIENCE_MS);
  socket.once('close', () => clearTimeout(patience)).resume();
}

function toError(code: string | undefined): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') return errors.headTooLarge(maxHeaderSize);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return errors.requestTimeout();
  return errors.malformedRequest();
}
