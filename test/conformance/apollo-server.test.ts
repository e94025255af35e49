import type { AddressInfo } from 'node:net';
import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server';
import {
  type CreateServerForIntegrationTestsOptions,
  defineIntegrationTestSuite,
} from '@apollo/server-integration-testsuite';
import { describe } from '@jest/globals';
import { fastify } from 'fastify';
import { answerWith } from '../../src/graphql/transports/apollo.js';
import { useJsonBodies } from '../../src/http/body-parser.js';
import { requestIdOf } from '../../src/http/request-id.js';

/**
 * Apollo Server's own tests of HTTP integrations, over what of our HTTP stack stands between a socket and Apollo: the HTTP server,
 * its reading of bodies, its request ids, our way into Apollo and back.
 *
 * `createApp` as a whole cannot take the suite: each of its cases brings a schema, plugins and a context of its own and sends no
 * key, and the app has one schema that it shows to keys it knows. Some of what it puts around Apollo also answers before Apollo
 * is asked, on purpose and otherwise than the suite expects: 401 without a key, 415 for bodies that are no JSON, an event
 * stream for `Accept: text/event-stream`, forms with files, limits, documents that are parsed once for every transport. All of that
 * is judged on the whole app by graphql-over-http (61 audits), graphql-security, graphql-streams and test/graphql/limits.
 *
 * Of the suite itself only incremental delivery is left out: `@defer` and `@stream` need graphql 17, and the schema has neither.
 */
async function createServer(
  config: ApolloServerOptions<BaseContext>,
  options?: CreateServerForIntegrationTestsOptions,
) {
  const app = fastify({ genReqId: requestIdOf, forceCloseConnections: true });
  useJsonBodies(app);
  // Here bodies that are no JSON are refused with 415 before Apollo sees them (GraphQL over HTTP); the suite wants to see it refuse.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  const server = new ApolloServer(config);
  await server.start();
  const contextOf = options?.context ?? (async () => ({}));
  app.route({
    method: ['GET', 'POST', 'DELETE', 'PUT'],
    url: '/',
    handler: (request, reply) => answerWith(server, request, reply, contextOf),
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}`, extraCleanup: async () => app.close() };
}

describe('Apollo Server, over our HTTP server', () => {
  defineIntegrationTestSuite(createServer as never, { noIncrementalDelivery: true });
});
