import { AsyncLocalStorage } from 'node:async_hooks';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLSchema, type ValidationRule } from 'graphql';
import type { Logger } from '../../observability/logger.js';
import type { Context } from '../context.js';
import { printError } from '../errors.js';
import type { GraphQLLimits } from '../limits.js';
import { useNoSubscription } from '../plugins/no-subscription.plugin.js';
import { useLegacyStatus } from '../plugins/status.plugin.js';

export interface HttpTransport {
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
  close(): Promise<void>;
}

/** Queries and mutations over POST and GET (GraphQL over HTTP). Authentication comes before. */
export async function createHttpTransport(options: {
  schema: GraphQLSchema;
  rules: readonly ValidationRule[];
  limits: GraphQLLimits;
  logger: Logger;
  contextOf(request: FastifyRequest, reply: FastifyReply): Context;
}): Promise<HttpTransport> {
  const { logger } = options;
  // Apollo prints errors without telling which request they belong to.
  const requestIds = new AsyncLocalStorage<string>();
  const apollo = new ApolloServer<Context>({
    schema: options.schema,
    validationRules: [...options.rules],
    parseOptions: { maxTokens: options.limits.tokens },
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger,
    plugins: [
      // On by default, it wraps every field: a list costs half as much again.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      useLegacyStatus(),
      useNoSubscription(),
    ],
    formatError(formatted, error) {
      const known =
        error instanceof GraphQLError ? error : new GraphQLError(formatted.message, { originalError: asError(error) });
      const code = formatted.extensions?.code;
      return printError(
        known,
        { requestId: requestIds.getStore() ?? '', logger },
        typeof code === 'string' ? code : undefined,
      );
    },
  });
  await apollo.start();
  const handle = fastifyApolloHandler(apollo, {
    context: async (request, reply) => options.contextOf(request, reply),
  }) as unknown as (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

  return {
    handle: (request, reply) => requestIds.run(request.id, () => handle(request, reply)),
    close: () => apollo.stop(),
  };
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
