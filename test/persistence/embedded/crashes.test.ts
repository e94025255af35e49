import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createHarness, isRunning, query, waitForEnd } from './harness.js';

/** Inserts as fast as one session can until the server goes; tells how many rows were acknowledged. */
async function writeUntilCut(url: string, atLeast: number, cut: () => void): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('create table if not exists rows_written (n int primary key)');
  let acknowledged = 0;
  try {
    for (;;) {
      await client.query('insert into rows_written values ($1)', [acknowledged + 1]);
      acknowledged += 1;
      if (acknowledged === atLeast) cut();
    }
  } catch {
    return acknowledged;
  }
}

const countRows = async (url: string): Promise<number> =>
  Number((await query<{ n: string }>(url, 'select count(*) as n from rows_written'))[0]?.n);

describe('after a crash', () => {
  const harness = createHarness();
  afterEach(() => harness.clear());

  it('of the gateway, the next start ends the server that lives on and takes over its data', async () => {
    const dataDir = harness.folder();
    const gateway = await harness.startProcess(dataDir);
    const url = gateway.said.url ?? '';
    const orphan = gateway.said.pid ?? 0;
    await query(url, 'create table kept as select 1 as n');
    const session = new pg.Client({ connectionString: url });
    session.on('error', () => undefined);
    await session.connect();
    // A lock that the dead gateway's session would hold for ever.
    await session.query('select pg_advisory_lock(1)');
    await gateway.kill('SIGKILL');
    expect(isRunning(orphan)).toBe(true);

    const begun = performance.now();
    const postgres = await harness.start(dataDir);
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(isRunning(orphan)).toBe(false);
    expect(await query(postgres.connectionUrl, 'select n, pg_try_advisory_lock(1) as free from kept')).toEqual([
      { n: 1, free: true },
    ]);
    await postgres.stop();
    expect(isRunning(postgres.pid)).toBe(false);
    await session.end().catch(() => undefined);
  });

  it('of the server, no acknowledged row is lost', async () => {
    const dataDir = harness.folder();
    const first = await harness.start(dataDir);
    const acknowledged = await writeUntilCut(first.connectionUrl, 300, () => process.kill(first.pid, 'SIGKILL'));
    await first.stop();
    expect(acknowledged).toBeGreaterThanOrEqual(300);

    const second = await harness.start(dataDir);
    // One more may have been committed without its answer getting through.
    expect(await countRows(second.connectionUrl)).toBeGreaterThanOrEqual(acknowledged);
    expect(await countRows(second.connectionUrl)).toBeLessThanOrEqual(acknowledged + 1);
  });

  it('of both at once, the next start recovers', async () => {
    const dataDir = harness.folder();
    const gateway = await harness.startProcess(dataDir);
    const acknowledged = await writeUntilCut(gateway.said.url ?? '', 100, () => {
      process.kill(gateway.child.pid ?? 0, 'SIGKILL');
      process.kill(gateway.said.pid ?? 0, 'SIGKILL');
    });
    const postgres = await harness.start(dataDir);
    expect(await countRows(postgres.connectionUrl)).toBeGreaterThanOrEqual(acknowledged);
  });

  it('a stranger that was given the dead server’s process id neither blocks the start nor is harmed', async () => {
    const dataDir = harness.folder();
    const gateway = await harness.startProcess(dataDir);
    await gateway.kill('SIGKILL');
    process.kill(gateway.said.pid ?? 0, 'SIGKILL');
    await waitForEnd(gateway.said.pid ?? 0);

    const pidFile = path.join(dataDir, 'postgres', 'postmaster.pid');
    const { uid, gid } = statSync(pidFile);
    // PostgreSQL minds only strangers of its own user.
    const stranger = spawn('sleep', ['60'], { ...(process.getuid?.() === 0 ? { uid, gid } : {}), stdio: 'ignore' });
    await once(stranger, 'spawn');
    try {
      const socketLock = path.join(new pg.Client({ connectionString: gateway.said.url }).host, '.s.PGSQL.5432.lock');
      for (const file of [pidFile, socketLock]) {
        writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(stranger.pid)));
      }
      const postgres = await harness.start(dataDir);
      expect(await query(postgres.connectionUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(isRunning(stranger.pid ?? 0)).toBe(true);
    } finally {
      stranger.kill();
      await once(stranger, 'exit');
    }
  });
});
