import { rateHeaders } from '../../domain/rate-limit.js';
import { EmbeddingsBody } from '../../services/embeddings/embedding.service.js';
import { defineRoute } from '../define-route.js';

export const createEmbeddingsRoute = defineRoute({
  method: 'POST',
  path: '/embeddings',
  operation: 'createEmbeddings',
  summary: 'Embed texts, by the built-in model or the model’s upstream; metered.',
  body: EmbeddingsBody,
  answers: 'EmbeddingList',
  async handle({ principal, services, body, client, reply }) {
    const { json, rate } = await services.embeddings.create(principal, body, client.signal);
    if (rate !== null) reply.headers(rateHeaders(rate));
    return json;
  },
});
