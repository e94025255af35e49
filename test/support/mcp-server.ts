import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

export interface TestMcpServer {
  readonly url: string;
  /** Every HTTP request, in order: method, headers, and the JSON-RPC method of a POST. */
  readonly requests: { method: string; headers: IncomingHttpHeaders; rpc: string | null }[];
  /** Sessions that began and have not been ended by their client. */
  readonly sessions: ReadonlySet<string>;
  /** JSON-RPC methods received, for a quick look. */
  calls(): string[];
  /** Refuses everything with this status from now on. */
  refuseWith(status: number): void;
  /** Serves again, and forgets what was. */
  reset(): void;
  close(): Promise<void>;
}

/** A real MCP server over server-sent events, as they were before streamable HTTP. */
export async function startOlderMcpServer(): Promise<{ url: string; open(): number; close(): Promise<void> }> {
  const transports = new Map<string, SSEServerTransport>();
  const http = createServer((message, response) => {
    const url = new URL(message.url ?? '', 'http://localhost');
    if (message.method === 'GET') {
      const transport = new SSEServerTransport('/messages', response);
      transports.set(transport.sessionId, transport);
      response.on('close', () => transports.delete(transport.sessionId));
      void createTools().connect(transport as never);
      return;
    }
    const transport = transports.get(url.searchParams.get('sessionId') ?? '');
    if (transport === undefined) response.writeHead(405).end();
    else void transport.handlePostMessage(message, response);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/sse`,
    open: () => transports.size,
    async close() {
      http.close();
      http.closeAllConnections();
      if (http.listening) await once(http, 'close');
    },
  };
}

/** A real MCP server over streamable HTTP, with tools of every temper. */
export async function startMcpServer(): Promise<TestMcpServer> {
  const requests: TestMcpServer['requests'] = [];
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const sessions = new Set<string>();
  let refusal: number | null = null;

  const http = createServer((message, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString('utf8');
      const body = text === '' ? undefined : (JSON.parse(text) as { method?: string });
      requests.push({ method: message.method ?? '', headers: message.headers, rpc: body?.method ?? null });
      if (refusal !== null) return response.writeHead(refusal).end('no');
      const id = message.headers['mcp-session-id'];
      let transport = typeof id === 'string' ? transports.get(id) : undefined;
      if (transport === undefined) {
        const opened = new StreamableHTTPServerTransport({
          sessionIdGenerator: randomUUID,
          onsessioninitialized: (sessionId) => {
            transports.set(sessionId, opened);
            sessions.add(sessionId);
          },
          onsessionclosed: (sessionId) => {
            sessions.delete(sessionId);
          },
        });
        await createTools().connect(opened as never);
        transport = opened;
      }
      await transport.handleRequest(message, response, body);
    })().catch(() => response.destroy());
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/mcp`,
    requests,
    sessions,
    calls: () => requests.flatMap(({ rpc }) => rpc ?? []),
    refuseWith: (status) => {
      refusal = status;
    },
    reset() {
      refusal = null;
      requests.length = 0;
      sessions.clear();
    },
    async close() {
      http.close();
      http.closeAllConnections();
      if (http.listening) await once(http, 'close');
    },
  };
}

function createTools(): McpServer {
  const server = new McpServer({ name: 'test', version: '1' });
  server.registerTool(
    'roll_dice',
    {
      description: 'Rolls dice of so many sides.',
      inputSchema: { sides: z.number().int() },
      annotations: { readOnlyHint: true },
    },
    ({ sides }) => ({ content: [{ type: 'text', text: `rolled ${sides}` }] }),
  );
  server.registerTool('erase', { description: 'Erases everything.' }, () => ({
    content: [{ type: 'text', text: 'erased' }],
  }));
  server.registerTool('fail', { description: 'Fails.' }, () => ({
    content: [{ type: 'text', text: 'out of order' }],
    isError: true,
  }));
  server.registerTool('hang', { description: 'Never answers.' }, () => new Promise(() => undefined));
  server.registerTool('huge', { description: 'Answers with two million letters.' }, () => ({
    content: [{ type: 'text', text: 'x'.repeat(2_000_000) }],
  }));
  server.registerTool('mixed', { description: 'Answers with every kind of content.' }, () => ({
    content: [
      { type: 'text', text: 'words' },
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
      { type: 'resource', resource: { uri: 'test://a', text: 'inside' } },
      { type: 'resource_link', uri: 'test://b', name: 'b' },
    ],
  }));
  server.registerTool(
    'structured',
    { description: 'Answers with data alone.', outputSchema: { answer: z.number() } },
    () => ({ content: [], structuredContent: { answer: 42 } }),
  );
  return server;
}
