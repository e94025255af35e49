import type { Tool } from '../../domain/tool.js';
import { withoutMcpSecrets } from '../../tools/mcp/server.js';
import type { Sealer } from '../access/sealer.js';

const contextOf = (projectId: string): string => `prompt tools ${projectId}`;

/** A prompt's tools as they are stored: what may be secret about an MCP server is sealed in `sealed`. */
export const sealTools = (tools: readonly Tool[], sealer: Sealer, projectId: string): Tool[] =>
  tools.map((tool) => {
    if (tool.type !== 'mcp') return tool;
    const { authorization, headers, server_url } = tool;
    const secrets = JSON.stringify({ authorization, headers, server_url });
    return { ...withoutMcpSecrets(tool), sealed: sealer.seal(secrets, contextOf(projectId)) };
  });

/** Stored tools as they were given, for a run. @throws Error if they were sealed under another secret */
export const openTools = (tools: readonly Tool[], sealer: Sealer, projectId: string): Tool[] =>
  tools.map((tool) => {
    if (tool.type !== 'mcp' || typeof tool.sealed !== 'string') return tool;
    const { sealed, ...shown } = tool;
    return { ...shown, ...(JSON.parse(sealer.open(sealed, contextOf(projectId))) as object) } as Tool;
  });
