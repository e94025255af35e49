import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import cors from '@fastify/cors';
import { type FastifyError, type FastifyReply, fastify } from 'fastify';
import type { TrustedDocumentsSettings } from './config/schema/index.js';
import { readTrustedDocuments } from './config/trusted-documents.js';
import { type Container, type ContainerOptions, createContainer } from './container.js';
import { errors, type GatewayError } from './domain/errors.js';
import { parsePublicId } from './domain/ids.js';
import { type CreateHttpTransport, type GraphQLLimits, printGraphQLSchema, registerGraphQL } from './graphql/index.js';
import { useJsonBodies } from './http/body-parser.js';
import { refuseEarly } from './http/early-refusal.js';
import { fromHttpFault, toEnvelope } from './http/errors.js';
import { printHomePage } from './http/home.js';
import { registerMetrics } from './http/metrics.js';
import { beginInTurn } from './http/pipelined.js';
import { registerPlayground } from './http/playground.js';
import { noteStart, withProcessingTime } from './http/processing-time.js';
import { refuseMalformed } from './http/refuse-socket.js';
import { requestIdOf } from './http/request-id.js';
import { readUnreadBody } from './http/unread-body.js';
import { createUpgrades } from './http/upgrades.js';
import { buildOpenApi } from './rest/openapi/index.js';
import { methodsOf, REST_BODY_BYTES, registerRest, startingPaths } from './rest/router.js';
import { createResponsesSocket, type SocketLimits } from './rest/socket/responses-socket.js';
import type { Services } from './services/index.js';

export interface AppOptions extends ContainerOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  corsOrigins?: readonly string[];
  /** Of connections to the Responses API over WebSocket. */
  socket?: Partial<SocketLimits>;
  /** Folder of the built playground. Default: beside the compiled server. */
  playgroundDir?: string;
  graphqlLimits?: Partial<GraphQLLimits>;
  /** Makes what answers GraphQL over HTTP behind the server's own door. Default: Apollo Server on the schema. */
  createGraphQLHttp?: CreateHttpTransport;
  /** After how long a silent event stream, of either door, is told that it is alive. Default 12 s. */
  keepAliveMs?: number;
}

export interface App {
  /** `http://host:port`, once started. */
  readonly url: string;
  readonly services: Services;
  readonly container: Container;
  /** Listens. On failure everything is closed again. */
  start(): Promise<void>;
  /** Refuses new work, lets running work end, closes everything. Idempotent. */
  stop(): Promise<void>;
}

const sendError = (reply: FastifyReply, error: GatewayError) =>
  withProcessingTime(reply)
    .code(error.status)
    .headers(error.headers)
    .type('application/json; charset=utf-8')
    .send(toEnvelope(error));

/** The documents of the config file, and who has to use them. */
const trustedDocuments = (settings: TrustedDocumentsSettings | undefined) =>
  settings === undefined
    ? null
    : {
        documents: readTrustedDocuments(settings.files),
        required: settings.required,
        requiredFor: new Set(settings.required_for.map((id) => parsePublicId('key', id) ?? id)),
      };

/** How long a stopping server waits for its answers to be read. */
const CLOSE_PATIENCE_MS = 2000;

/** Connections that wait to be accepted: one beyond them is reset, which tells a client less than an answer. Linux has no more. */
const BACKLOG = 4096;

const builtPlayground = path.join(path.dirname(fileURLToPath(import.meta.url)), 'playground');

/** The whole server on one port, not listening yet; used by the process and by every test. */
export async function createApp(options: AppOptions): Promise<App> {
  const { logger } = options;
  const container = await createContainer(options);
  const { services } = container;
  const corsOrigins = options.corsOrigins ?? [];
  const server = fastify({
    genReqId: requestIdOf,
    forceCloseConnections: 'idle',
    // No id is too long to be unknown; what a URL may hold in all is Node's to say.
    routerOptions: { maxParamLength: 16_384 },
    // Hooks do not run for what the router cannot read.
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      request.startedMs = performance.now();
      return sendError(reply.header('x-request-id', request.id), errors.malformedUrl());
    },
    clientErrorHandler: refuseMalformed,
    bodyLimit: REST_BODY_BYTES,
    exposeHeadRoutes: false,
  });

  refuseEarly(server.server, {
    routeOf({ method, url, headers }) {
      // What a page of another origin may read of an answer is for the framework to say.
      const isForPage = corsOrigins.length > 0 && headers.origin !== undefined;
      return method === 'POST' && url !== undefined && startingPaths.has(url) && !isForPage ? url : null;
    },
    refuse: () => services.gate.refuse(),
    onAnswered: container.metrics.answered,
  });

  let isStopping = false;
  noteStart(server);
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    beginInTurn(reply, done);
  });
  registerMetrics(server, container.metrics, services.access);
  useJsonBodies(server);
  server.setErrorHandler(async (thrown: FastifyError, request, reply) => {
    const error = fromHttpFault(thrown, REST_BODY_BYTES);
    if (error.status === 413) await readUnreadBody(request.raw);
    if (error.status >= 500 && error.code === 'internal_error')
      logger.error({ err: thrown, requestId: request.id, method: request.method }, 'a request failed');
    return sendError(reply, error);
  });
  server.setNotFoundHandler((request, reply) => {
    const where = request.url.split('?')[0] ?? '';
    const methods = methodsOf(request.url);
    if (methods.length === 0) return sendError(reply, errors.unknownRoute(request.method, where));
    return sendError(reply.header('allow', methods.join(', ')), errors.methodNotAllowed(request.method, where));
  });

  // Without origins there is nothing to allow, and nothing for every request to be asked.
  if (corsOrigins.length > 0)
    await server.register(cors, {
      origin: [...corsOrigins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
      exposedHeaders: [
        'x-request-id',
        'x-budget-threshold',
        'x-budget-id',
        'x-budget-needed',
        'x-budget-remaining',
        'x-budget-reset',
        'x-ratelimit-limit-requests',
        'x-ratelimit-remaining-requests',
        'x-ratelimit-reset-requests',
        'x-ratelimit-limit-tokens',
        'x-ratelimit-remaining-tokens',
        'x-ratelimit-reset-tokens',
        'retry-after',
        'retry-after-ms',
        'x-should-retry',
        'idempotency-replayed',
        'openai-processing-ms',
      ],
      maxAge: 600,
    });

  const openApi = JSON.stringify(buildOpenApi());
  server.get('/livez', () => ({ status: 'ok' }));
  server.get('/readyz', (_request, reply) =>
    isStopping ? reply.code(503).send({ status: 'stopping' }) : { status: 'ready' },
  );
  server.get('/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(openApi));
  const { graphql: settings } = options.config;
  if (settings.introspection) {
    const schema = printGraphQLSchema();
    server.get('/schema.graphql', (_request, reply) => reply.type('text/plain; charset=utf-8').send(schema));
  }
  const hidden = [
    ...(settings.introspection ? [] : ['/schema.graphql']),
    ...(settings.playground ? [] : ['/playground']),
  ];
  const homePage = printHomePage((where) => !hidden.includes(where));
  server.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(homePage));
  if (settings.playground) await registerPlayground(server, options.playgroundDir ?? builtPlayground);
  const { keepAliveMs } = options;
  await registerRest(server, services, { keepAliveMs });
  const upgrades = createUpgrades(server.server);
  const sockets = createResponsesSocket({ upgrades, services, logger, limits: options.socket ?? {} });
  const graphql = await registerGraphQL(server, {
    services,
    logger,
    upgrades,
    introspection: settings.introspection,
    tellsCost: settings.cost,
    federation: settings.federation,
    trusted: trustedDocuments(settings.trusted_documents),
    ...(options.createGraphQLHttp === undefined ? {} : { createHttp: options.createGraphQLHttp }),
    limits: {
      executionMs: settings.execution_seconds * 1000,
      operationsPerSocket: settings.operations_per_socket,
      operationsPerKey: settings.operations_per_key,
      ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
      ...options.graphqlLimits,
    },
  });

  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    isStopping = true;
    // Followers are told first, so that they resume elsewhere; then running responses end; then the doors close.
    upgrades.close();
    sockets.drain();
    await graphql.close();
    await container.drain();
    await sockets.close();
    // Streams that follow the ended runs get their last events; who does not read them is cut.
    const cut = setTimeout(() => server.server.closeAllConnections(), CLOSE_PATIENCE_MS);
    await server.close();
    clearTimeout(cut);
    await container.close();
  };
  let url = '';
  const app: App = {
    get url() {
      return url;
    },
    services,
    container,
    async start() {
      try {
        await server.listen({ host: options.host, port: options.port, backlog: BACKLOG });
      } catch (error) {
        await app.stop();
        throw error;
      }
      const { address, family, port } = server.server.address() as AddressInfo;
      url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
  return app;
}
