import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../../src/observability/logger.js';
import { removeAbandonedFolders } from '../../../src/providers/local/socket-folder.js';
import { createLocalModelServer, type LocalModelServer } from '../../../src/providers/local/supervisor.js';
import { createClient } from './support/client.js';

const logger = createLogger('silent');
const open: LocalModelServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

function start(options: Partial<Parameters<typeof createLocalModelServer>[0]> = {}): LocalModelServer {
  const server = createLocalModelServer({ logger, ...options });
  open.push(server);
  return server;
}

async function ask(server: LocalModelServer, question = 'Count from 1 to 3'): Promise<string | null | undefined> {
  const client = createClient(await server.socketPath());
  try {
    return (await client.chat(question)).choices[0]?.message.content;
  } finally {
    await client.close();
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

/** The stand-in gateway as a process of its own, and what it printed. */
async function startGateway(...args: string[]) {
  const script = fileURLToPath(new URL('./support/gateway.ts', import.meta.url));
  const gateway: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (gateway.stdout === null) throw new Error('no output');
  const [line] = await once(createInterface(gateway.stdout), 'line');
  return { gateway, ...(JSON.parse(line) as { pid: number; socketPath: string; loaded: string[] }) };
}

describe('starting', () => {
  it('starts nothing until it is asked, and then once for everyone', async () => {
    const server = start();
    expect(server.pid()).toBeNull();
    const paths = await Promise.all([server.socketPath(), server.socketPath(), server.socketPath()]);
    expect(new Set(paths).size).toBe(1);
    expect(await ask(server)).toBe('1, 2, 3');
  });
  it('keeps the socket where only its user can reach it, at a path every system takes', async () => {
    const path = await start().socketPath();
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(107);
  });
  it('serves local-script only when told to', async () => {
    const chat = async (server: LocalModelServer) => {
      const client = createClient(await server.socketPath());
      const body = { model: 'local-script', messages: [{ role: 'user', content: '@say hi' }] };
      const { status } = await client.post('/v1/chat/completions', body);
      await client.close();
      return status;
    };
    expect(await chat(start())).toBe(404);
    expect(await chat(start({ enableScript: true }))).toBe(200);
  });
  it('says that the provider is unavailable when it cannot be started, waits longer each time, and recovers nothing by itself', async () => {
    for (const command of [
      { file: process.execPath, args: ['-e', 'process.exit(3)'] },
      { file: '/nowhere/node', args: [] },
    ]) {
      const server = start({ command });
      const startedAt = Date.now();
      for (let attempt = 0; attempt < 4; attempt += 1)
        await expect(server.socketPath()).rejects.toMatchObject({ status: 503, retryable: true });
      // Nothing before the second attempt and the third, then 100 and 200 ms.
      expect(Date.now() - startedAt).toBeGreaterThanOrEqual(290);
      expect(server.pid()).toBeNull();
    }
  });
});

describe('dying', () => {
  it('answers again, at the same path, after kill -9 of the model', async () => {
    const server = start();
    const path = await server.socketPath();
    const pid = server.pid() ?? 0;
    process.kill(pid, 'SIGKILL');
    await until(() => server.pid() === null);
    expect(await exists(path)).toBe(true);
    expect(await server.socketPath()).toBe(path);
    expect(server.pid()).not.toBe(pid);
    expect(await ask(server)).toBe('1, 2, 3');
  });
  it('leaves neither a process nor a file after close', async () => {
    const server = start();
    const path = await server.socketPath();
    const pid = server.pid() ?? 0;
    await server.close();
    expect(isAlive(pid)).toBe(false);
    expect(await exists(dirname(path))).toBe(false);
    await expect(server.socketPath()).rejects.toMatchObject({ status: 503 });
  });
  it('leaves nothing when it is closed while it starts', async () => {
    const server = start();
    const starting = server.socketPath();
    await until(() => server.pid() !== null);
    const pid = server.pid() ?? 0;
    await server.close();
    await starting;
    expect(isAlive(pid)).toBe(false);
  });
  it('ends with its gateway, however that ends, and takes its folder along', async () => {
    const { gateway, pid, socketPath } = await startGateway('--stay');
    expect(isAlive(pid)).toBe(true);
    gateway.kill('SIGKILL');
    await until(async () => !isAlive(pid) && !(await exists(dirname(socketPath))));
  });
});

describe('the gateway process', () => {
  it('never loads the tokenizer or the embedding model, and is not kept alive by the model', async () => {
    const { gateway, pid, loaded } = await startGateway();
    if (gateway.exitCode === null) await once(gateway, 'exit');
    expect(gateway.exitCode).toBe(0);
    await until(() => !isAlive(pid));
    expect(loaded.filter((url) => /gpt-tokenizer|@lat\.md/.test(url))).toEqual([]);
    expect(loaded.some((url) => url.endsWith('/local/supervisor.ts'))).toBe(true);
  });
});

describe('folders left behind', () => {
  it('go when their gateway is gone and nobody listens, and stay otherwise', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'antiphon-test-'));
    const folder = async (pid: number, listens: boolean): Promise<[string, () => void]> => {
      const path = await mkdtemp(join(parent, `antiphon-model-${pid}-`));
      const server = createServer().listen(join(path, 'm.sock'));
      await once(server, 'listening');
      if (!listens) await new Promise((resolve) => server.close(resolve));
      return [path, () => server.close()];
    };
    const gone = 2 ** 22 + 1; // larger than any process number
    const [abandoned] = await folder(gone, false);
    const [listening, stop] = await folder(gone, true);
    const [own] = await folder(process.pid, false);
    await removeAbandonedFolders(parent);
    expect([await exists(abandoned), await exists(listening), await exists(own)]).toEqual([false, true, true]);
    stop();
    await rm(parent, { recursive: true });
  });
});
