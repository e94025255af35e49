import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';

/** Frontend messages that make the server run a statement: a simple query, and the execution of a prepared one. */
const QUERY = 0x51;
const EXECUTE = 0x45;

export interface StatementCounter {
  /** The database as a URL that leads through the counter. */
  readonly url: string;
  /** Statements since the start. */
  count(): number;
  close(): void;
}

/**
 * Stands between a gateway and PostgreSQL and counts statements as they pass: exact, unlike the server's statistics, which
 * come seconds late and count transactions.
 *
 * @param databaseUrl a database on a unix socket
 * @param folder where the counter's own socket goes
 */
export async function startStatementCounter(databaseUrl: string, folder: string): Promise<StatementCounter> {
  const url = new URL(databaseUrl.replace(/@[^/]*/, '@host'));
  const [, host = '', port = ''] = /@([^/:]*):(\d+)/.exec(databaseUrl) ?? [];
  const socketName = `.s.PGSQL.${port}`;
  let statements = 0;

  const server = createServer((client) => {
    const database = connect(path.join(decodeURIComponent(host), socketName));
    const watch = createWatcher((type) => {
      if (type === QUERY || type === EXECUTE) statements += 1;
    });
    client.on('data', (bytes: Buffer) => {
      watch(bytes);
      database.write(bytes);
    });
    database.pipe(client);
    client.on('end', () => database.end());
    const drop = (other: Socket) => () => other.destroy();
    client.on('error', drop(database)).on('close', drop(database));
    database.on('error', drop(client)).on('close', drop(client));
  });
  await new Promise<void>((resolve) => server.listen(path.join(folder, socketName), resolve));
  return {
    url: `postgresql://${url.username}@${encodeURIComponent(folder)}:${port}${url.pathname}`,
    count: () => statements,
    close: () => server.close(),
  };
}

/** Reads the types of the messages in a frontend's byte stream. The first message, the start-up, has none. */
function createWatcher(onMessage: (type: number) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let typeBytes = 0;
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (;;) {
      if (rest.length < typeBytes + 4) return;
      const length = typeBytes + rest.readUInt32BE(typeBytes);
      if (rest.length < length) return;
      if (typeBytes === 1) onMessage(rest[0] as number);
      rest = rest.subarray(length);
      typeBytes = 1;
    }
  };
}
