import { once as happens } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { WebSocket } from 'ws';
import { type Gateway, startGateway } from './processes.js';
import { builtServer, type Setting, upstreamEnv } from './setting.js';

/** What a process holds on to. */
export interface Heap {
  /** Of the heap, once everything that nobody needs is collected. */
  kilobytes(): Promise<number>;
  close(): void;
}

/** A gateway of its own whose heap can be looked at. */
export async function startWithHeap(setting: Setting, name: string): Promise<{ gateway: Gateway; heap: Heap }> {
  const debuggerPort = await freePort();
  const { command, cwd } = builtServer(setting.root, setting.folder);
  const [node = '', ...args] = command;
  const gateway = await startGateway({
    command: [node, `--inspect=127.0.0.1:${debuggerPort}`, ...args],
    cwd,
    dataDir: path.join(setting.folder, name),
    env: upstreamEnv(setting.upstream),
  });
  return { gateway, heap: await connectHeap(debuggerPort) };
}

/** The heap of a process that listens for a debugger, everything that nobody needs collected first. */
async function connectHeap(port: number): Promise<Heap> {
  const targets = await fetch(`http://127.0.0.1:${port}/json`);
  const [target] = (await targets.json()) as [{ webSocketDebuggerUrl: string }];
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await happens(socket, 'open');
  const call = async (method: string): Promise<{ usedSize: number }> => {
    const answered = happens(socket, 'message');
    socket.send(JSON.stringify({ id: 1, method }));
    const [bytes] = await answered;
    return (JSON.parse(String(bytes)) as { result: { usedSize: number } }).result;
  };
  return {
    async kilobytes() {
      // What is collected may have held on to more.
      for (let n = 0; n < 3; n += 1) await call('HeapProfiler.collectGarbage');
      return (await call('Runtime.getHeapUsage')).usedSize / 1024;
    },
    close: () => socket.terminate(),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await happens(server, 'listening');
  const address = server.address();
  server.close();
  await happens(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
