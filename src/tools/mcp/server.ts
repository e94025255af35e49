import type { Tool } from '../../domain/tool.js';

/** A tool as an MCP server describes it, in the spelling of the `mcp_list_tools` item. */
export interface McpTool {
  name: string;
  description: string | null;
  input_schema: unknown;
  annotations: unknown;
}

interface ToolFilter {
  tool_names?: string[] | null;
  read_only?: boolean | null;
}

/** An MCP server as a request names it. */
export interface McpServer {
  label: string;
  url: string;
  /** Sent with every request: the caller's own headers and its authorization. Secret. */
  headers: Record<string, string>;
  description: string | null;
  /** Which of its tools may be called; null: all. */
  allowed: ToolFilter | null;
  approval: 'always' | 'never' | { always?: ToolFilter | null; never?: ToolFilter | null };
}

/** Reads a checked `mcp` tool. */
export function readMcpServer(tool: Tool): McpServer {
  const { authorization, headers, allowed_tools: allowed } = tool;
  return {
    label: String(tool.server_label),
    url: String(tool.server_url),
    headers: {
      ...(headers as Record<string, string> | null | undefined),
      ...(typeof authorization === 'string' ? { authorization: `Bearer ${authorization}` } : {}),
    },
    description: typeof tool.server_description === 'string' ? tool.server_description : null,
    allowed: Array.isArray(allowed) ? { tool_names: allowed } : ((allowed as ToolFilter | null | undefined) ?? null),
    approval: (tool.require_approval as McpServer['approval'] | null | undefined) ?? 'always',
  };
}

/**
 * An `mcp` tool as it is kept and shown. Whatever may be a secret is left out: `authorization`, `headers`, and of the
 * server's URL all but its origin, since keys are often part of the path.
 */
export function withoutMcpSecrets(tool: Tool): Tool {
  const { authorization: _authorization, headers: _headers, sealed: _sealed, server_url: url, ...rest } = tool;
  return { ...rest, ...(typeof url === 'string' ? { server_url: shownUrl(url) } : {}), headers: null };
}

function shownUrl(url: string): string {
  if (!URL.canParse(url)) return '<redacted>';
  const { origin, pathname, search } = new URL(url);
  return pathname === '/' && search === '' ? origin : `${origin}/<redacted>`;
}

/** Both conditions of a filter have to hold; a tool counts as read-only if its server says so. */
function fits(filter: ToolFilter, tool: McpTool): boolean {
  if (filter.tool_names != null && !filter.tool_names.includes(tool.name)) return false;
  return filter.read_only == null || filter.read_only === isReadOnly(tool);
}

const isReadOnly = ({ annotations }: McpTool): boolean =>
  typeof annotations === 'object' &&
  annotations !== null &&
  'readOnlyHint' in annotations &&
  annotations.readOnlyHint === true;

export const isAllowed = (server: McpServer, tool: McpTool): boolean =>
  server.allowed === null || fits(server.allowed, tool);

/** Whether a person has to approve calls of this tool. What no filter speaks of is approved by a person. */
export function needsApproval({ approval }: McpServer, tool: McpTool): boolean {
  if (typeof approval === 'string') return approval === 'always';
  if (approval.always != null && fits(approval.always, tool)) return true;
  return approval.never == null || !fits(approval.never, tool);
}
