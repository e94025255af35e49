import { rateHeaders } from '../../domain/rate-limit.js';
import { ChatCompletionBody } from '../../services/chat/chat.service.js';
import { defineRoute } from '../define-route.js';
import { sendFrames } from '../sse.js';

export const chatCompletionsRoute = defineRoute({
  method: 'POST',
  path: '/chat/completions',
  operation: 'createChatCompletion',
  startsWork: true,
  summary: 'Pass a chat completion through to the model’s upstream; metered, not stored.',
  body: ChatCompletionBody,
  answers: 'ChatCompletion',
  async handle(context) {
    const { principal, services, body, signal, reply } = context;
    const answer = await services.chat.complete(principal, body, signal);
    if (answer.rate !== null) reply.headers(rateHeaders(answer.rate));
    if ('whole' in answer) return answer.whole;
    await sendFrames(context, frames(answer.events));
    return undefined;
  },
});

async function* frames(batches: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const batch of batches) yield batch.map((text) => `data: ${text}\n\n`).join('');
}
