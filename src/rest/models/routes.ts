import { errors } from '../../domain/errors.js';
import type { ModelInfo } from '../../domain/model.js';
import { defineRoute } from '../define-route.js';

const toWire = (model: ModelInfo) => ({
  id: model.id,
  object: 'model',
  created: model.created,
  owned_by: model.ownedBy,
});

/** Models (models section): the configured routes, and behind a catch-all route what its upstream offers. */
export const modelRoutes = [
  defineRoute({
    method: 'GET',
    path: '/models',
    operation: 'models',
    summary: 'List the models this server answers for.',
    answers: 'ModelList',
    async handle({ principal, services, client }) {
      const models = await services.models.list(principal, client.signal);
      return { object: 'list', data: models.map(toWire) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/models/*',
    operation: 'model',
    summary: 'Read one model. Its id may contain slashes.',
    answers: 'Model',
    async handle({ principal, services, params, client }) {
      const id = params['*'] as string;
      const model = await services.models.find(principal, id, client.signal);
      if (model === null) throw errors.modelNotFound(id, 404);
      return toWire(model);
    },
  }),
];
