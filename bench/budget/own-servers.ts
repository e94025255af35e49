import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { withTypes } from '../../src/persistence/database.js';
import { findRunningDatabase } from '../../src/persistence/embedded/running-database.js';
import { createBudgetRepository, type Mismatch } from '../../src/persistence/repositories/budget.repository.js';
import { makeTemporaryFolder } from '../../test/support/postgres.js';
import { type ServerProcess, startServerProcess } from '../../test/support/process.js';

/** One nano-unit a token: amounts are token counts. */
const CONFIG = `
models:
  - { name: priced, provider: counting, max_output_tokens: 400, price: { input: "0.001", output: "0.001" } }
money: { least_output_tokens: 16 }
limits: { grace_seconds: 0, drain_seconds: 0, event_loop_delay_ms: null, database_delay_ms: null }
providers:
  - { id: counting, base_url: "\${COUNTING_URL}" }
`;
const KEY = 'sk-antiphon-bench-budget';

export interface OwnServers {
  key: string;
  model: string;
  /** `…/v1` of the processes that live. */
  baseUrls(): readonly string[];
  /** `kill -9` of the second process. */
  killOne(): Promise<void>;
  /** REST call with the administrator's key. @throws for anything but success */
  // biome-ignore lint/suspicious/noExplicitAny: answers are read where they are asked for
  call(method: string, at: string, body?: object): Promise<any>;
  /** Windows that are not what the ledger adds up to, as `antiphon ledger verify` finds them. */
  mismatches(): Promise<Mismatch[]>;
  /** Until no run is under way, not even one whose process was killed. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Two processes on one embedded database, in front of the counting upstream. */
export async function startOwnServers(upstreamUrl: string): Promise<OwnServers> {
  const folder = makeTemporaryFolder();
  writeFileSync(path.join(folder, 'config.yaml'), CONFIG);
  const start = (more: Record<string, string>): Promise<ServerProcess> =>
    startServerProcess({
      DATA_DIR: folder,
      ANTIPHON_SECRET: 'of this benchmark, shared by both',
      ANTIPHON_API_KEY: KEY,
      ANTIPHON_CONFIG: path.join(folder, 'config.yaml'),
      COUNTING_URL: upstreamUrl,
      ...more,
    });
  // The first one has the database, so it is the other that can be killed.
  const first = await start({});
  const databaseUrl = (await findRunningDatabase(folder)) ?? '';
  const living = [first, await start({ DATABASE_URL: databaseUrl })];
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const sql = withTypes(pool);
  return {
    key: KEY,
    model: 'priced',
    baseUrls: () => living.map(({ url }) => `${url}/v1`),
    async killOne() {
      await living.pop()?.end('SIGKILL');
    },
    async call(method, at, body) {
      const answer = await fetch(`${first.url}/v1${at}`, {
        method,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${method} ${at} answered ${answer.status}: ${await answer.text()}`);
      return answer.json();
    },
    mismatches: () => createBudgetRepository(sql).findMismatches(100),
    async settle() {
      for (;;) {
        const { rows } = await sql.query<{ n: number }>('select count(*)::int as n from runs');
        if (rows[0]?.n === 0) return;
        await sleep(200);
      }
    },
    async close() {
      await pool.end();
      await Promise.all(living.slice(1).map((server) => server.end('SIGKILL')));
      await first.end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
