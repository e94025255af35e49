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
 * Apollo Server's own tests of HTTP integrations, over the HTTP server this gateway uses: its reading of bodies, its request ids,
 * its way into Apollo. The schemas and settings are the suite's. Incremental delivery needs graphql 17 and is not offered.
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
