import { createHash } from 'node:crypto';

/** A tool as a request names it, in the API's own spelling (tools section). Unknown members are kept. */
export interface Tool {
  type: string;
  [member: string]: unknown;
}

/** What the text of a custom tool's call looks like (tools section). */
export type CustomFormat = { type: 'text' } | { type: 'grammar'; syntax: 'lark' | 'regex'; definition: string };

export type ToolChoice = 'none' | 'auto' | 'required' | { type: string; [member: string]: unknown };

/** Longest function name that upstreams take. */
const MAX_NAME = 64;

/**
 * The name by which models call a tool of a namespace: `<namespace>__<name>`, shortened by a hash where that is too long.
 * Models know no namespaces.
 */
export function namespacedName(namespace: string, name: string): string {
  const whole = `${namespace}__${name}`;
  if (whole.length <= MAX_NAME) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 8);
  return `${whole.slice(0, MAX_NAME - 9)}_${hash}`;
}

/** A tool type without preview and date: `web_search_preview_2025_03_11` is a `web_search`. */
export const toolFamily = (type: string): string => type.replace(/(_preview)?(_\d{4}_\d{2}_\d{2})?$/, '');

/**
 * Tool types, by family, that an upstream of the Responses API may run itself. MCP servers are not among them: they are called
 * from here, so that their credentials stay here.
 */
export const HOSTABLE_TOOLS = [
  'file_search',
  'web_search',
  'code_interpreter',
  'image_generation',
  'shell',
  'local_shell',
  'apply_patch',
  'computer',
  'computer_use',
  'tool_search',
  'programmatic_tool_calling',
] as const;
