import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createAddressGuard } from '../../../src/providers/safe-http/address-guard.js';
import { createSafeFetch, type SafeFetch } from '../../../src/providers/safe-http/safe-fetch.js';
import type { McpConnection } from '../../../src/tools/mcp/connection.js';
import { createMcpConnector } from '../../../src/tools/mcp/connector.js';

/** What servers may answer that no real one would: each ends in bounded time and memory, with a reason. */
type Answer = (params: { cursor?: string; name?: string }) => unknown;

const open: { server: Server; connection: McpConnection; http: SafeFetch }[] = [];
afterEach(async () => {
  for (const { server, connection, http } of open.splice(0)) {
    await connection.close();
    await http.close();
    server.closeAllConnections();
    server.close();
  }
});

/** A server whose results are whatever the test says; text goes out as it is. */
async function connect(list: Answer, call: Answer = () => ({ content: [] })): Promise<McpConnection> {
  const server = createServer((message, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of message) text += String(chunk);
      const { id, method, params } = JSON.parse(text === '' ? '{}' : text);
      if (id === undefined) return response.writeHead(202).end();
      const initialized = {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'hostile', version: '1' },
      };
      const result =
        method === 'initialize' ? initialized : method === 'tools/list' ? list(params ?? {}) : call(params ?? {});
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(typeof result === 'string' ? result : JSON.stringify({ jsonrpc: '2.0', id, result }));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const http = createSafeFetch(createAddressGuard(['127.0.0.1']), { maxBytes: 2 << 20 });
  const connector = createMcpConnector({ ...http, limits: { mcpListMs: 1_000, mcpCallMs: 1_000 } });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const connection = connector.open({
    label: 'hostile',
    url,
    headers: {},
    description: null,
    allowed: null,
    approval: 'never',
  });
  open.push({ server, connection, http });
  return connection;
}

const tool = (name: string, inputSchema: object = { type: 'object' }) => ({ name, inputSchema });
const many = (count: number) => Array.from({ length: count }, (_none, index) => tool(`tool_${index}`));
const deep = (levels: number): object => (levels === 0 ? { type: 'object' } : { type: 'object', a: deep(levels - 1) });
const signal = () => new AbortController().signal;

describe('a list of tools', () => {
  it.each<[string, Answer, string]>([
    ['of thousands', () => ({ tools: many(5_000) }), 'more than 512 tools'],
    [
      'on endless pages of new tools',
      ({ cursor }) => ({ tools: [tool(`t${cursor ?? ''}`)], nextCursor: `${cursor ?? ''}x` }),
      '',
    ],
    ['on endless pages of the same tool', () => ({ tools: [tool('same')], nextCursor: 'again' }), 'took too long'],
    ['with a schema as deep as a well', () => ({ tools: [tool('deep', deep(500))] }), 'more than 64 levels deep'],
    [
      'with megabytes of words',
      () => ({ tools: [{ ...tool('a'), description: 'x'.repeat(1_500_000) }] }),
      '1048576 characters',
    ],
    ['larger than an answer may be', () => ({ tools: [{ ...tool('a'), description: 'x'.repeat(3 << 20) }] }), ''],
    ['with a name as long as a book', () => ({ tools: [tool('n'.repeat(5_000))] }), 'longer than 256 characters'],
    ['without names', () => ({ tools: [{ inputSchema: { type: 'object' } }] }), ''],
    ['that is no list', () => ({ tools: 'none' }), ''],
    ['that is no JSON', () => '<html>', ''],
    ['that is nested beyond reason', () => `${'['.repeat(500_000)}`, ''],
    ['that is no answer', () => '{"jsonrpc":"2.0","id":999,"result":{}}', 'took too long'],
  ])('%s', async (_what, list, words) => {
    const connection = await connect(list);
    await expect(connection.listTools(signal())).rejects.toMatchObject({
      name: 'McpListError',
      message: expect.stringContaining(words),
    });
  });

  it('that names a tool twice has it once', async () => {
    const connection = await connect(() => ({ tools: [tool('a'), tool('a', { type: 'object', b: 1 }), tool('b')] }));
    const tools = await connection.listTools(signal());
    expect(tools.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(tools[0]?.input_schema).toEqual({ type: 'object' });
  });

  it('with a schema for results that takes for ever to check is not used to check them', async () => {
    const outputSchema = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
    const connection = await connect(
      () => ({ tools: [{ ...tool('slow'), outputSchema }] }),
      () => ({ content: [], structuredContent: { a: `${'a'.repeat(50)}!` } }),
    );
    await connection.listTools(signal());
    expect(await connection.call('slow', {}, signal())).toMatchObject({ error: null });
  });
});

describe('a result', () => {
  it.each<[string, Answer, object]>([
    [
      'larger than a result may be',
      () => ({ content: [{ type: 'text', text: 'x'.repeat(1_500_000) }] }),
      { type: 'mcp_protocol_error' },
    ],
    [
      'larger than an answer may be',
      () => ({ content: [{ type: 'text', text: 'x'.repeat(3 << 20) }] }),
      { type: 'http_error' },
    ],
    ['with parts of no known kind', () => ({ content: [{ type: 'smell' }] }), { type: 'http_error' }],
    ['that is no JSON', () => '{', { type: 'http_error' }],
    ['that is an error of the protocol', () => '{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}', {}],
  ])('%s is an error', async (_what, call, error) => {
    const connection = await connect(() => ({ tools: [] }), call);
    expect(await connection.call('x', {}, signal())).toMatchObject({ output: null, error });
  });

  it('of half characters and none is well-formed text', async () => {
    const connection = await connect(
      () => ({ tools: [] }),
      () => ({ content: [{ type: 'text', text: 'a\ud800b\u0000' }] }),
    );
    expect(await connection.call('x', {}, signal())).toEqual({ output: 'a\ufffdb\u0000', error: null });
  });
});
