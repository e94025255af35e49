import { z } from 'zod';
import { thresholdHeaders } from '../../domain/budget.js';
import { toPublicId } from '../../domain/ids.js';
import { rateHeaders } from '../../domain/rate-limit.js';
import { toResponseObject } from '../../domain/response.js';
import { CreateResponseBody } from '../../services/responses/create-response.schema.js';
import { defineRoute } from '../define-route.js';
import { sendEvents } from '../sse.js';

const Headers = z.object({
  'Idempotency-Key': z
    .string()
    .optional()
    .describe('Names the request: sent again with the same body within a day, it means the same response.'),
});

const isObject = (body: unknown): body is Record<string, unknown> =>
  typeof body === 'object' && body !== null && !Array.isArray(body);

export const createResponseRoute = defineRoute({
  method: 'POST',
  path: '/responses',
  operation: 'createResponse',
  summary: 'Create a response. With stream: true, in the body or the query, it comes as server-sent events.',
  body: CreateResponseBody,
  headers: Headers,
  answers: 'Response',
  async handle(context) {
    const { principal, services, body, query, client, request, reply } = context;
    const sent = query.stream === 'true' && isObject(body) ? { ...body, stream: true } : body;
    const idempotencyKey = request.headers['idempotency-key'] as string | undefined;
    const started = await services.responses.create(principal, sent, {
      idempotencyKey,
      literals: request.literals,
    });
    if (started.rate !== null) reply.headers(rateHeaders(started.rate));
    const warning = thresholdHeaders(started.budgets, Date.now());
    if (warning !== null) reply.headers(warning);
    if (started.isRepeated) reply.header('idempotency-replayed', 'true');
    if (isObject(sent) && sent.stream === true) {
      const id = toPublicId('response', started.id);
      await sendEvents(context, await services.responses.follow(principal, id, { after: -1, signal: client }));
      return undefined;
    }
    if (isObject(sent) && sent.background === true) return toResponseObject(started.current());
    return toResponseObject(await started.settled(client));
  },
});
