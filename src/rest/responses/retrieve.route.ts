import { z } from 'zod';
import { toResponseObject } from '../../domain/response.js';
import { parseInput } from '../../services/validation.js';
import { defineRoute } from '../define-route.js';
import { sendEvents } from '../sse.js';

const Query = z.object({
  stream: z.enum(['true', 'false']).optional().describe('Answer with the events, past and coming.'),
  starting_after: z.coerce
    .number()
    .int()
    .min(0)
    .max(2_147_483_647)
    .optional()
    .describe('Only events with a higher number.'),
});

export const retrieveResponseRoute = defineRoute({
  method: 'GET',
  path: '/responses/:id',
  summary: 'Read a stored response, or follow its events.',
  query: Query,
  answers: 'Response',
  async handle({ principal, services, params, query, signal, reply }) {
    const { stream, starting_after } = parseInput(Query, query);
    const id = params.id as string;
    if (stream !== 'true') return toResponseObject(await services.responses.get(principal, id));
    const events = await services.responses.follow(principal, id, starting_after ?? -1, signal);
    await sendEvents(reply, events, signal);
    return undefined;
  },
});
