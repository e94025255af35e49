import { AsyncLocalStorage } from 'node:async_hooks';
import { ApolloServer, type ApolloServerOptionsWithGateway } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import type { Logger } from '../../observability/logger.js';
import type { Context } from '../context.js';
import type { ReadDocument } from '../documents.js';
import { printError } from '../errors.js';
import type { GraphQLLimits } from '../limits.js';
import type { Operations } from '../operations.js';
import { checkMediaType } from '../other-bodies.js';
import { useNoSubscription } from '../plugins/no-subscription.plugin.js';
import { areFaultsOfTheDocument, GRAPHQL_JSON, useLegacyStatus } from '../plugins/status.plugin.js';
import { answerWith } from './apollo.js';

type Gateway = NonNullable<ApolloServerOptionsWithGateway<Context>['gateway']>;

export interface HttpTransport {
  /** `read` is what became of the document, if one was sent: a limit it passes is noticed before anything costly. */
  handle(request: FastifyRequest, reply: FastifyReply, read: ReadDocument | null): Promise<unknown>;
  close(): Promise<void>;
}

/** Queries and mutations over POST and GET (GraphQL over HTTP). Authentication comes before. */
export async function createHttpTransport(options: {
  schema: GraphQLSchema;
  rules: readonly ValidationRule[];
  limits: GraphQLLimits;
  logger: Logger;
  suggestions: boolean;
  operations: Operations;
  contextOf(request: FastifyRequest, reply: FastifyReply): Context;
}): Promise<HttpTransport> {
  const { logger, schema, operations, suggestions } = options;
  // Apollo prints errors without telling which request they belong to, and asks for documents without saying whose.
  const requests = new AsyncLocalStorage<{ requestId: string; document?: DocumentNode }>();
  const apollo = new ApolloServer<Context>({
    gateway: executeWith(schema, operations),
    // Documents were read before, as on every transport; only persisted queries are Apollo's to read.
    documentStore: {
      get: async () => requests.getStore()?.document,
      set: async () => undefined,
      delete: async () => undefined,
    },
    validationRules: [...options.rules],
    parseOptions: { maxTokens: options.limits.tokens },
    // Whether it is on is one of the rules, which sockets share.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger,
    plugins: [
      // On by default, it wraps every field: a list costs half as much again.
      ApolloServerPluginCacheControlDisabled(),
      // On by default for subgraphs: whoever sends a header is told how long each field took.
      ApolloServerPluginInlineTraceDisabled(),
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
        { requestId: requests.getStore()?.requestId ?? '', logger, suggestions },
        typeof code === 'string' ? code : undefined,
      );
    },
  });
  await apollo.start();

  return {
    async handle(request, reply, read) {
      checkMediaType(request);
      // Apollo refuses GETs that a browser could send by itself; with a bearer key it cannot.
      if (request.method === 'GET') request.headers['apollo-require-preflight'] = 'true';
      const requestId = request.id;
      if (read !== null && 'errors' in read) {
        const scope = { requestId, logger, suggestions };
        return refuse(request, reply, { errors: read.errors.map((error) => printError(error, scope, read.code)) });
      }
      const store = read === null ? { requestId } : { requestId, document: read.document };
      return requests.run(store, () => answerWith(apollo, request, reply, () => options.contextOf(request, reply)));
    },
    close: () => apollo.stop(),
  };
}

/** Something that answers in its place. */
export type CreateHttpTransport = typeof createHttpTransport;

/** Apollo has no other place for an executor of one's own. */
const executeWith = (schema: GraphQLSchema, operations: Operations): Gateway => ({
  onSchemaLoadOrUpdate(use) {
    use({ apiSchema: schema, coreSupergraphSdl: '' });
    return () => undefined;
  },
  load: async () => ({
    executor: ({ document, context, request }) =>
      operations.execute({
        document,
        contextValue: context as unknown as Context,
        variableValues: request.variables,
        // As asked: what Apollo has here is null for a name that is not in the document, and then the only operation would run.
        operationName: request.operationName,
      }),
  }),
  stop: async () => undefined,
});

/**
 * A document that cannot run: 400 for clients that know GraphQL's media type and where a limit refuses it, 200 otherwise (GraphQL
 * over HTTP, status codes).
 */
function refuse(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  result: { errors: readonly GraphQLFormattedError[] },
): FastifyReply {
  const isModern = headers.accept?.includes(GRAPHQL_JSON) === true;
  return reply
    .code(isModern || !areFaultsOfTheDocument(result.errors) ? 400 : 200)
    .type(`${isModern ? GRAPHQL_JSON : 'application/json'}; charset=utf-8`)
    .send(JSON.stringify(result));
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
