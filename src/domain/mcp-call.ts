/** What went wrong with a call of an MCP tool, as the `mcp_call` item shows it (tool calls section). */
export type McpCallError =
  | { type: 'mcp_protocol_error'; code: number; message: string }
  | { type: 'mcp_tool_execution_error'; content: unknown }
  | { type: 'http_error'; code: number; message: string };

/** An error as a line for people and models. */
export function mcpErrorText(error: McpCallError): string {
  if (error.type !== 'mcp_tool_execution_error') return error.message;
  if (!Array.isArray(error.content)) return JSON.stringify(error.content) ?? '';
  return error.content.map((part: { text?: unknown } | null) => String(part?.text ?? '')).join('\n');
}

/** How a call ended: exactly one of the two is there. */
export type McpCallResult = { output: string; error: null } | { output: null; error: McpCallError };

export const protocolError = (code: number, message: string): McpCallResult => ({
  output: null,
  error: { type: 'mcp_protocol_error', code, message },
});
