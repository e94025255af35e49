import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { McpCallResult } from '../../domain/mcp-call.js';
import type { McpTool } from './server.js';

/** One server, for the time of one run. Connects when first needed. */
export interface McpConnection {
  /** All tools of the server. @throws McpListError in words for the caller */
  listTools(signal: AbortSignal): Promise<McpTool[]>;
  /** Calls a tool. A failure is a result; only an aborted `signal` throws. */
  call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<McpCallResult>;
  /** Ends the session. Never throws. */
  close(): Promise<void>;
}

export class McpListError extends Error {
  override name = 'McpListError';
}

export interface McpConnectionOptions {
  /** A fetch that reaches public addresses only and bounds what it reads. */
  fetch: FetchLike;
  /** Read whenever they are needed: they may change. */
  limits: {
    /** For connecting and listing together. */
    mcpListMs: number;
    /** For one call, connecting included. */
    mcpCallMs: number;
  };
}
