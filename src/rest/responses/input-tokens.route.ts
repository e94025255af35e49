import { CreateResponseBody } from '../../services/responses/create-response.schema.js';
import { defineRoute } from '../define-route.js';

export const inputTokensRoute = defineRoute({
  method: 'POST',
  path: '/responses/input_tokens',
  operation: 'inputTokens',
  summary: 'Count what the model would see of a request. Nothing is stored, sampled or paid.',
  body: CreateResponseBody,
  answers: 'InputTokens',
  async handle({ principal, services, body }) {
    const inputTokens = await services.context.countTokens(principal, body);
    return { object: 'response.input_tokens', input_tokens: inputTokens };
  },
});
