import { protocolError } from '../../domain/mcp-call.js';
import { type McpConnection, type McpConnectionOptions, McpListError } from './connection.js';
import type { McpServer } from './server.js';

export interface McpConnector {
  /** Why this URL cannot be a server's, or null. */
  refusal(url: string): string | null;
  open(server: McpServer): McpConnection;
}

export type McpConnectorOptions = McpConnectionOptions & Pick<McpConnector, 'refusal'>;

type Connect = (server: McpServer, options: McpConnectionOptions) => McpConnection;

const loadClient = async (): Promise<Connect> => (await import('./client.js')).connect;

/** @param load loads the client with its first use: few installations call a server, and the SDK takes 6 MiB */
export function createMcpConnector(options: McpConnectorOptions, load = loadClient): McpConnector {
  return { refusal: options.refusal, open: (server) => connectLater(async () => (await load())(server, options)) };
}

const INTERNAL_ERROR = -32603;
const NOT_LOADED = 'The client for MCP servers could not be loaded: try again.';

/** A connection that is made with its first use, and tried again with the next one where that fails. */
function connectLater(connect: () => Promise<McpConnection>): McpConnection {
  let connecting: Promise<McpConnection | null> | null = null;
  const connected = async (): Promise<McpConnection | null> => {
    connecting ??= connect().catch(() => null);
    const connection = await connecting;
    if (connection === null) connecting = null;
    return connection;
  };
  return {
    async listTools(signal) {
      const connection = await connected();
      if (connection === null) throw new McpListError(NOT_LOADED);
      return connection.listTools(signal);
    },
    async call(name, args, signal) {
      const connection = await connected();
      return connection === null ? protocolError(INTERNAL_ERROR, NOT_LOADED) : connection.call(name, args, signal);
    },
    async close() {
      await (await connecting)?.close();
    },
  };
}
