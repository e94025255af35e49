import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** When a file or folder of the repository was changed last; 0 if it is not there. */
const changedMs = (place: string): number => statSync(path.join(root, place), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' });
const isBuilt = ['package.json', 'src', ...sources.map((source) => path.join('src', source))].every(
  (place) => changedMs(place) < changedMs('dist/main.js'),
);
/** The build, as people run it and in half the time; the sources where they are newer. */
const PROGRAM = isBuilt ? ['--enable-source-maps', 'dist/main.js'] : ['--import', 'tsx', 'src/main.ts'];

/** Limits for a config: a machine that is busy with other tests is late, but not overloaded. */
export const PATIENT = 'event_loop_delay_ms: null, database_delay_ms: null';

export interface ServerProcess {
  url: string;
  pid: number;
  /** Everything it printed so far. */
  output(): string;
  /** Sends a signal and resolves with how the process ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** The server as a process of its own; resolves once it says that it is ready. */
export async function startServerProcess(environment: Record<string, string>): Promise<ServerProcess> {
  const child: ChildProcess = spawn(process.execPath, PROGRAM, {
    cwd: root,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      NODE_COMPILE_CACHE: 'node_modules/.cache/compile',
      DATABASE_URL: '',
      PORT: '0',
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const ready = /ready at (\S+)/.exec(printed);
      if (ready !== null) resolve(ready[1] as string);
    });
    void ended.then(() => reject(new Error(`The server ended before it was ready: ${printed}`)));
  });
  return {
    url,
    pid: child.pid as number,
    output: () => printed,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
