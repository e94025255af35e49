import { defineRoute } from '../define-route.js';
import { toShownResponse } from '../include-query.js';

export const cancelResponseRoute = defineRoute({
  method: 'POST',
  path: '/responses/:id/cancel',
  operation: 'cancelResponse',
  summary: 'Stop a background or streamed response. What was generated is kept.',
  answers: 'Response',
  async handle({ principal, services, params }) {
    return toShownResponse(await services.responses.cancel(principal, params.id as string));
  },
});
