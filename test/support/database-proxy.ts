import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import pg from 'pg';

export interface DatabaseProxy {
  /** As the database's own, through the proxy. */
  url: string;
  /** Lets the next statement whose bytes hold `text` be executed and cuts its connection before the answer. Resolves then. */
  cutAfter(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Between a server and its PostgreSQL: carries everything, until it is told to lose an answer. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const { host, port: databasePort, user, password, database: name } = new pg.Client({ connectionString: databaseUrl });
  const open = (): Socket =>
    host.startsWith('/') ? connect(path.join(host, `.s.PGSQL.${databasePort}`)) : connect(databasePort, host);
  const sockets = new Set<Socket>();
  let armed: { text: string; done: () => void } | null = null;

  const server = createServer((client) => {
    const database = open();
    let isDoomed: (() => void) | null = null;
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        database.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (armed !== null && bytes.includes(armed.text)) {
        isDoomed = armed.done;
        armed = null;
      }
      database.write(bytes);
    });
    database.on('data', (bytes) => {
      if (isDoomed === null) return client.write(bytes);
      // What PostgreSQL answers with 'ready for query' at the end is committed.
      if (bytes.at(-6) === 'Z'.charCodeAt(0)) {
        client.destroy();
        isDoomed();
      }
      return undefined;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;

  return {
    url: `postgresql://${encodeURIComponent(user ?? '')}${password ? `:${encodeURIComponent(String(password))}` : ''}@127.0.0.1:${port}/${name}`,
    cutAfter: (text) =>
      new Promise((done) => {
        armed = { text, done };
      }),
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}
