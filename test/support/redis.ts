import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.js';

export interface RedisServer {
  url: string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Lets it hang, connections and all, until the function is called. */
  hang(): () => void;
  /** Starts it again at the same address, with nothing in it. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Why the real Redis (the package `redis-server` of Debian) cannot be started here, or null. */
export const redisIsMissing = (): string | null =>
  spawnSync('redis-server', ['--version']).status === 0
    ? null
    : "redis-server is not installed (Debian's package redis-server)";

/** A Redis of the test's own, which keeps nothing on disk. */
export async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'antiphon-redis-'));
  const port = await freePort();
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const settings = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
    ];
    child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      printed += chunk.toString();
      if (printed.includes('Ready to accept connections')) break;
    }
    if (!printed.includes('Ready to accept connections')) throw new Error(`Redis did not start: ${printed}`);
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    restart: start,
    hang() {
      child.kill('SIGSTOP');
      return () => child.kill('SIGCONT');
    },
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
