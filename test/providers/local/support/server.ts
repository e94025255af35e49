import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbedder, type Embedder } from '../../../../src/providers/local/embedder.js';
import { createModelServer } from '../../../../src/providers/local/http-server.js';
import { type Client, createClient } from './client.js';

export interface TestServer {
  client: Client;
  socketPath: string;
  faults: unknown[];
  close(): Promise<void>;
}

/** A model server on a unix socket of its own, in this process. */
export async function startModelServer(
  options: { embedder?: Embedder; enableScript?: boolean } = {},
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'antiphon-test-'));
  const socketPath = join(folder, 's');
  const faults: unknown[] = [];
  const server = createModelServer({
    embedder: options.embedder ?? createEmbedder(),
    enableScript: options.enableScript ?? false,
    paceMs: 0,
    reportFault: (error) => faults.push(error),
  });
  await server.listen(socketPath);
  const client = createClient(socketPath);
  return {
    client,
    socketPath,
    faults,
    async close() {
      await client.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}
