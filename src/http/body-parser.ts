import type { FastifyInstance } from 'fastify';
import { errors } from '../domain/errors.js';
import type { Literals } from '../domain/json-literals.js';
import { isNestedTooDeeply, MAX_JSON_NESTING } from './json-nesting.js';
import { type ReadJson, readJson } from './json-text.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body's long texts as they were written, where that is most of it. */
    literals: Literals | null;
  }
}

/** JSON bodies in UTF-8 and nothing else: `JSON.parse` on the whole body, with the API's own faults. */
export function useJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.decorateRequest('literals', null);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /charset=([^;]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset !== undefined && !/^"?utf-?8"?$/i.test(charset.trim())) return done(errors.unsupportedMediaType());
    if (body.length === 0) return done(null, undefined);
    let read: ReadJson;
    try {
      read = readJson(body as Buffer);
    } catch (error) {
      return done(error instanceof RangeError ? errors.nestedTooDeeply(MAX_JSON_NESTING) : errors.malformedJson());
    }
    const { value, literals } = read;
    // Each level takes two bytes at least.
    if (body.length > 2 * MAX_JSON_NESTING && isNestedTooDeeply(value))
      return done(errors.nestedTooDeeply(MAX_JSON_NESTING));
    if (literals !== null) request.literals = literals;
    done(null, value);
  });
}
