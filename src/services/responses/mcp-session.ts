import { createHash } from 'node:crypto';
import type { Item } from '../../domain/item.js';
import { type McpCallResult, mcpErrorText, protocolError } from '../../domain/mcp-call.js';
import type { Tool, ToolChoice } from '../../domain/tool.js';
import type { ModelFunction, ModelRequest } from '../../providers/provider.js';
import { type McpConnection, McpListError } from '../../tools/mcp/connection.js';
import type { McpConnector } from '../../tools/mcp/connector.js';
import { isAllowed, type McpServer, type McpTool, needsApproval } from '../../tools/mcp/server.js';
import type { ModelCall } from './model-call.js';
import type { McpName } from './model-items.js';
import { modelItems } from './model-request.js';
import type { OutputBuilder } from './output-builder.js';
import type { RunPlan } from './run-plan.js';
import { allowedFunctions } from './tool-choice.js';

export interface McpSessionOptions {
  plan: RunPlan;
  connector: McpConnector;
  builder: OutputBuilder;
  signal: AbortSignal;
}

interface OfferedTool {
  server: McpServer;
  tool: McpTool;
}

export type McpSession = ReturnType<typeof createMcpSession>;

/** Longest function name that upstreams take. */
const MAX_NAME = 64;
/** JSON-RPC's code for arguments that are none. */
const INVALID_PARAMS = -32_602;

/**
 * The MCP servers of one run: their tools, and calls of them. A server is connected to when it is first needed and left when
 * the run ends; what goes wrong there is shown in items and told to the model, never the end of the run.
 */
export function createMcpSession(options: McpSessionOptions) {
  const { plan, connector, builder, signal } = options;
  const servers = plan.tools.mcp;
  const connections = new Map<string, McpConnection>();
  const offered = new Map<string, OfferedTool>();
  const names = new Map<string, string>();
  let approvedCalls = 0;

  const connectionOf = (server: McpServer): McpConnection => {
    const known = connections.get(server.label);
    if (known !== undefined) return known;
    const opened = connector.open(server);
    connections.set(server.label, opened);
    return opened;
  };

  const key = (label: string, tool: string): string => `${label} ${tool}`;

  /** The name models know a tool by: its own, unless that is taken or no function may be called so. */
  const nameOf: McpName = (label, tool) => names.get(key(label, tool)) ?? functionName(tool);

  const offer = (server: McpServer, tools: readonly McpTool[], taken: Set<string>): ModelFunction[] =>
    tools
      .filter((tool) => isAllowed(server, tool))
      .map((tool) => {
        const name = freeName(server.label, tool.name, taken);
        taken.add(name);
        names.set(key(server.label, tool.name), name);
        offered.set(name, { server, tool });
        return {
          name,
          description: [server.description, tool.description].filter((text) => text).join('\n\n') || null,
          parameters: asSchema(tool.input_schema),
          strict: null,
        };
      });

  /** The server's tools, with the item that shows how they were listed. */
  const list = async (server: McpServer, pending: Promise<McpTool[]>): Promise<McpTool[]> => {
    const bare = { type: 'mcp_list_tools', server_label: server.label };
    const shown = builder.startToolItem({ ...bare, tools: [] });
    shown.event('response.mcp_list_tools.in_progress');
    try {
      const tools = (await pending).filter((tool) => isAllowed(server, tool));
      shown.event('response.mcp_list_tools.completed');
      shown.finish({ ...bare, tools });
      return tools;
    } catch (thrown) {
      const error = thrown instanceof McpListError ? thrown.message : 'The run was stopped.';
      if (!signal.aborted) shown.event('response.mcp_list_tools.failed');
      shown.finish({ ...bare, tools: [], error });
      if (!signal.aborted && !(thrown instanceof McpListError)) throw thrown;
      return [];
    }
  };

  /** Runs a call and shows it. */
  const execute = async (target: OfferedTool, args: string, approvalId: string | null): Promise<string> => {
    const { server, tool } = target;
    const bare = { type: 'mcp_call', approval_request_id: approvalId, name: tool.name, server_label: server.label };
    const shown = builder.startToolItem({ ...bare, status: 'in_progress', arguments: '', output: null, error: null });
    shown.event('response.mcp_call.in_progress');
    if (args !== '') shown.event('response.mcp_call_arguments.delta', { delta: args });
    shown.event('response.mcp_call_arguments.done', { arguments: args });
    let result: McpCallResult;
    try {
      const parsed = parseArguments(args);
      result =
        parsed === null
          ? protocolError(INVALID_PARAMS, 'The arguments are not a JSON object.')
          : await connectionOf(server).call(tool.name, parsed, signal);
    } catch (thrown) {
      shown.finish({ ...bare, status: 'incomplete', arguments: args, output: null, error: null });
      if (signal.aborted) return '';
      throw thrown;
    }
    const { output, error } = result;
    shown.event(error === null ? 'response.mcp_call.completed' : 'response.mcp_call.failed');
    shown.finish({ ...bare, status: error === null ? 'completed' : 'failed', arguments: args, output, error });
    return error === null ? output : failureText(mcpErrorText(error));
  };

  /** Approvals that came with this request, with what they approve. Read at once: the context may be compacted. */
  const approved: { id: string; label: string; name: string; args: string }[] = plan.input.flatMap(({ item }) => {
    if (item.type !== 'mcp_approval_response' || item.approve !== true) return [];
    const request = plan.context.find((other) => other.id === item.approval_request_id);
    if (request?.type !== 'mcp_approval_request') return [];
    const { id, server_label: label, name, arguments: args } = request as Record<string, unknown>;
    return [{ id: String(id), label: String(label), name: String(name), args: String(args) }];
  });

  return {
    nameOf,

    get isStopped(): boolean {
      return signal.aborted;
    },

    /** Calls that ran because they were approved. */
    get approvedCalls(): number {
      return approvedCalls;
    },

    /** Whether a function the model called is a tool of these servers. */
    has: (name: string): boolean => offered.has(name),

    /** Functions that stand for the tools of a choice: of every server, of one, or one tool. */
    functionsOf: (choice: Tool): string[] =>
      [...offered].flatMap(([name, { server, tool }]) => {
        const isOfServer = choice.server_label === undefined || choice.server_label === server.label;
        return isOfServer && (choice.name === undefined || choice.name === tool.name) ? [name] : [];
      }),

    /**
     * Lists the tools of servers that the context has no list of. All servers are asked at once, and shown in their order.
     */
    async listTools(): Promise<ModelFunction[]> {
      const taken = new Set(plan.tools.functions.map(({ name }) => name));
      const pending = servers.map((server) => {
        const known = knownTools(server, plan.context);
        if (known !== null) return { server, known, asked: null };
        const asked = connectionOf(server).listTools(signal);
        asked.catch(() => undefined);
        return { server, known, asked };
      });
      const functions: ModelFunction[] = [];
      for (const { server, known, asked } of pending)
        functions.push(...offer(server, asked === null ? (known ?? []) : await list(server, asked), taken));
      return functions;
    },

    /** Runs the calls that were approved with this request; answers what the model is told of them, as pairs of items. */
    async runApproved(): Promise<Item[]> {
      const items: Item[] = [];
      for (const { id, label, name, args } of approved) {
        if (signal.aborted) break;
        const server = servers.find((one) => one.label === label);
        const target = server === undefined ? undefined : offered.get(nameOf(label, name));
        const output =
          target === undefined || target.server !== server || target.tool.name !== name
            ? failureText(`The tool '${name}' of '${label}' is not available any more.`)
            : await execute(target, args, id);
        approvedCalls += 1;
        items.push(
          { type: 'function_call', call_id: id, name: nameOf(label, name), arguments: args },
          { type: 'function_call_output', call_id: id, output },
        );
      }
      return items;
    },

    /** Runs a call of the model. Null: a person has to approve it first, which the output asks for. */
    async run(call: ModelCall): Promise<string | null> {
      const target = offered.get(call.name);
      if (target === undefined) return failureText('This tool is not available.');
      if (!needsApproval(target.server, target.tool)) return execute(target, call.arguments, null);
      const request = {
        type: 'mcp_approval_request',
        arguments: call.arguments,
        name: target.tool.name,
        server_label: target.server.label,
      };
      builder.startToolItem(request).finish(request);
      return null;
    },

    /** Leaves every server. Never throws. */
    async close(): Promise<void> {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
}

/**
 * Makes a run's first request what it is with its MCP servers: their tools added, approved calls run and told, the choice of
 * tools in terms of functions. False if the run was stopped meanwhile.
 */
export async function prepareMcp(session: McpSession, plan: RunPlan, request: ModelRequest): Promise<boolean> {
  const functions = await session.listTools();
  request.functions = [...request.functions, ...functions];
  const told = await session.runApproved();
  request.items = [...modelItems(plan, session.nameOf), ...told];
  request.toolChoice = inFunctions(plan.record.settings.tool_choice, session);
  // Forced to a server means forced to one of its tools, which is a subset to models.
  request.allowedFunctions = allowedFunctions(request.toolChoice, plan.tools.server);
  return !session.isStopped;
}

/** A choice of tools with the functions that stand for MCP tools in their place. Nothing to choose from: the model decides. */
function inFunctions(choice: ToolChoice, session: McpSession): ToolChoice {
  if (typeof choice === 'string') return choice;
  const functions = (tool: Tool): Tool[] =>
    tool.type === 'mcp' ? session.functionsOf(tool).map((name) => ({ type: 'function', name })) : [tool];
  if (choice.type === 'allowed_tools') {
    const tools = (choice.tools as Tool[]).flatMap(functions);
    return tools.length === 0 ? 'none' : { ...choice, tools };
  }
  if (choice.type !== 'mcp') return choice;
  const tools = functions(choice);
  if (tools.length > 1) return { type: 'allowed_tools', mode: 'required', tools };
  return tools[0] ?? 'auto';
}

/** The newest list of this server in the context, unless it failed or lacks a tool that is allowed by name. */
function knownTools(server: McpServer, context: readonly Item[]): McpTool[] | null {
  const item = context.findLast((one) => one.type === 'mcp_list_tools' && one.server_label === server.label);
  if (item === undefined || ('error' in item && item.error != null)) return null;
  const listed = ('tools' in item && Array.isArray(item.tools) ? item.tools : []) as Partial<McpTool>[];
  const tools = listed.map((tool) => ({
    name: String(tool.name),
    description: tool.description ?? null,
    input_schema: tool.input_schema,
    annotations: tool.annotations ?? null,
  }));
  const wanted = server.allowed?.tool_names ?? [];
  return wanted.every((name) => tools.some((tool) => tool.name === name)) ? tools : null;
}

/** The tool's own name, or with its server's in front, or the first number behind that which makes it free. */
function freeName(label: string, tool: string, taken: ReadonlySet<string>): string {
  const own = functionName(tool);
  const full = `${label}__${tool}`;
  let name = taken.has(own) ? functionName(full) : own;
  for (let number = 2; taken.has(name); number += 1) name = functionName(`${full}__${number}`);
  return name;
}

/** A tool's name as a function may be called: other characters become underscores, and long names end in a hash. */
function functionName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_-]/g, '_') || '_';
  if (plain === name && name.length <= MAX_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${plain.slice(0, MAX_NAME - 9)}_${hash}`;
}

const asSchema = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;

const failureText = (message: string): string => JSON.stringify({ error: message });

/** No text at all counts as no arguments. */
function parseArguments(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return {};
  try {
    return asSchema(JSON.parse(text));
  } catch {
    return null;
  }
}
