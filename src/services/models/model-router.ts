import { errors } from '../../domain/errors.js';
import type { ModelInfo } from '../../domain/model.js';
import type { Price } from '../../domain/money.js';
import type { ModelProvider } from '../../providers/provider.js';

/** Where a model name leads. */
export interface Route {
  provider: ModelProvider;
  /** The upstream's own name of the model. */
  upstreamModel: string;
  /** Most tokens one answer may have: reserved, and sent upstream, when a budget applies and the request names no limit. */
  maxOutputTokens: number;
  /** Null: unpriced, costs nothing. */
  price: Price | null;
}

export interface RouteRule extends Omit<Route, 'upstreamModel'> {
  /** Name clients use; `*` stands for every name no other rule has. */
  name: string;
  /** Null: the name the client used. */
  upstreamModel: string | null;
}

export type ModelRouter = ReturnType<typeof createModelRouter>;

/** Model name → provider, by the configured rules: exact names first, then `*`. */
export function createModelRouter(rules: readonly RouteRule[]) {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const fallback = byName.get('*');
  return {
    /** @throws 400 `model_not_found` when no rule covers the name */
    resolve(model: string): Route {
      const rule = byName.get(model) ?? fallback;
      if (rule === undefined) throw errors.modelNotFound(model);
      return { ...rule, upstreamModel: rule.upstreamModel ?? model };
    },

    /** The names that lead somewhere, and behind `*` what the upstream itself offers; an upstream that is down adds none. */
    async list(signal: AbortSignal): Promise<ModelInfo[]> {
      const named = rules
        .filter((rule) => rule.name !== '*')
        .map((rule) => ({ id: rule.name, created: 0, ownedBy: rule.provider.id }));
      const offered = fallback === undefined ? [] : await fallback.provider.listModels(signal).catch(() => []);
      const models = new Map([...offered, ...named].map((model) => [model.id, model]));
      return [...models.values()].sort((a, b) => a.id.localeCompare(b.id));
    },
  };
}
