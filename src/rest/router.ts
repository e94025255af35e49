import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { thresholdHeaders } from '../domain/budget.js';
import type { Principal } from '../domain/principal.js';
import { KEEP_ALIVE_MS } from '../http/keep-alive.js';
import { useFormBodies } from '../http/multipart.js';
import { withProcessingTime } from '../http/processing-time.js';
import { WaitingClient } from '../http/waiting-client.js';
import { checkOperation } from '../services/access/operations.js';
import { startsWork } from '../services/admission/starting.js';
import type { Services } from '../services/index.js';
import type { Route } from './define-route.js';
import { routes } from './routes.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key it carries; known once the key was checked, on paths that need one. */
    principal: Principal;
  }
}

/** Where the tree answers. */
export const BASE_PATHS = ['/api/v1', '/v1'] as const;

/** REST bodies may carry images and files (limits section). */
export const REST_BODY_BYTES = 32 * 1024 * 1024;

/** Registers every endpoint under both base paths. The key and its scopes are checked before the body is read. */
export async function registerRest(
  app: FastifyInstance,
  services: Services,
  { keepAliveMs = KEEP_ALIVE_MS }: { keepAliveMs?: number | undefined } = {},
): Promise<void> {
  app.decorateRequest('principal');
  const endpoints: FastifyPluginAsync = async (scope) => {
    const authenticate = (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void => {
      const { authorization } = request.headers;
      const found = (principal: Principal): void => {
        request.principal = principal;
        done();
      };
      const known = services.access.recognise(authorization);
      if (known === null) services.access.authenticate(authorization).then(found, done);
      else found(known);
    };
    const register = (target: FastifyInstance, route: Route): void => {
      target.route({
        method: route.method,
        url: route.path,
        bodyLimit: REST_BODY_BYTES,
        onRequest(request, _reply, done) {
          checkOperation(request.principal, route.operation);
          done();
        },
        async handler(request, reply) {
          const { principal } = request;
          const warning = thresholdHeaders(principal.budgets, Date.now());
          if (warning !== null) reply.headers(warning);
          const answer = await route.handle({
            keepAliveMs,
            principal,
            services,
            body: request.body,
            params: request.params as Record<string, string>,
            query: request.query as Record<string, unknown>,
            client: new WaitingClient(reply.raw),
            request,
            reply,
          });
          if (answer === undefined) return reply;
          withProcessingTime(reply)
            .code(route.status ?? 200)
            .type('application/json; charset=utf-8');
          // The text and not the reply: a promise that is given a reply asks it whether it was sent.
          return JSON.stringify(answer);
        },
      });
    };
    // Under overload work is refused before anything of it is looked at, its key included.
    await scope.register(async (starting) => {
      starting.addHook('onRequest', (_request, _reply, done) => {
        services.gate.check();
        done();
      });
      starting.addHook('onRequest', authenticate);
      for (const route of routes.filter(isStarting)) register(starting, route);
    });
    scope.addHook('onRequest', authenticate);
    for (const route of routes.filter(isPlain)) register(scope, route);
    await scope.register(async (uploads) => {
      useFormBodies(uploads);
      for (const route of routes.filter(({ bodyType }) => bodyType !== undefined)) register(uploads, route);
    });
  };
  for (const prefix of BASE_PATHS) await app.register(endpoints, { prefix });
}

const isStarting = ({ operation }: Route): boolean => startsWork(operation);
const isPlain = (route: Route): boolean => route.bodyType === undefined && !isStarting(route);

/** The methods of the endpoint that a path belongs to; none for a path without one. What has another method is 405, not 404. */
export function methodsOf(url: string): string[] {
  const path = url.split('?')[0] ?? '';
  const base = BASE_PATHS.find((candidate) => path.startsWith(`${candidate}/`));
  if (base === undefined) return [];
  const own = path.slice(base.length);
  return [...new Set(patterns.flatMap(({ method, pattern }) => (pattern.test(own) ? [method] : [])))];
}

const patterns = routes.map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll(/:[A-Za-z]+/g, '[^/]+').replace('*', '.+')}$`),
}));

/** Where new work is posted to; one path is not among them, as it names what it searches. */
export const startingPaths: ReadonlySet<string> = new Set(
  BASE_PATHS.flatMap((base) => routes.filter(isStarting).map(({ path }) => `${base}${path}`)),
);
