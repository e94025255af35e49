import type { FastifyInstance, FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** When its head had arrived, in milliseconds of the process's own clock. */
    startedMs: number;
  }
}

/** Notes when each request began. */
export function noteStart(app: FastifyInstance): void {
  app.decorateRequest('startedMs', 0);
  app.addHook('onRequest', (request, _reply, done) => {
    request.startedMs = performance.now();
    done();
  });
}

/** Says how long the answer took, a stream until its head (transport section, `openai-processing-ms`). */
export const withProcessingTime = (reply: FastifyReply): FastifyReply =>
  reply.header('openai-processing-ms', String(Math.round(performance.now() - reply.request.startedMs)));
