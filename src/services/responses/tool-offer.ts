import { errors } from '../../domain/errors.js';
import { type CustomFormat, namespacedName, type Tool } from '../../domain/tool.js';
import type { ModelEndpoint, ModelFunction } from '../../providers/provider.js';
import { type Pattern, readPattern } from '../../tools/grammar/pattern.js';
import type { McpConnector } from '../../tools/mcp/connector.js';
import { type McpServer, readMcpServer } from '../../tools/mcp/server.js';
import type { ToolRegistry } from '../../tools/registry.js';
import type { ServerTool } from '../../tools/tool.js';
import type { ClientTool } from './call-output.js';

/** A request's tools as models see them, and who runs them. */
export interface ToolOffer {
  functions: readonly ModelFunction[];
  /** Tools that go to the upstream as the request has them. */
  hosted: readonly Tool[];
  /** Tools the server runs, by the name models call, with the request's configuration of each. */
  server: ReadonlyMap<string, { tool: Tool; server: ServerTool }>;
  /** MCP servers, whose tools are known once the run has asked them. */
  mcp: readonly McpServer[];
  /** The client's tools that are no plain functions, by the name models call. */
  client: ReadonlyMap<string, ClientTool>;
  /** What the input of a custom tool has to match, by the name models call, where the upstream does not see to it. */
  patterns: ReadonlyMap<string, Pattern>;
}

/** Shared by all requests without tools: it is only read. */
const nothingOffered: ToolOffer = {
  functions: [],
  hosted: [],
  server: new Map(),
  mcp: [],
  client: new Map(),
  patterns: new Map(),
};

/**
 * Who runs each tool of a request: the upstream, this server, or the client.
 *
 * @throws 400 for a kind nobody runs, two tools of one name, or a regular expression that cannot be checked here
 */
export function offerTools(
  tools: readonly Tool[],
  { registry, connector, provider }: { registry: ToolRegistry; connector: McpConnector; provider: ModelEndpoint },
): ToolOffer {
  if (tools.length === 0) return nothingOffered;
  const offer = {
    functions: [] as ModelFunction[],
    hosted: [] as Tool[],
    server: new Map<string, { tool: Tool; server: ServerTool }>(),
    mcp: [] as McpServer[],
    client: new Map<string, ClientTool>(),
    patterns: new Map<string, Pattern>(),
  };

  const offerToClient = (tool: Tool, namespace: string | null, path: string): void => {
    const name = String(tool.name);
    const called = namespace === null ? name : namespacedName(namespace, name);
    const kind = tool.type === 'custom' ? 'custom_tool_call' : 'function_call';
    if (kind === 'custom_tool_call' || namespace !== null) offer.client.set(called, { kind, name, namespace });
    if (kind === 'function_call') {
      offer.functions.push({
        name: called,
        description: textOf(tool.description),
        parameters: (tool.parameters as Record<string, unknown> | null | undefined) ?? null,
        strict: (tool.strict as boolean | null | undefined) ?? null,
      });
      return;
    }
    const custom = (tool.format as CustomFormat | null | undefined) ?? { type: 'text' };
    offer.functions.push({
      name: called,
      description: textOf(tool.description),
      parameters: null,
      strict: null,
      custom,
    });
    if (custom.type === 'grammar' && custom.syntax === 'regex' && !provider.hasCustomTools)
      offer.patterns.set(called, readGrammar(custom.definition, `${path}.format.definition`));
  };

  for (const [index, tool] of tools.entries()) {
    if (provider.hosts(tool.type)) {
      offer.hosted.push(tool);
      continue;
    }
    const server = registry.find(tool);
    if (server !== undefined) {
      const offered = server.offer(tool);
      offer.server.set(offered.name, { tool, server });
      offer.functions.push({ ...offered, strict: null });
    } else if (tool.type === 'mcp') {
      const refusal = connector.refusal(String(tool.server_url));
      const param = `tools[${index}].server_url`;
      if (refusal !== null) throw errors.invalidValue(param, `Invalid '${param}': ${refusal}`);
      offer.mcp.push(readMcpServer(tool));
    } else if (tool.type === 'namespace') {
      for (const [at, inner] of (tool.tools as Tool[]).entries())
        offerToClient(inner, String(tool.name), `tools[${index}].tools[${at}]`);
    } else if (tool.type === 'function' || tool.type === 'custom') {
      offerToClient(tool, null, `tools[${index}]`);
    } else {
      throw errors.unsupportedValue(
        `tools[${index}].type`,
        `Tools of type '${tool.type}' are not available with this model.`,
      );
    }
  }
  checkNames(offer.functions);
  return offer;
}

/** @throws 400 */
function checkNames(functions: readonly ModelFunction[]): void {
  const names = new Set<string>();
  for (const { name } of functions) {
    if (names.has(name)) throw errors.invalidValue('tools', `Two tools are called '${name}'.`);
    names.add(name);
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function readGrammar(definition: string, param: string): Pattern {
  const pattern = readPattern(definition);
  if (pattern === null)
    throw errors.invalidValue(param, `Invalid '${param}': this is not a regular expression that can be checked here.`);
  return pattern;
}
