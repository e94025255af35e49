import { chownSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { findObstacle } from '../../../src/persistence/embedded/directory-access.js';
import { createHarness, query } from './harness.js';

const isRoot = process.getuid?.() === 0;
const here = path.dirname(fileURLToPath(import.meta.url));
/** An ordinary account that every Linux has, and a uid that none has. */
const DAEMON = { uid: 1, gid: 1 };
const UNKNOWN = { uid: 54_321, gid: 54_321 };

/** Only root can become somebody else, and only where that somebody may read the project. */
const canBecomeOthers = isRoot && findObstacle(here, DAEMON) === null;
if (!canBecomeOthers) {
  console.warn(
    'Not root, or the project is closed to others: the embedded database is tried as the current user only.',
  );
}

describe('the user that the database runs as', () => {
  const harness = createHarness();
  afterEach(() => harness.clear());

  const folderOf = (user: { uid: number; gid: number }): string => {
    const folder = path.join(harness.folder(), 'data');
    mkdirSync(folder, { mode: 0o700 });
    if (canBecomeOthers) chownSync(folder, user.uid, user.gid);
    return folder;
  };

  it('is the ordinary user that runs the gateway', async () => {
    const dataDir = folderOf(DAEMON);
    const gateway = await harness.startProcess(dataDir, canBecomeOthers ? DAEMON : undefined);
    expect(gateway.said.error).toBeUndefined();
    expect(await query(gateway.said.url ?? '', 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(statSync(path.join(dataDir, 'postgres')).uid).toBe(statSync(dataDir).uid);
    await gateway.kill('SIGTERM');
  });

  it('is nobody under root, who keeps everything but the database', async () => {
    const dataDir = path.join(harness.folder(), 'data');
    const postgres = await harness.start(dataDir);
    expect(statSync(path.join(dataDir, 'postgres')).uid).toBe(isRoot ? 65534 : process.getuid?.());
    expect(statSync(dataDir).uid).toBe(process.getuid?.());
    await postgres.stop();
  });

  it('stays the ordinary user when root starts that user’s database', async () => {
    const dataDir = folderOf(DAEMON);
    const gateway = await harness.startProcess(dataDir, canBecomeOthers ? DAEMON : undefined);
    await query(gateway.said.url ?? '', 'create table kept as select 1 as n');
    await gateway.kill('SIGTERM');
    if (canBecomeOthers) chownSync(dataDir, 0, 0);

    // Root's turn; the folder above must let the other user through.
    const opened = await harness.start(dataDir).catch((error: Error) => error.message);
    if (canBecomeOthers) {
      expect(opened).toContain(`may not enter ${dataDir}`);
      chownSync(dataDir, DAEMON.uid, DAEMON.gid);
    } else if (typeof opened !== 'string') {
      await opened.stop();
    }
    const postgres = await harness.start(dataDir);
    expect(await query(postgres.connectionUrl, 'select n from kept')).toEqual([{ n: 1 }]);
    await postgres.stop();
    const again = await harness.startProcess(dataDir, canBecomeOthers ? DAEMON : undefined);
    expect(again.said.error).toBeUndefined();
    await again.kill('SIGTERM');
  });

  it('must have a passwd entry; without one the operator is sent to DATABASE_URL', async () => {
    const dataDir = folderOf(UNKNOWN);
    if (!canBecomeOthers) return;
    const gateway = await harness.startProcess(dataDir, UNKNOWN);
    expect(gateway.said.error).toBe(
      'The embedded PostgreSQL cannot run as user id 54321: it has no entry in /etc/passwd. Set DATABASE_URL to a PostgreSQL 15 or newer instead.',
    );
  });
});
