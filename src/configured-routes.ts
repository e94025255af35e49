import { type ModelSettings, type Place, placesOf } from './config/schema/index.js';
import { BUILT_IN_EMBEDDING } from './domain/model.js';
import type { Logger } from './observability/logger.js';
import type { ModelProvider } from './providers/provider.js';
import type { RouteRule } from './services/models/model-router.js';
import { Spread, type SpreadOptions, type Target } from './services/models/spread.js';

export interface RoutesOptions {
  models: readonly ModelSettings[];
  /** Whether the environment names an upstream for every model name. */
  upstream: object | null;
  logger: Logger;
  /** What models in several places need. */
  spreading: Pick<SpreadOptions, 'now' | 'random' | 'onFallback'>;
}

const DEFAULT_MAX_OUTPUT_TOKENS = 4096;

/** Which provider answers for which model name: what is configured, the built-in models, then everything else. */
export function routeRules(
  { models, upstream, logger, spreading }: RoutesOptions,
  providers: ReadonlyMap<string, ModelProvider>,
): RouteRule[] {
  const to = (name: string, provider: string): RouteRule => ({
    name,
    upstreamModel: null,
    provider: providers.get(provider) as ModelProvider,
    maxOutputTokens: DEFAULT_MAX_OUTPUT_TOKENS,
    price: null,
    spread: null,
  });
  const toTarget = (place: Place): Target => ({
    provider: providers.get(place.provider) as ModelProvider,
    upstreamModel: place.upstreamModel,
    price: place.price,
  });
  const configured = models.map((model): RouteRule => {
    const { name, max_output_tokens: maxOutputTokens } = model;
    const places = placesOf(model);
    const targets = places.targets.map((place) => ({ ...toTarget(place), weight: place.weight }));
    const fallbacks = places.fallbacks.map(toTarget);
    const all = [...targets, ...fallbacks];
    if (all.some(({ price }) => price === null)) logger.info({ model: name }, 'this model has no price: it costs 0');
    return {
      ...(all[0] as Target),
      name,
      maxOutputTokens,
      spread: all.length === 1 ? null : new Spread({ name, targets, fallbacks, logger, ...spreading }),
    };
  });
  const named = new Set(configured.map((rule) => rule.name));
  const builtIn = ['local', 'local-extractive-1', BUILT_IN_EMBEDDING.model]
    .filter((name) => !named.has(name))
    .map((name) => to(name, 'local'));
  if (named.has('*')) return [...configured, ...builtIn];
  if (upstream !== null) return [...configured, ...builtIn, to('*', 'upstream')];
  return models.length === 0 ? [...builtIn, to('*', 'local')] : [...configured, ...builtIn];
}
