import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport, StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { jsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js';
import { mcpErrorText } from '../../domain/mcp-call.js';
import { type McpConnection, type McpConnectionOptions, McpListError } from './connection.js';
import { McpTimeoutError, readResult, toCallError } from './result.js';
import type { McpServer, McpTool } from './server.js';

const MAX_TOOLS = 512;
const MAX_LIST_CHARS = 1 << 20;
/** Deeper schemas are refused: nothing real is so deep, and code that walks them runs out of stack. */
const MAX_DEPTH = 64;
const CLOSE_MS = 2_000;

type Transport = StreamableHTTPClientTransport | SSEClientTransport;

/** MCP over streamable HTTP, or over server-sent events where a server knows nothing newer. */
export function connect(server: McpServer, { fetch, limits }: McpConnectionOptions): McpConnection {
  const { mcpListMs: listMs, mcpCallMs: callMs } = limits;
  let opening: Promise<Client> | null = null;
  let transport: Transport | null = null;

  const start = async (opened: Transport, signal: AbortSignal, timeout: number): Promise<Client> => {
    transport = opened;
    const client = new Client({ name: 'antiphon', version: '1' }, { jsonSchemaValidator: uncheckedResults });
    // The SDK's transports have optional members where its interface has undefined ones.
    await client.connect(opened as never, { signal, timeout });
    return client;
  };

  const open = async (signal: AbortSignal, timeout: number): Promise<Client> => {
    const url = new URL(server.url);
    const requestInit = { headers: server.headers };
    try {
      const newer = new StreamableHTTPClientTransport(url, {
        fetch: withoutIdleStream(fetch),
        requestInit,
        reconnectionOptions: RECONNECTION,
      });
      return await start(newer, signal, timeout);
    } catch (thrown) {
      if (signal.aborted || !isOlder(thrown)) throw thrown;
      return start(new SSEClientTransport(url, { fetch, requestInit }), signal, timeout).catch(() => {
        throw thrown;
      });
    }
  };

  /** The session, or a new attempt at one after a failed attempt. */
  const session = (signal: AbortSignal, timeout: number): Promise<Client> => {
    opening ??= open(signal, timeout).catch((thrown: unknown) => {
      opening = null;
      throw thrown;
    });
    return opening;
  };

  return {
    async listTools(signal) {
      try {
        return await within(signal, listMs, async (operation) => {
          const client = await session(operation, listMs);
          const tools: McpTool[] = [];
          let chars = 0;
          let cursor: string | undefined;
          do {
            const page = await client.listTools(cursor === undefined ? {} : { cursor }, {
              signal: operation,
              timeout: listMs,
            });
            for (const tool of page.tools) {
              // A name stands for one tool: the first.
              if (tools.some(({ name }) => name === tool.name)) continue;
              const listed = toListed(tool);
              chars += JSON.stringify(listed).length;
              tools.push(listed);
              if (tools.length > MAX_TOOLS || chars > MAX_LIST_CHARS)
                throw new McpListError(
                  `The server lists more than ${MAX_TOOLS} tools or ${MAX_LIST_CHARS} characters.`,
                );
            }
            cursor = page.nextCursor;
          } while (cursor !== undefined);
          return tools;
        });
      } catch (thrown) {
        signal.throwIfAborted();
        if (thrown instanceof McpListError) throw thrown;
        throw new McpListError(mcpErrorText(toCallError(thrown)));
      }
    },

    async call(name, args, signal) {
      try {
        return await within(signal, callMs, async (operation) => {
          const client = await session(operation, callMs);
          const request = { name, arguments: args };
          const result: object = await client.callTool(request, undefined, { signal: operation, timeout: callMs });
          return readResult(result);
        });
      } catch (thrown) {
        signal.throwIfAborted();
        return { output: null, error: toCallError(thrown) };
      }
    },

    async close() {
      if (transport === null) return;
      const ending = 'terminateSession' in transport ? transport.terminateSession().catch(() => undefined) : null;
      await Promise.race([ending, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
      await transport.close().catch(() => undefined);
    },
  };
}

/** Results are not checked against the server's schemas: those may be built to take for ever. */
const uncheckedResults: jsonSchemaValidator = {
  getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
};

const RECONNECTION = {
  maxRetries: 2,
  initialReconnectionDelay: 500,
  maxReconnectionDelay: 2_000,
  reconnectionDelayGrowFactor: 2,
};

/** Answers of servers from before streamable HTTP. */
const isOlder = (thrown: unknown): boolean =>
  thrown instanceof StreamableHTTPError && [400, 404, 405].includes(thrown.code ?? 0);

/**
 * Runs an operation until the signal aborts or the time is up. It gets a signal of its own, which stays silent once it is
 * done: the SDK would send a cancellation even then.
 */
async function within<T>(signal: AbortSignal, ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const operation = new AbortController();
  const stop = (): void => operation.abort(signal.reason);
  const timer = setTimeout(() => operation.abort(new McpTimeoutError()), ms);
  signal.addEventListener('abort', stop, { once: true });
  try {
    // Not every step of the SDK listens to a signal.
    return await Promise.race([run(operation.signal), rejection(operation.signal)]);
  } catch (thrown) {
    throw operation.signal.reason instanceof McpTimeoutError ? operation.signal.reason : thrown;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

const rejection = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/**
 * The stream that a client may hold open for what a server has to say by itself is never opened: nothing it says would be
 * heard. A broken answer is still taken up again.
 */
const withoutIdleStream =
  (fetch: FetchLike): FetchLike =>
  async (url, init) => {
    const isIdle = init?.method === 'GET' && !new Headers(init.headers).has('last-event-id');
    return isIdle ? new Response(null, { status: 405 }) : fetch(url, init);
  };

function toListed(tool: { name: string; description?: unknown; inputSchema: unknown; annotations?: unknown }): McpTool {
  const listed = {
    name: tool.name.toWellFormed(),
    description: typeof tool.description === 'string' ? tool.description.toWellFormed() : null,
    input_schema: tool.inputSchema,
    annotations: tool.annotations ?? null,
  };
  if (tool.name.length > 256) throw new McpListError('The server has a tool whose name is longer than 256 characters.');
  if (isDeeper(listed, MAX_DEPTH))
    throw new McpListError(`The server has a schema more than ${MAX_DEPTH} levels deep.`);
  return listed;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
