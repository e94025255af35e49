import type { Item } from '../../domain/item.js';
import { namespacedName } from '../../domain/tool.js';

/** The name by which models call a tool of an MCP server. */
export type McpName = (label: string, tool: string) => string;

/**
 * A context as models see it, which know functions only: tools in namespaces go by their flat names, calls of MCP tools are
 * calls with their outputs. Lists of tools and approvals are none of the model's business, but what a person refused to
 * approve is told. The list itself comes back where nothing has to change, which is the rule.
 *
 * @param hosts kinds of tools that the upstream knows itself: their items go there as they are
 */
export function toModelItems(
  context: readonly Item[],
  hosts: (toolType: string) => boolean,
  mcpName: McpName = (_label, tool) => tool,
): readonly Item[] {
  if (!context.some((item) => hasNamespace(item) || MCP.has(item.type))) return context;
  const refusals = refusalsIn(context);
  const isHosted = { mcp: hosts('mcp'), namespace: hosts('namespace') };
  const shown: Item[] = [];
  // Calls of one turn stand together: while one of them waits for the client's output, ours wait with it.
  let waiting: Item[] = [];
  const unanswered = new Set<unknown>();
  for (const item of context) {
    const isCall = item.type === 'function_call' || item.type === 'custom_tool_call';
    const output = isHosted.mcp ? null : mcpOutput(item, refusals);
    if (output !== null) {
      const [call, told] = pair(item, mcpName, output);
      shown.push(call);
      if (unanswered.size === 0) shown.push(told);
      else waiting.push(told);
      continue;
    }
    if (!isHosted.mcp && MCP.has(item.type)) continue;
    if (!isCall) {
      shown.push(...waiting);
      waiting = [];
    }
    if (isCall) unanswered.add(item.call_id);
    else if ('call_id' in item) unanswered.delete(item.call_id);
    shown.push(hasNamespace(item) && !isHosted.namespace ? flattened(item) : item);
  }
  return [...shown, ...waiting];
}

/** What the model is told of a call of ours; null for everything else. */
function mcpOutput(item: Item, refusals: ReadonlyMap<unknown, string>): string | null {
  if (item.type === 'mcp_call') return outputOf(item);
  return item.type === 'mcp_approval_request' ? (refusals.get(item.id) ?? null) : null;
}

/** What the model is told instead of an output, by the id of the request for approval. */
function refusalsIn(context: readonly Item[]): Map<unknown, string> {
  const refusals = new Map<unknown, string>();
  for (const item of context)
    if (item.type === 'mcp_approval_response' && 'approve' in item && item.approve === false)
      refusals.set(item.approval_request_id, denied(typeof item.reason === 'string' ? item.reason : ''));
  return refusals;
}

const MCP = new Set(['mcp_list_tools', 'mcp_call', 'mcp_approval_request', 'mcp_approval_response']);

/** What a model is told of a call that a person did not approve. */
const denied = (reason: string): string =>
  JSON.stringify({ error: `The user did not approve this call.${reason === '' ? '' : ` ${reason}`}` });

function outputOf(item: Item): string {
  const { output, error } = item as { output?: unknown; error?: unknown };
  if (typeof output === 'string') return output;
  return JSON.stringify({ error: error ?? 'The call was not finished.' });
}

function pair(item: Item, mcpName: McpName, output: string): [call: Item, output: Item] {
  const { id, server_label: label, name, arguments: args } = item as Record<string, unknown>;
  const call = { call_id: String(id), name: mcpName(String(label), String(name)) };
  return [
    { type: 'function_call', ...call, arguments: String(args) },
    { type: 'function_call_output', call_id: call.call_id, output },
  ];
}

const hasNamespace = (item: Item): boolean =>
  (item.type === 'function_call' || item.type === 'custom_tool_call') &&
  typeof item.namespace === 'string' &&
  item.namespace !== '';

function flattened(item: Item): Item {
  const { namespace, name, ...rest } = item as Item & { namespace: string; name: string };
  return { ...rest, name: namespacedName(namespace, name) } as Item;
}
