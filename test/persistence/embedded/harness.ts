import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createLogger } from '../../../src/observability/logger.js';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../src/persistence/embedded/embedded-postgres.js';
import { endPreviousPostmaster } from '../../../src/persistence/embedded/previous-postmaster.js';
import { removeSocketDir } from '../../../src/persistence/embedded/socket-dir.js';
import { waitUntil } from '../../../src/persistence/embedded/wait-until.js';
import { makeTemporaryFolder } from '../../support/postgres.js';

export interface GatewayProcess {
  child: ChildProcess;
  /** The first line it printed. */
  said: { pid?: number; url?: string; error?: string };
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Temporary folders, databases and child processes of one test; `clear()` ends and removes them all. */
export function createHarness() {
  const undo: (() => Promise<void> | void)[] = [];

  return {
    folder(): string {
      const folder = makeTemporaryFolder();
      undo.push(async () => {
        await endServerOn(path.join(folder, 'postgres'));
        rmSync(folder, { recursive: true, force: true });
      });
      return folder;
    },

    async start(dataDir: string, more: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
      const postgres = await startEmbeddedPostgres({ dataDir, logger: createLogger('silent'), ...more });
      undo.push(() => postgres.stop());
      return postgres;
    },

    /** A process of its own that starts a database on the folder and holds it, optionally as another user. */
    async startProcess(dataDir: string, user?: { uid: number; gid: number }): Promise<GatewayProcess> {
      const fixture = path.join(path.dirname(fileURLToPath(import.meta.url)), 'gateway.fixture.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', fixture, dataDir], {
        ...user,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, HOME: dataDir, TMPDIR: process.env.TMPDIR },
      });
      let errors = '';
      child.stderr.on('data', (chunk) => {
        errors += chunk;
      });
      const ended = once(child, 'exit');
      const kill = async (signal: NodeJS.Signals) => {
        child.kill(signal);
        await ended;
      };
      undo.push(() => kill('SIGKILL'));
      const line = await Promise.race([
        once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text)),
        once(child, 'close').then(() => JSON.stringify({ error: `ended without a word: ${errors}` })),
      ]);
      return { child, said: JSON.parse(line), kill };
    },

    async clear(): Promise<void> {
      for (let step = undo.pop(); step; step = undo.pop()) await step();
    },
  };
}

export async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A zombie that nobody collects has ended all the same.
  if (process.platform !== 'linux') return true;
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export async function waitForEnd(pid: number): Promise<void> {
  if (!(await waitUntil(() => !isRunning(pid), 10_000))) throw new Error(`Process ${pid} is still running.`);
}

/** A killed gateway's server, and its socket, must not outlive the test. */
async function endServerOn(clusterDir: string): Promise<void> {
  const pidFile = path.join(clusterDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const socketDir = readFileSync(pidFile, 'utf8').split('\n')[4];
  await endPreviousPostmaster(clusterDir, createLogger('silent'));
  if (socketDir) removeSocketDir(socketDir);
}
