import type { AntiphonConfig } from './config/schema/index.js';
import type { Logger } from './observability/logger.js';
import type { ModelProvider } from './providers/provider.js';
import type { RouteRule } from './services/models/model-router.js';

export interface RoutesOptions {
  config: AntiphonConfig;
  /** Whether the environment names an upstream for every model name. */
  upstream: object | null;
  logger: Logger;
}

const DEFAULT_MAX_OUTPUT_TOKENS = 4096;

/** Which provider answers for which model name: what is configured, the built-in models, then everything else. */
export function routeRules(
  { config, upstream, logger }: RoutesOptions,
  providers: ReadonlyMap<string, ModelProvider>,
): RouteRule[] {
  const to = (name: string, provider: string): RouteRule => ({
    name,
    upstreamModel: null,
    provider: providers.get(provider) as ModelProvider,
    maxOutputTokens: DEFAULT_MAX_OUTPUT_TOKENS,
    price: null,
  });
  const configured = config.models.map((model): RouteRule => {
    if (model.price === undefined) logger.info({ model: model.name }, 'this model has no price: it costs 0');
    return {
      name: model.name,
      upstreamModel: model.upstream_model ?? null,
      provider: providers.get(model.provider) as ModelProvider,
      maxOutputTokens: model.max_output_tokens,
      price: model.price ?? null,
    };
  });
  const named = new Set(configured.map((rule) => rule.name));
  const builtIn = ['local', 'local-extractive-1', 'local-embedding-1']
    .filter((name) => !named.has(name))
    .map((name) => to(name, 'local'));
  if (named.has('*')) return [...configured, ...builtIn];
  if (upstream !== null) return [...configured, ...builtIn, to('*', 'upstream')];
  return config.models.length === 0 ? [...builtIn, to('*', 'local')] : [...configured, ...builtIn];
}
