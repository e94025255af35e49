import { toPublicId } from '../../domain/ids.js';
import { rateHeaders } from '../../domain/rate-limit.js';
import { toUsageObject } from '../../domain/response.js';
import { CompactBody } from '../../services/context/context.service.js';
import { defineRoute } from '../define-route.js';

export const compactRoute = defineRoute({
  method: 'POST',
  path: '/responses/compact',
  operation: 'compact',
  summary: 'Make a context smaller: its output is the input of the next request.',
  body: CompactBody,
  answers: 'Compaction',
  async handle({ principal, services, body, client, reply }) {
    const { id, createdAtMs, output, usage, rate } = await services.context.compact(principal, body, client.signal);
    if (rate !== null) reply.headers(rateHeaders(rate));
    return {
      id: toPublicId('response', id),
      object: 'response.compaction',
      created_at: Math.floor(createdAtMs / 1000),
      output,
      usage: toUsageObject(usage),
    };
  },
});
