import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { removeSocketDir } from '../../../src/persistence/embedded/socket-dir.js';
import { createHarness, isRunning, query, waitForEnd } from './harness.js';

describe('embedded PostgreSQL', () => {
  const harness = createHarness();
  afterEach(() => harness.clear());

  it('starts in seconds, keeps its data over a restart, and listens on a private socket only', async () => {
    const dataDir = harness.folder();
    const begun = performance.now();
    const first = await harness.start(dataDir);
    expect(performance.now() - begun).toBeLessThan(20_000);
    await query(first.connectionUrl, `create table kept as select 'Zoë' as name`);
    await first.stop();

    const second = await harness.start(dataDir);
    expect(await query(second.connectionUrl, 'select name from kept')).toEqual([{ name: 'Zoë' }]);
    expect(
      await query(
        second.connectionUrl,
        `select current_setting('listen_addresses') as tcp, current_setting('fsync') as fsync,
                current_setting('synchronous_commit') as commits, current_setting('data_checksums') as checksums,
                current_setting('server_encoding') as encoding, datlocale as locale
           from pg_database where datname = current_database()`,
      ),
    ).toEqual([{ tcp: '', fsync: 'on', commits: 'on', checksums: 'on', encoding: 'UTF8', locale: 'C.UTF-8' }]);
    expect(statSync(second.connection.host).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(dataDir, 'postgres')).mode & 0o777).toBe(0o700);
  });

  it('leaves no process and no socket folder after stop, and gives the data folder free', async () => {
    const dataDir = harness.folder();
    const postgres = await harness.start(dataDir);
    await Promise.all([postgres.stop(), postgres.stop()]);
    expect(isRunning(postgres.pid)).toBe(false);
    expect(existsSync(postgres.connection.host)).toBe(false);
    expect(readdirSync(path.join(dataDir, 'postgres'))).not.toContain('postmaster.pid');
    await harness.start(dataDir);
  });

  it('has a URL that pg and MikroORM read, also when the data folder is deep and oddly named', async () => {
    const dataDir = path.join(harness.folder(), 'a b\'c"d', 'x'.repeat(180), 'y'.repeat(180), 'data');
    const postgres = await harness.start(dataDir, { database: 'my db' });
    expect(await query(postgres.connectionUrl, 'select current_database() as name')).toEqual([{ name: 'my db' }]);
    const orm = await MikroORM.init({
      clientUrl: postgres.connectionUrl,
      entities: [],
      discovery: { warnWhenNoEntities: false },
    });
    expect(await orm.em.getConnection().execute('select current_database() as name')).toEqual([{ name: 'my db' }]);
    await orm.close();
  });

  it('keeps statements and values out of its log', async () => {
    const dataDir = harness.folder();
    const postgres = await harness.start(dataDir);
    await expect(query(postgres.connectionUrl, `select 'confidential'::int`)).rejects.toThrow('confidential');
    await postgres.stop();
    const log = readFileSync(path.join(dataDir, 'postgres.log'), 'utf8');
    expect(log).toContain('ready to accept connections');
    expect(log).not.toContain('confidential');
  });

  it('tells a second owner which folder is taken, and by which process', async () => {
    const dataDir = harness.folder();
    const owner = await harness.startProcess(dataDir);
    await expect(harness.start(dataDir)).rejects.toThrow(
      `The data folder ${dataDir} is in use by another gateway (process ${owner.child.pid}).`,
    );
    expect(await query(owner.said.url ?? '', 'select 1 as one')).toEqual([{ one: 1 }]);
    await owner.kill('SIGTERM');
    await harness.start(dataDir);
  });

  it('lets exactly one of several simultaneous starts win', async () => {
    const dataDir = harness.folder();
    const starts = await Promise.all([1, 2, 3].map(() => harness.startProcess(dataDir)));
    const errors = starts.flatMap(({ said }) => said.error ?? []);
    const winner = starts.find(({ said }) => said.url !== undefined);
    expect(errors).toHaveLength(2);
    for (const error of errors) expect(error).toContain(`(process ${winner?.child.pid})`);
  });

  it('reports an unexpected end once, and can still be stopped', async () => {
    const dataDir = harness.folder();
    const reports: unknown[] = [];
    const reported = new EventTarget();
    const seen = once(reported, 'exit');
    const postgres = await harness.start(dataDir, {
      onUnexpectedExit: (info) => {
        reports.push(info.signal);
        reported.dispatchEvent(new Event('exit'));
      },
    });
    process.kill(postgres.pid, 'SIGKILL');
    await seen;
    await postgres.stop();
    expect(reports).toEqual(['SIGKILL']);
    await harness.start(dataDir);
  });

  it('says why when PostgreSQL does not start, and leaves nothing running or locked', async () => {
    const dataDir = harness.folder();
    const healthy = await harness.start(dataDir);
    await healthy.stop();
    const control = path.join(dataDir, 'postgres', 'global', 'pg_control');
    const saved = readFileSync(control);
    truncateSync(control, 0);
    await expect(harness.start(dataDir)).rejects.toThrow(/did not start.*postgres\.log, ends with:\n.*pg_control/s);
    expect(existsSync(healthy.connection.host)).toBe(false);
    writeFileSync(control, saved);
    await harness.start(dataDir);
  });

  it('does not touch a folder that holds something else', async () => {
    const dataDir = harness.folder();
    mkdirSync(path.join(dataDir, 'postgres'));
    writeFileSync(path.join(dataDir, 'postgres', 'letters.txt'), 'mine');
    await expect(harness.start(dataDir)).rejects.toThrow(
      `The folder ${path.join(dataDir, 'postgres')} is not empty and holds no database.`,
    );
    expect(readFileSync(path.join(dataDir, 'postgres', 'letters.txt'), 'utf8')).toBe('mine');
  });

  it('refuses a database of another major version by name', async () => {
    const dataDir = harness.folder();
    mkdirSync(path.join(dataDir, 'postgres'), { mode: 0o700 });
    writeFileSync(path.join(dataDir, 'postgres', 'PG_VERSION'), '17\n');
    await expect(harness.start(dataDir)).rejects.toThrow('was made by PostgreSQL 17; this release brings 18');
  });

  it('ends with the gateway when that exits without stopping it', async () => {
    const dataDir = harness.folder();
    const gateway = await harness.startProcess(dataDir);
    await gateway.kill('SIGUSR2');
    await waitForEnd(gateway.said.pid ?? 0);
    // The gateway was gone before its server was; the next start would have cleared this up.
    removeSocketDir(new pg.Client({ connectionString: gateway.said.url }).host);
    expect(readdirSync(path.join(dataDir, 'postgres'))).not.toContain('postmaster.pid');
  });
});
