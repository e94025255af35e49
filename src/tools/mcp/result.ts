import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { type McpCallError, type McpCallResult, protocolError } from '../../domain/mcp-call.js';

/** Characters of one result; what is longer no model could read anyway. */
const MAX_OUTPUT = 1 << 20;

/**
 * A server's result as text for the model: text parts joined, resources by their text or address, pictures and sound named
 * only, since a tool's output is text.
 */
export function readResult(result: {
  content?: unknown;
  structuredContent?: unknown;
  isError?: unknown;
}): McpCallResult {
  const content = Array.isArray(result.content) ? result.content : [];
  const texts = content.map(textOf);
  const isStructuredOnly = texts.length === 0 && result.structuredContent !== undefined;
  const output = isStructuredOnly ? JSON.stringify(result.structuredContent) : texts.join('\n');
  if (output.length > MAX_OUTPUT)
    return protocolError(ErrorCode.InternalError, `The result has more than ${MAX_OUTPUT} characters.`);
  if (result.isError === true)
    return {
      output: null,
      error: { type: 'mcp_tool_execution_error', content: texts.map((text) => ({ type: 'text', text })) },
    };
  return { output: output.toWellFormed(), error: null };
}

function textOf(part: unknown): string {
  const { type, text, mimeType, uri, name, resource } = (part ?? {}) as Record<string, unknown>;
  if (type === 'text') return String(text).toWellFormed();
  if (type === 'resource') {
    const { text: inner, uri: address } = (resource ?? {}) as Record<string, unknown>;
    return (typeof inner === 'string' ? inner : `[resource ${String(address)}]`).toWellFormed();
  }
  if (type === 'resource_link') return `[${String(name)}](${String(uri)})`.toWellFormed();
  return `[${String(type)} ${String(mimeType ?? '')}]`.toWellFormed();
}

export class McpTimeoutError extends Error {
  override name = 'McpTimeoutError';
}

/** What went wrong, in words that hold neither the URL nor a header. */
export function toCallError(thrown: unknown): McpCallError {
  if (thrown instanceof McpError)
    return { type: 'mcp_protocol_error', code: thrown.code, message: thrown.message.slice(0, 1_000).toWellFormed() };
  const status = statusOf(thrown);
  if (status !== null) return httpError(status, `The server answered with HTTP status ${status}.`);
  if (thrown instanceof McpTimeoutError) return httpError(0, 'The server took too long to answer.');
  if (thrown instanceof Error && thrown.name === 'UnsafeUrlError')
    return httpError(0, `The server cannot be called: ${thrown.message}`);
  if (thrown instanceof Error && thrown.cause !== undefined) return toCallError(thrown.cause);
  return httpError(0, 'The server could not be reached, or did not answer in its protocol.');
}

const httpError = (code: number, message: string): McpCallError => ({ type: 'http_error', code, message });

/** The HTTP status that the SDK complains of, if that is what it is. */
function statusOf(thrown: unknown): number | null {
  if (thrown instanceof UnauthorizedError) return 401;
  return thrown instanceof StreamableHTTPError && (thrown.code ?? 0) > 0 ? (thrown.code ?? null) : null;
}
