import { EmbeddingsBody } from '../../services/embeddings/embedding.service.js';
import { defineRoute } from '../define-route.js';

export const createEmbeddingsRoute = defineRoute({
  method: 'POST',
  path: '/embeddings',
  operation: 'createEmbeddings',
  summary: 'Embed texts, by the built-in model or the model’s upstream; metered.',
  body: EmbeddingsBody,
  answers: 'EmbeddingList',
  handle: ({ principal, services, body, signal }) => services.embeddings.create(principal, body, signal),
});
