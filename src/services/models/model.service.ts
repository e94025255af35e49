import type { ModelInfo } from '../../domain/model.js';
import { mayUseModel, type Principal } from '../../domain/principal.js';
import type { ModelRouter } from './model-router.js';

export type ModelService = ReturnType<typeof createModelService>;

/** The models a caller may use; others are not there for it. */
export const createModelService = (router: ModelRouter) => ({
  list: async (principal: Principal, signal: AbortSignal): Promise<ModelInfo[]> =>
    (await router.list(signal)).filter(({ id }) => mayUseModel(principal, id)),

  /** Null if there is none by this name. */
  find: async (principal: Principal, id: string, signal: AbortSignal): Promise<ModelInfo | null> =>
    mayUseModel(principal, id) ? router.find(id, signal) : null,
});
