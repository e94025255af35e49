import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Lets a helper process take requests and tells its parent where. It ends with its parent. */
export function listen(server: Server): void {
  server.keepAliveTimeout = 60_000;
  // Hundreds connect at once: one that found no room would try again after a second, then two, then four.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
    process.send?.({ port: (server.address() as AddressInfo).port }),
  );
  process.on('disconnect', () => process.exit(0));
}
