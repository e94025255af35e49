import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { errors, type GatewayError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { fromHttpFault } from '../http/errors.js';
import { isForm, useFormBodies } from '../http/multipart.js';
import { readUnreadBody } from '../http/unread-body.js';
import type { Upgrades } from '../http/upgrades.js';
import { WaitingClient } from '../http/waiting-client.js';
import type { Logger } from '../observability/logger.js';
import type { Services } from '../services/index.js';
import { buildGraphQLSchema } from './build-schema.js';
import { type Caller, createContext } from './context.js';
import { createDocuments } from './documents.js';
import { printGatewayError } from './errors.js';
import { createEventReader } from './events/event-reader.js';
import { createExecution } from './execution/index.js';
import { asSubgraph } from './federation.js';
import { defaultGraphQLLimits, type GraphQLLimits } from './limits.js';
import { createOperations } from './operations.js';
import { checkMediaType, letOtherBodiesCome } from './other-bodies.js';
import { limitRules } from './rules/index.js';
import { type CreateHttpTransport, createHttpTransport } from './transports/http.js';
import { createSubscribe } from './transports/result-stream.js';
import { createSseTransport, type OperationParams, wantsEventStream } from './transports/sse.js';
import { createWsTransport } from './transports/ws.js';
import { createTrustedDocuments, type SentDocument, type TrustedDocumentsOptions } from './trusted-documents.js';
import { readOperations } from './uploads/read-operations.js';

export { buildGraphQLSchema, printGraphQLSchema } from './build-schema.js';
export { defaultGraphQLLimits, type GraphQLLimits } from './limits.js';
export type { CreateHttpTransport } from './transports/http.js';

const PATH = '/graphql';

export interface GraphQLOptions {
  services: Services;
  logger: Logger;
  upgrades: Upgrades;
  limits?: Partial<GraphQLLimits>;
  /** Whether clients may ask for the schema, and errors suggest names of it. Default true. */
  introspection?: boolean;
  /** Whether results say in `extensions` what their operation cost. Default true. */
  tellsCost?: boolean;
  /** Whether a federation router may include this schema: adds `_service` and `_entities`. Default false. */
  federation?: boolean;
  trusted?: TrustedDocumentsOptions | null;
  /** Makes what answers queries and mutations over HTTP. Default: Apollo Server on the schema. */
  createHttp?: CreateHttpTransport;
}

/**
 * Opens the GraphQL door at `/graphql`: HTTP, WebSocket and event streams on one schema, one set of limits and one key check.
 * Call it before the server listens; `close` ends sockets with 1001.
 */
export async function registerGraphQL(app: FastifyInstance, deps: GraphQLOptions): Promise<{ close(): Promise<void> }> {
  const { services, logger, introspection = true } = deps;
  const limits = { ...defaultGraphQLLimits, ...deps.limits };
  const schema = deps.federation === true ? asSubgraph(buildGraphQLSchema()) : buildGraphQLSchema();
  const rules = limitRules(limits, introspection);
  const documents = createDocuments(schema, rules, limits);
  const operations = createOperations(createExecution(schema), limits, deps);
  const trusted = deps.trusted ? createTrustedDocuments(deps.trusted) : null;
  const parts = { services, events: createEventReader() };
  const principals = new WeakMap<FastifyRequest, Principal>();
  let isClosing = false;

  const contextOf = (request: FastifyRequest, reply: FastifyReply) => {
    const principal = principals.get(request);
    if (principal === undefined) throw errors.missingKey();
    const left = new WaitingClient(reply.raw);
    return createContext(parts, { principal, requestId: request.id, literals: request.literals, left });
  };
  const { keyWatch } = services;
  const common = {
    schema,
    documents,
    subscribe: createSubscribe(schema),
    limits,
    logger,
    operations,
    contextOf,
    suggestions: introspection,
  };
  const http = await (deps.createHttp ?? createHttpTransport)({ ...common, rules });
  const sse = createSseTransport({ ...common, keyWatch });
  const ws = createWsTransport({
    ...common,
    upgrades: deps.upgrades,
    path: PATH,
    trusted,
    keyWatch,
    authenticate: services.access.authenticate,
    contextOf: (caller: Caller) => createContext(parts, caller),
  });

  const endpoint: FastifyPluginAsync = async (scope) => {
    scope.setErrorHandler(async (thrown: FastifyError, request, reply) => {
      const error = fromHttpFault(thrown, limits.bodyBytes);
      if (error.status === 413) await readUnreadBody(request.raw);
      if (error.code === 'internal_error')
        logger.error({ err: thrown, requestId: request.id }, 'a GraphQL request failed');
      return refuse(request, reply, error);
    });
    useFormBodies(scope);
    letOtherBodiesCome(scope);
    scope.route({
      method: ['HEAD', 'PUT', 'PATCH', 'DELETE'],
      url: PATH,
      async onRequest({ method }, reply) {
        reply.header('allow', 'GET, POST');
        throw errors.methodNotAllowed(method, PATH);
      },
      handler: () => undefined,
    });
    scope.route({
      method: ['GET', 'POST'],
      url: PATH,
      bodyLimit: limits.bodyBytes,
      // The key comes before the body: nobody unknown gets to send 32 MiB.
      async onRequest(request) {
        if (isClosing) throw errors.shuttingDown();
        const { authorization } = request.headers;
        const { access } = services;
        principals.set(request, access.recognise(authorization) ?? (await access.authenticate(authorization)));
      },
      async handler(request, reply) {
        if (request.method === 'GET' || !isForm(request.raw)) return answer(request, reply);
        const { body, close } = await readOperations(request);
        request.body = body;
        try {
          return await answer(request, reply);
        } finally {
          await close();
        }
      },
    });
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const principal = principals.get(request) as Principal;
    if (trusted !== null) putDocument(request, trusted.resolve(principal, sentDocument(request)));
    const query = queryOf(request);
    onceClosed(reply, operations.enter(principal));
    if (wantsEventStream(request)) {
      checkMediaType(request);
      return sse.handle(request, reply, readParams(request));
    }
    const read = query === null ? null : documents.read(query);
    const retryMs = read !== null && 'document' in read && read.isOnlyStart ? services.gate.refuse() : null;
    // To run it only to find that there is no room costs five times as much.
    if (retryMs !== null) return refuse(request, reply, errors.overloaded(retryMs));
    return http.handle(request, reply, read);
  };
  await app.register(endpoint);

  return {
    async close() {
      isClosing = true;
      await ws.close();
      await http.close();
    },
  };
}

function onceClosed({ raw }: FastifyReply, then: () => void): void {
  if (raw.closed) then();
  else raw.once('close', then);
}

function refuse(request: FastifyRequest, reply: FastifyReply, error: GatewayError): FastifyReply {
  const isModern = request.headers.accept?.includes('application/graphql-response+json') === true;
  return reply
    .code(error.status)
    .headers(error.headers)
    .type(`${isModern ? 'application/graphql-response+json' : 'application/json'}; charset=utf-8`)
    .send(JSON.stringify({ errors: [printGatewayError(error, request.id)] }));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sentParams = ({ method, query, body }: FastifyRequest): unknown => (method === 'GET' ? query : body);

function queryOf(request: FastifyRequest): string | null {
  const params = sentParams(request);
  return isObject(params) && typeof params.query === 'string' ? params.query : null;
}

const sentDocument = (request: FastifyRequest): SentDocument => {
  const params = sentParams(request);
  if (!isObject(params)) return {};
  const { query, documentId, extensions } = params;
  const isText = request.method === 'GET' && typeof extensions === 'string';
  return { query, documentId, extensions: isText ? parseOrNull(extensions) : extensions };
};

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Lets the request be as if this text had been sent. */
function putDocument(request: FastifyRequest, text: string | undefined): void {
  const params = sentParams(request);
  if (text === undefined || !isObject(params) || params.query === text) return;
  params.query = text;
  delete params.extensions;
}

/** The parameters of an operation for an event stream (GraphQL over HTTP, request parameters). */
function readParams(request: FastifyRequest): OperationParams {
  const params = sentParams(request);
  if (!isObject(params)) throw errors.malformedJson();
  const { query, operationName } = params;
  if (typeof query !== 'string') throw errors.missingParameter('query');
  let { variables } = params;
  if (request.method === 'GET' && typeof variables === 'string') {
    try {
      variables = JSON.parse(variables);
    } catch {
      throw errors.invalidParameter('invalid_type', 'variables', `Invalid 'variables': expected JSON.`);
    }
  }
  if (variables !== undefined && variables !== null && !isObject(variables))
    throw errors.invalidParameter('invalid_type', 'variables', `Invalid 'variables': expected an object.`);
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw errors.invalidParameter('invalid_type', 'operationName', `Invalid 'operationName': expected a string.`);
  return { query, variables: variables ?? null, operationName: operationName ?? null };
}
