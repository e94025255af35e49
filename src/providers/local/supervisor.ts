import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { errors } from '../../domain/errors.js';
import type { Logger } from '../../observability/logger.js';
import { createSocketFolder, removeAbandonedFolders } from './socket-folder.js';

export interface LocalModelServer {
  /**
   * The unix socket of the running model server; the path stays the same for the life of this object. Starts the
   * process at the first call and again if it has died, so ask before every request. Throws `providerUnavailable`
   * when it cannot be started; the next attempt waits, from 100 ms up to 5 s after repeated failures.
   */
  socketPath(): Promise<string>;
  /** Process number of the running model server, or null. */
  pid(): number | null;
  /** Ends the process and removes its socket. */
  close(): Promise<void>;
}

interface Command {
  file: string;
  args: readonly string[];
}

/** A start takes about 0.1 s; a machine that needs this long is not going to answer requests either. */
const startTimeoutMs = 15_000;
/** Closing waits this long for the process to end by itself. */
const stopTimeoutMs = 2_000;
const backoffMs = { first: 100, most: 5_000 };
/** A process that lived this long was well: its death is no reason to wait. */
const healthyMs = 10_000;

/**
 * Runs the built-in model in a process of its own, started on first use. `enableScript` (default false) also serves
 * the test model `local-script`; `command` replaces what is run, the socket path is appended to its arguments.
 */
export function createLocalModelServer(options: {
  logger: Logger;
  enableScript?: boolean;
  /** Pause between the tokens of a stream, in milliseconds. Default none. */
  paceMs?: number;
  command?: Command;
}): LocalModelServer {
  const { logger } = options;
  let place: Promise<{ folder: string; socketPath: string }> | null = null;
  let child: ChildProcess | null = null;
  let starting: Promise<string> | null = null;
  let isClosed = false;
  let failures = 0;
  let notBefore = 0;
  const flags = [
    ...(options.enableScript === true ? ['--script'] : []),
    ...(options.paceMs === undefined ? [] : [`--pace=${options.paceMs}`]),
  ];

  const noteEnd = (lifeMs: number): void => {
    failures = lifeMs >= healthyMs ? 0 : failures + 1;
    // The first quick death may be bad luck, or someone's kill: the next request need not wait for it.
    const waitMs = failures < 2 ? 0 : Math.min(backoffMs.first * 2 ** (failures - 2), backoffMs.most);
    notBefore = Date.now() + waitMs;
  };

  const start = async (): Promise<string> => {
    place ??= removeAbandonedFolders().then(createSocketFolder);
    const { socketPath } = await place;
    await sleep(Math.max(0, notBefore - Date.now()));
    if (isClosed) throw errors.shuttingDown();
    const startedAt = Date.now();
    const command = options.command ?? defaultCommand();
    // No environment: the process needs nothing from it, and the gateway's holds secrets.
    const started = spawn(command.file, [...command.args, socketPath, ...flags], {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child = started;
    if (started.stderr !== null)
      createInterface(started.stderr).on('line', (line) => logger.warn({ line }, 'built-in model'));
    // Also when spawning itself fails, which emits no `exit`.
    const ended = new Promise<string>((resolve) => {
      started.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
      started.once('error', (error) => resolve('code' in error ? String(error.code) : error.name));
    }).then((how) => {
      if (child === started) child = null;
      noteEnd(Date.now() - startedAt);
      if (!isClosed) logger.warn({ how, pid: started.pid }, 'the built-in model has ended');
      return how;
    });
    const timer = new AbortController();
    const outcome = await Promise.race([
      new Promise<'ready'>((resolve) => started.once('message', () => resolve('ready'))),
      ended,
      sleep(startTimeoutMs, 'no answer in time', { signal: timer.signal }),
    ]).finally(() => timer.abort());
    if (outcome !== 'ready') {
      started.kill('SIGKILL');
      throw errors.providerUnavailable(`The built-in model could not be started (${outcome}).`);
    }
    // Nothing of the process may keep a gateway alive that is done.
    started.unref();
    started.channel?.unref();
    if (started.stderr instanceof Socket) started.stderr.unref();
    logger.debug({ pid: started.pid, ms: Date.now() - startedAt }, 'the built-in model is ready');
    return socketPath;
  };

  return {
    async socketPath() {
      if (isClosed) throw errors.shuttingDown();
      if (starting === null && child !== null && place !== null) return (await place).socketPath;
      starting ??= start().finally(() => {
        starting = null;
      });
      return starting;
    },
    pid: () => child?.pid ?? null,
    async close() {
      if (isClosed) return;
      isClosed = true;
      await starting?.catch(() => undefined);
      const running = child;
      if (running !== null) {
        running.ref();
        const ended = once(running, 'exit');
        if (running.connected) running.disconnect();
        await Promise.race([ended, sleep(stopTimeoutMs, undefined, { ref: false })]);
        if (running.exitCode === null && running.signalCode === null) {
          running.kill('SIGKILL');
          await ended;
        }
      }
      if (place !== null) await rm((await place).folder, { recursive: true, force: true });
    },
  };
}

/** Compiled, the process runs the compiled file beside this one; from source, the source through tsx. */
function defaultCommand(): Command {
  const isSource = import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(isSource ? './main.ts' : './main.js', import.meta.url));
  if (!isSource) return { file: process.execPath, args: [main] };
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return { file: process.execPath, args: ['--import', tsx, main] };
}
