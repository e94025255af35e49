import { rateHeaders } from '../../domain/rate-limit.js';
import { ChatCompletionBody } from '../../services/chat/chat.service.js';
import { defineRoute } from '../define-route.js';
import { sendFrames } from '../sse.js';

export const chatCompletionsRoute = defineRoute({
  method: 'POST',
  path: '/chat/completions',
  operation: 'createChatCompletion',
  summary: 'Pass a chat completion through to the model’s upstream; metered, not stored.',
  body: ChatCompletionBody,
  answers: 'ChatCompletion',
  async handle(context) {
    const { principal, services, body, client, reply } = context;
    const answer = await services.chat.complete(principal, body, client.signal);
    if (answer.rate !== null) reply.headers(rateHeaders(answer.rate));
    if ('whole' in answer) return answer.whole;
    await sendFrames(context, answer.events, framesOf);
    return undefined;
  },
});

const framesOf = (batch: readonly string[]): string => batch.map((text) => `data: ${text}\n\n`).join('');
