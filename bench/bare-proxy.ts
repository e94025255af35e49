import { Agent, createServer, request as send } from 'node:http';
import { listen } from './listen.js';

/**
 * The unit of cost: a reverse proxy of bare `node:http` that looks at nothing. Run as a child process with the upstream's
 * port as its argument; tells its parent its own.
 */
const upstreamPort = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 1024 });

const server = createServer((request, response) => {
  const forwarded = send(
    {
      agent,
      host: '127.0.0.1',
      port: upstreamPort,
      method: request.method,
      path: request.url,
      headers: { ...request.headers, host: `127.0.0.1:${upstreamPort}` },
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  forwarded.on('error', () => response.destroy());
  response.on('close', () => {
    if (!response.writableFinished) forwarded.destroy();
  });
  request.pipe(forwarded);
});
listen(server);
