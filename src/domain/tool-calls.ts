import type { Item } from './item.js';

/** How often tools were called that run on this side of the API, by type (`web_search`, `mcp`). */
export type ToolCalls = Readonly<Record<string, number>>;

/**
 * Tools whose calls can have a price: those that this server or the upstream runs. What the client runs (functions, custom
 * tools, shells, computers) is not charged.
 */
export const CHARGEABLE_TOOLS = [
  'web_search',
  'file_search',
  'mcp',
  'code_interpreter',
  'image_generation',
  'tool_search',
] as const;

export const isChargeable = (tool: string): boolean => (CHARGEABLE_TOOLS as readonly string[]).includes(tool);

/** What a price of any other tool is refused with. */
export const CHARGEABLE_ONLY = `supported values are: ${CHARGEABLE_TOOLS.map((tool) => `'${tool}'`).join(', ')}.`;

/** Calls that the client answers: they cost nothing but their tokens. */
const OF_CLIENT = new Set([
  'function_call',
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
]);

/** Counts the calls in a response's output, the failed ones left out; null if there are none. */
export function countToolCalls(output: readonly Item[]): ToolCalls | null {
  let calls: Record<string, number> | null = null;
  for (const { type, status } of output) {
    if (!type.endsWith('_call') || OF_CLIENT.has(type) || status === 'failed') continue;
    const tool = type.slice(0, -'_call'.length);
    calls ??= {};
    calls[tool] = (calls[tool] ?? 0) + 1;
  }
  return calls;
}
