import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errors } from '../domain/errors.js';
import type { Metrics } from '../observability/metrics.js';
import type { AccessService } from '../services/access/access.service.js';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Whether the request comes from this machine itself, not through a proxy on it. */
const isLocal = ({ socket, headers }: FastifyRequest): boolean =>
  LOOPBACK.has(socket.remoteAddress ?? '') &&
  headers['x-forwarded-for'] === undefined &&
  headers.forwarded === undefined;

/** `GET /metrics`: for this machine, and for keys with the scope `admin`. Counts every answered request. */
export function registerMetrics(app: FastifyInstance, metrics: Metrics, access: AccessService): void {
  // Fastify's own hook for this costs several times as much as what is done in it.
  app.addHook('onRequest', (request, { raw }, done) => {
    raw.on('finish', () => {
      const route = request.routeOptions.url ?? 'unknown';
      metrics.answered(route, request.method, raw.statusCode, (performance.now() - request.startedMs) / 1000);
    });
    done();
  });
  app.get('/metrics', async (request, reply) => {
    if (!isLocal(request) || request.headers.authorization !== undefined) {
      const { scopes } = await access.authenticate(request.headers.authorization);
      if (!scopes.includes('admin')) throw errors.permissionDenied('Metrics are for keys with the scope admin.');
    }
    return reply.type(metrics.contentType).send(await metrics.print());
  });
}
