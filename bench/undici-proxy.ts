import { createServer } from 'node:http';
import { Pool } from 'undici';
import { listen } from './listen.js';

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
listen(server);
