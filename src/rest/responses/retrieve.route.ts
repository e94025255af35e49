import { z } from 'zod';
import { parseInput, queryInteger } from '../../services/validation.js';
import { defineRoute } from '../define-route.js';
import { IncludeQuery, readInclude, toShownResponse } from '../include-query.js';
import { sendEvents } from '../sse.js';

const Query = IncludeQuery.extend({
  stream: z.enum(['true', 'false']).optional().describe('Answer with the events, past and coming.'),
  starting_after: queryInteger(0, 2_147_483_647).optional().describe('Only events with a higher number.'),
  include_obfuscation: z
    .enum(['true', 'false'])
    .optional()
    .describe('Accepted for the sake of clients: events come as they were first sent, padded or not.'),
});

export const retrieveResponseRoute = defineRoute({
  method: 'GET',
  path: '/responses/:id',
  operation: 'response',
  summary: 'Read a stored response, or follow its events.',
  query: Query,
  answers: 'Response',
  async handle(context) {
    const { principal, services, params, query, client } = context;
    const include = readInclude(query);
    const { stream, starting_after } = parseInput(Query, { ...query, include: [...include] });
    const id = params.id as string;
    if (stream !== 'true') return toShownResponse(await services.responses.get(principal, id), include);
    const events = await services.responses.follow(principal, id, {
      after: starting_after ?? -1,
      signal: client,
    });
    await sendEvents(context, events);
    return undefined;
  },
});
