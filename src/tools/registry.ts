import type { Tool } from '../domain/tool.js';
import type { ServerTool } from './tool.js';

export interface ToolRegistry {
  /** The tool that runs requests of this type here, or undefined for the client's own tools. */
  find(tool: Tool): ServerTool | undefined;
}

export function createToolRegistry(tools: readonly ServerTool[]): ToolRegistry {
  const byType = new Map(tools.flatMap((tool) => tool.types.map((type) => [type, tool] as const)));
  return { find: (tool) => byType.get(tool.type) };
}
