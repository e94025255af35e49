import type { FastifyInstance } from 'fastify';
import { errors } from '../domain/errors.js';
import { isNestedTooDeeply, MAX_JSON_NESTING } from './json-nesting.js';
import { parseWellFormed } from './well-formed.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** JSON bodies in UTF-8 and nothing else: `JSON.parse` on the whole body, with the API's own faults. */
export function useJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /charset=([^;]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset !== undefined && !/^"?utf-?8"?$/i.test(charset.trim())) return done(errors.unsupportedMediaType());
    let value: unknown;
    try {
      value = body.length === 0 ? undefined : parseWellFormed(utf8.decode(body as Buffer));
    } catch {
      return done(errors.malformedJson());
    }
    // Each level takes two bytes at least.
    if (body.length > 2 * MAX_JSON_NESTING && isNestedTooDeeply(value))
      return done(errors.nestedTooDeeply(MAX_JSON_NESTING));
    done(null, value);
  });
}
