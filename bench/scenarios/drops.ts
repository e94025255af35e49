import { once as happens } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { startGateway } from '../processes.js';
import { type Finding, once } from '../report.js';
import { builtServer, type Setting, upstreamEnv } from '../setting.js';
import { FOLLOW_CONVERSATION, openSubscribers } from '../subscribers.js';
import { headers } from './create.js';

const CYCLES = 1000;
const AT_ONCE = 50;
const SETTLE_MS = 2000;

/** The heap of a process that listens for a debugger, everything that nobody needs collected first. */
async function connectHeap(port: number): Promise<{ kilobytes(): Promise<number>; close(): void }> {
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

/** Subscribers that leave without a word: what they leave behind. */
export async function measureDrops(setting: Setting): Promise<Finding[]> {
  const debuggerPort = await freePort();
  const { command, cwd } = builtServer(setting.root, setting.folder);
  const [node = '', ...args] = command;
  const gateway = await startGateway({
    command: [node, `--inspect=127.0.0.1:${debuggerPort}`, ...args],
    cwd,
    dataDir: path.join(setting.folder, 'drops'),
    env: upstreamEnv(setting.upstream),
  });
  try {
    const heap = await connectHeap(debuggerPort);
    const conversation = await fetch(`http://127.0.0.1:${gateway.port}/api/v1/conversations`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{}',
    });
    const { id } = (await conversation.json()) as { id: string };
    const drop = async (cycles: number): Promise<number> => {
      for (let done = 0; done < cycles; done += AT_ONCE) {
        const crowd = await openSubscribers(
          gateway.port,
          headers.authorization,
          { query: FOLLOW_CONVERSATION, id },
          AT_ONCE,
        );
        while (crowd.received() < AT_ONCE) await sleep(5);
        await crowd.close();
      }
      await sleep(SETTLE_MS);
      return heap.kilobytes();
    };
    // The first ones are for the compiler and the caches.
    const before = await drop(CYCLES);
    const after = await drop(CYCLES);
    heap.close();
    return [
      {
        scenario: `${CYCLES} subscriptions, each opened and dropped`,
        figure: 'heap, after over before',
        goal: 1.02,
        unit: '×',
        measured: once(after / before),
        note: `${(before / 1024).toFixed(1)} MiB before, ${(after / 1024).toFixed(1)} MiB after`,
      },
    ];
  } finally {
    await gateway.stop();
  }
}
