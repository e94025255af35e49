import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** The playground's page may only talk to its own origin; `'self'` means its sockets too, but not in every browser. */
const contentSecurityPolicy = (host: string): string =>
  [
    "default-src 'self'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    /^[\w.:[\]-]+$/.test(host) ? `connect-src 'self' ws://${host} wss://${host}` : "connect-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

/** Serves the offline GraphQL IDE at `/playground`. The page needs no key; what it sends does. */
export async function registerPlayground(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(folder)) {
    app.get('/playground', (_request, reply) =>
      reply.code(503).type('text/plain').send('The playground is not built. Run "npm run build".\n'),
    );
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/playground/',
    decorateReply: true,
    setHeaders: (reply, path) => {
      // Their names hold a hash of what they are.
      if (path.includes('/assets/')) reply.header('cache-control', 'public, max-age=31536000, immutable');
      reply.header('content-security-policy', contentSecurityPolicy(reply.request.host));
      reply.header('x-content-type-options', 'nosniff');
      reply.header('referrer-policy', 'no-referrer');
    },
  });
  app.get('/playground', (_request, reply) => reply.sendFile('index.html'));
}
