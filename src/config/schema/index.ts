import { z } from 'zod';
import { checkPlaces } from './check-places.js';
import { GraphQLSettings } from './graphql.js';
import { KnowledgeSchema } from './knowledge.js';
import { LimitsSchema } from './limits.js';
import { ModelSchema } from './model.js';
import { MoneySchema } from './money.js';
import { OutboundSchema } from './outbound.js';
import { ProviderSchema } from './provider.js';
import { RateLimitSchema } from './rate-limit.js';
import { unique } from './unique.js';
import { WebSearchSchema } from './web-search.js';

export type { TrustedDocumentsSettings } from './graphql.js';
export { type ModelSettings, type Place, placesOf } from './model.js';
export type { ProviderSettings } from './provider.js';
export type { SearchEngineSettings } from './web-search.js';

/** `antiphon.config.yaml`: providers, model routes, prices, limits, search engines. */
export const AntiphonConfig = z
  .strictObject({
    currency: z.string().max(16).default('USD').describe('Label of all amounts. Default USD.'),
    providers: z
      .array(ProviderSchema)
      .superRefine(unique('id'))
      .default([])
      .describe('Upstreams beside the built-in one.'),
    models: z
      .array(ModelSchema)
      .superRefine(unique('name'))
      .default([])
      .describe('Which names lead to which upstreams, and what they cost.'),
    limits: LimitsSchema.default({}).describe('What goes on at once, and how long it may take.'),
    rate_limits: z.array(RateLimitSchema).max(100).default([]).describe('What may come, be used and go on at once.'),
    rate_limit_store: z
      .enum(['process', 'postgres', 'redis'])
      .optional()
      .describe(
        'Where rate limits are counted. Default: in Redis if REDIS_URL is set; in PostgreSQL if DATABASE_URL is; else in the process.',
      ),
    money: MoneySchema.prefault({}).describe('What models without a price and short budgets mean.'),
    knowledge: KnowledgeSchema.prefault({}).describe('Files and vector stores.'),
    web_search: WebSearchSchema.prefault({}).describe('The search engines behind the tool web_search.'),
    outbound: OutboundSchema.default({ allow: [] }).describe(
      'What may be called on behalf of users: webhooks, web pages, remote files, MCP servers.',
    ),
    graphql: GraphQLSettings.prefault({}).describe('What GraphQL clients may do.'),
  })
  .superRefine(checkPlaces);
export type AntiphonConfig = z.output<typeof AntiphonConfig>;
