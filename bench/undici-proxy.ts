import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

/**
 * What Node can do at best: a proxy of `node:http` in and undici out that looks at nothing. Run as a child process with the
 * upstream's port as its argument; tells its parent its own.
 */
const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 256 });

const server = createServer((request, response) => {
  pool
    .stream(
      {
        method: 'POST',
        path: request.url ?? '/',
        headers: {
          'content-type': request.headers['content-type'],
          'content-length': request.headers['content-length'],
        },
        body: request,
      },
      ({ statusCode, headers }) => {
        response.writeHead(statusCode, headers);
        return response;
      },
    )
    .catch(() => response.destroy());
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
