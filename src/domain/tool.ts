/** A tool as a request names it, in the API's own spelling (tools section). Unknown members are kept. */
export interface Tool {
  type: string;
  [member: string]: unknown;
}

export interface FunctionTool extends Tool {
  type: 'function';
  name: string;
  description?: string | null;
  parameters: Record<string, unknown> | null;
  strict?: boolean | null;
}

export const isFunctionTool = (tool: Tool): tool is FunctionTool => tool.type === 'function';

export type ToolChoice = 'none' | 'auto' | 'required' | { type: string; [member: string]: unknown };
