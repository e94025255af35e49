import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Seen, Work } from './load.js';
import { commandOf, descendantsOf } from './processor.js';

/**
 * A gateway's process has one core to itself. Who asks it, who answers it and its database share the other: a core that ran
 * both the gateway and its database would be full long before the gateway is, and latencies would tell of that alone.
 */
export const GATEWAY_CORE = 0;
export const LOAD_CORE = 1;

const pinned = (core: number): string[] => ['-c', String(core)];
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface Helper {
  readonly pid: number;
  readonly port: number;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** Starts a program on a core and waits until it tells its port. TypeScript is ours; others' run as they do for their users. */
export async function startHelper(file: string, core: number, args: string[] = []): Promise<Helper> {
  const child = fork(here(file), args, {
    execPath: 'taskset',
    execArgv: [...pinned(core), process.execPath, ...(file.endsWith('.ts') ? ['--import', 'tsx'] : [])],
    env: { ...process.env, NODE_ENV: 'production' },
    // What others' programs print while they start is of no interest.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready.`)));
  });
  return { pid: child.pid as number, port, child, stop: () => ended(child, 'SIGTERM') };
}

export interface LoadGenerator {
  readonly pid: number;
  run(work: Work): Promise<Seen>;
  stop(): Promise<void>;
}

export async function startLoad(): Promise<LoadGenerator> {
  const { pid, child, stop } = await startHelper('./load.ts', LOAD_CORE);
  return {
    pid,
    stop,
    async run(work) {
      child.send(work);
      const [answer] = (await once(child, 'message')) as [{ seen: Seen } | { error: string }];
      if ('error' in answer) throw new Error(`The load generator failed: ${answer.error}`);
      return answer.seen;
    },
  };
}

export interface Gateway {
  /** Of the gateway's own node process. */
  readonly pid: number;
  readonly port: number;
  readonly dataDir: string;
  /** From the start of the command to the line that says it is ready. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** What starts it, `npm start` or node itself. */
  command: string[];
  cwd: string;
  dataDir: string;
  env: Record<string, string>;
  /** The gateway pinned to its core and its database to the other, unless false. */
  isPinned?: boolean;
}

/** Starts Antiphon and waits until it says that it is ready. */
export async function startGateway({ command, cwd, dataDir, env, isPinned }: GatewayOptions): Promise<Gateway> {
  const [program = '', ...args] = isPinned === false ? command : ['taskset', ...pinned(GATEWAY_CORE), ...command];
  const startedMs = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', PORT: '0', DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const port = await new Promise<number>((resolve, reject) => {
    const listen = (bytes: Buffer): void => {
      // Log lines go on for as long as the process lives; only its beginning is of interest.
      if (output.length < 65_536) output += bytes.toString();
      const ready = /is ready at http:\/\/[^:]+:(\d+)/.exec(output);
      if (ready !== null) resolve(Number(ready[1]));
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', (code) => reject(new Error(`The gateway ended with ${code} before it was ready:\n${output}`)));
  });
  const readyMs = performance.now() - startedMs;
  const pid = gatewayPid(child.pid as number);
  // Connections made later inherit the core from the database's first process.
  if (isPinned !== false)
    for (const database of descendantsOf(pid))
      spawnSync('taskset', ['-a', '-c', '-p', String(LOAD_CORE), String(database)]);
  return {
    pid,
    port,
    dataDir,
    readyMs,
    async stop() {
      const gone = child.exitCode === null ? once(child, 'exit') : null;
      process.kill(pid, 'SIGTERM');
      await gone;
    },
  };
}

/** npm and a shell may stand between us and the server. */
function gatewayPid(started: number): number {
  const family = [started, ...descendantsOf(started)];
  const gateway = family.find((pid) => /^(\S*\/)?node .*main\.js$/.test(commandOf(pid)));
  if (gateway === undefined) throw new Error('None of the processes started is the gateway.');
  return gateway;
}

/** Ends a process that this benchmark started. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}
