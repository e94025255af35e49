import { isDeepStrictEqual } from 'node:util';
import type { AntiphonConfig } from './config/schema/index.js';
import type { ConfiguredProviders } from './configured-providers.js';
import { type RoutesOptions, routeRules } from './configured-routes.js';
import { type Limits, limitsOf } from './limits.js';
import type { Logger } from './observability/logger.js';
import type { AddressGuard } from './providers/safe-http/address-guard.js';
import type { RateLimiter } from './services/limits/rate-limiter.js';
import type { ModelRouter } from './services/models/model-router.js';
import type { Web } from './services/web-search/index.js';

/** What follows the configuration while the server runs. */
export interface ConfigurationOptions {
  options: { config: AntiphonConfig; limits?: Partial<Limits>; upstream: object | null; logger: Logger };
  /** Changed in place. */
  limits: Limits;
  providers: ConfiguredProviders;
  router: ModelRouter;
  rates: RateLimiter;
  guard: AddressGuard;
  web: Web;
  spreading: RoutesOptions['spreading'];
}

/** What is read once, at the start: sections, and settings of sections that follow otherwise. */
const FIXED: Readonly<Record<string, (config: AntiphonConfig) => unknown>> = {
  currency: (config) => config.currency,
  'knowledge.embedding_model': ({ knowledge }) => knowledge.embedding_model,
  'knowledge.storage': ({ knowledge }) => knowledge.storage,
  'knowledge.vector_index': ({ knowledge }) => knowledge.vector_index,
  'knowledge.vector_cache_bytes': ({ knowledge }) => knowledge.vector_cache_bytes,
  graphql: (config) => config.graphql,
  rate_limit_store: (config) => config.rate_limit_store,
};

/** The one place where a configuration takes hold: at the start, and again whenever it is reloaded. */
export function createConfiguration({ options, limits, spreading, ...parts }: ConfigurationOptions) {
  return {
    /** Whoever begins from now on is served by this. Answers what differs from the start and does not follow. */
    async use(config: AntiphonConfig): Promise<string[]> {
      // What can fail comes first; the rest happens in one go.
      await parts.rates.use(config.rate_limits);
      const providers = parts.providers.use(config.providers);
      const { models, money } = config;
      const rules = routeRules({ ...options, models, spreading }, providers);
      parts.router.use({ rules, allowsUnpriced: money.unpriced_models === 'allow' });
      parts.guard.use(config.outbound.allow);
      parts.web.use(config.web_search);
      Object.assign(limits, limitsOf(config, options.limits));
      return Object.entries(FIXED)
        .filter(([, read]) => !isDeepStrictEqual(read(config), read(options.config)))
        .map(([name]) => name);
    },
  };
}
