import type { z } from 'zod';
import { type ModelSettings, placesOf } from './model.js';

interface Places {
  providers: readonly { id: string }[];
  models: readonly ModelSettings[];
  knowledge: { embedding_model: string };
}

/** Places of models name providers that are there, and vectors of one store come from one model. */
export function checkPlaces({ providers, models, knowledge }: Places, ctx: z.RefinementCtx): void {
  const ids = new Set(['local', ...providers.map(({ id }) => id)]);
  for (const [index, model] of models.entries()) {
    const { targets, fallbacks } = placesOf(model);
    for (const { provider, path } of [...targets, ...fallbacks])
      if (!ids.has(provider))
        ctx.addIssue({
          code: 'custom',
          path: ['models', index, ...path],
          message: `'${model.name}' names the provider '${provider}', which is not defined.`,
        });
    const upstreamModels = new Set([...targets, ...fallbacks].map(({ upstreamModel }) => upstreamModel));
    if (model.name === knowledge.embedding_model && upstreamModels.size > 1)
      ctx.addIssue({
        code: 'custom',
        path: ['models', index, 'name'],
        message: 'vectors of two models are never mixed: the embedding model of vector stores has one upstream_model.',
      });
  }
}
