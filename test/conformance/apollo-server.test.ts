import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server';
import {
  type CreateServerForIntegrationTestsOptions,
  defineIntegrationTestSuite,
} from '@apollo/server-integration-testsuite';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { versionInfo } from 'graphql';
import type { CreateHttpTransport } from '../../src/graphql/index.js';
import { answerWith } from '../../src/graphql/transports/apollo.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startFront } from '../support/front.js';

/**
 * Apollo Server's own tests of HTTP integrations, over the whole server: its sockets, hooks, request ids, key check, reading of
 * bodies, limits, error handler and the way into Apollo and back. Each case brings an Apollo Server of its own, with schema,
 * plugins and context, which answers in the place of ours; its requests come through a front that gives them their key and path.
 *
 * The suite itself skips the cases whose `@defer` and `@stream` take graphql 17; no other is left out.
 */
interface Case {
  apollo: ApolloServer<BaseContext>;
  contextOf(): Promise<BaseContext>;
}
const CASE = 'x-case';
const cases = new Map<string, Case>();
let server: TestApp;

const createGraphQLHttp: CreateHttpTransport = async () => ({
  handle(request, reply) {
    const { apollo, contextOf } = cases.get(String(request.headers[CASE])) as Case;
    return answerWith(apollo, request, reply, contextOf);
  },
  close: async () => undefined,
});

beforeAll(async () => {
  server = await startTestApp({ createGraphQLHttp });
});
afterAll(() => server.stop());

async function createServer(
  config: ApolloServerOptions<BaseContext>,
  options?: CreateServerForIntegrationTestsOptions,
) {
  const apollo = new ApolloServer(config);
  await apollo.start();
  const name = String(cases.size);
  cases.set(name, { apollo, contextOf: options?.context ?? (async () => ({})) });
  const front = await startFront(`${server.url}/graphql`, { authorization: `Bearer ${server.key}`, [CASE]: name });
  return { server: apollo, url: front.url, extraCleanup: () => front.close() };
}

describe('Apollo Server, behind our whole HTTP stack', () => {
  const skips = [jest.spyOn(it, 'skip'), jest.spyOn(describe, 'skip')];
  defineIntegrationTestSuite(createServer as never);
  const skipped = skips.flatMap(({ mock }) => mock.calls.map(([name]) => name));
  for (const skip of skips) skip.mockRestore();

  it('skips incremental delivery that takes graphql 17, and nothing else', () => {
    expect(versionInfo.major).toBe(16);
    expect(skipped).toEqual([
      'includes all fields with defer legacy',
      'includes all fields with defer modern',
      'tests that require graphql@17',
    ]);
  });
});
