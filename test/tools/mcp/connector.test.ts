import { describe, expect, it } from '@jest/globals';
import type { McpConnection } from '../../../src/tools/mcp/connection.js';
import { createMcpConnector } from '../../../src/tools/mcp/connector.js';

const server = {
  label: 'late',
  url: 'http://127.0.0.1:1/',
  headers: {},
  description: null,
  allowed: null,
  approval: 'never',
} as const;
const { signal } = new AbortController();

/** A connection whose client cannot be loaded so many times, as when no file can be opened any more. */
function loadedAfter(failures: number) {
  const seen = { loads: 0, closed: 0 };
  const loaded: McpConnection = {
    listTools: () => Promise.resolve([]),
    call: () => Promise.resolve({ output: 'done', error: null }),
    async close() {
      seen.closed += 1;
    },
  };
  const options = { fetch, refusal: () => null, limits: { mcpListMs: 1000, mcpCallMs: 1000 } };
  const connector = createMcpConnector(options, () => {
    seen.loads += 1;
    return seen.loads > failures ? Promise.resolve(() => loaded) : Promise.reject(new Error('EMFILE'));
  });
  return { connection: connector.open(server), seen };
}

describe('the client of MCP servers', () => {
  it('is loaded with its first use, once, and not to be closed', async () => {
    const unused = loadedAfter(0);
    await unused.connection.close();
    expect(unused.seen).toEqual({ loads: 0, closed: 0 });

    const { connection, seen } = loadedAfter(0);
    expect(await connection.listTools(signal)).toEqual([]);
    expect(await connection.call('a', {}, signal)).toEqual({ output: 'done', error: null });
    await connection.close();
    expect(seen).toEqual({ loads: 1, closed: 1 });
  });

  it('that cannot be loaded is a reason like any other, and is tried again', async () => {
    const { connection, seen } = loadedAfter(2);
    await expect(connection.listTools(signal)).rejects.toMatchObject({
      name: 'McpListError',
      message: expect.stringContaining('could not be loaded'),
    });
    expect(await connection.call('a', {}, signal)).toMatchObject({
      output: null,
      error: { type: 'mcp_protocol_error', code: -32603 },
    });
    await connection.close();
    expect(seen.closed).toBe(0);
    expect(await connection.listTools(signal)).toEqual([]);
    expect(seen.loads).toBe(3);
  });
});
