import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errors } from '../domain/errors.js';

const OTHER_BODY = Object.freeze({});

/** Lets bodies that are no JSON come as far as what answers, which refuses them in its own words. They are not read. */
export function letOtherBodiesCome(scope: FastifyInstance): void {
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null, OTHER_BODY));
}

/** @throws 415 for a body that is no JSON */
export function checkMediaType({ body }: FastifyRequest): void {
  if (body === OTHER_BODY) throw errors.unsupportedMediaType();
}
