import type { McpConnection, McpConnectionOptions } from './connection.js';
import type { McpServer } from './server.js';

export interface McpConnector {
  /** Why this URL cannot be a server's, or null. */
  refusal(url: string): string | null;
  open(server: McpServer): McpConnection;
}

export type McpConnectorOptions = McpConnectionOptions & Pick<McpConnector, 'refusal'>;

export function createMcpConnector(options: McpConnectorOptions): McpConnector {
  return { refusal: options.refusal, open: (server) => connectLater(server, options) };
}

/** A connection whose client is loaded with its first use: few installations call a server, and the SDK takes 6 MiB. */
function connectLater(server: McpServer, options: McpConnectorOptions): McpConnection {
  let connection: Promise<McpConnection> | null = null;
  const connected = (): Promise<McpConnection> => {
    connection ??= import('./client.js').then(({ connect }) => connect(server, options));
    return connection;
  };
  return {
    listTools: async (signal) => (await connected()).listTools(signal),
    call: async (name, args, signal) => (await connected()).call(name, args, signal),
    close: async () => (await connection)?.close(),
  };
}
