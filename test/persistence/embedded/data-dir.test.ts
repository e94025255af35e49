import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { prepareDataDir, resolveDataDir } from '../../../src/persistence/embedded/data-dir.js';
import { createHarness } from './harness.js';

const NOBODY = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;

describe('the data folder', () => {
  const harness = createHarness();
  afterEach(() => harness.clear());

  it('is DATA_DIR, taken from the working directory if relative, whoever runs', () => {
    for (const uid of [0, 1000]) {
      expect(resolveDataDir({ DATA_DIR: 'here' }, '/srv', uid)).toEqual({ dataDir: '/srv/here', note: null });
      expect(resolveDataDir({ DATA_DIR: '/data' }, '/srv', uid)).toEqual({ dataDir: '/data', note: null });
    }
  });

  it('is .data by default, and stays so for an ordinary user below a closed folder', () => {
    const closed = harness.folder();
    chmodSync(closed, 0o700);
    expect(resolveDataDir({}, closed, 1000).dataDir).toBe(path.join(closed, '.data'));
    expect(resolveDataDir({ DATA_DIR: '' }, closed, 1000).dataDir).toBe(path.join(closed, '.data'));
  });

  it('is /var/lib/antiphon, and says so, when root runs below a folder closed to the database', () => {
    const open = harness.folder();
    // The temporary folder itself may be a closed one.
    if (resolveDataDir({}, open, 0).note !== null) return;
    expect(resolveDataDir({}, open, 0)).toEqual({ dataDir: path.join(open, '.data'), note: null });
    chmodSync(open, 0o600);
    mkdirSync(path.join(open, 'project'));
    const { dataDir, note } = resolveDataDir({}, path.join(open, 'project'), 0);
    expect(dataDir).toBe('/var/lib/antiphon');
    expect(note).toContain(`may not enter ${open}.`);
  });

  it('is never left behind once it holds a database', () => {
    const closed = harness.folder();
    mkdirSync(path.join(closed, '.data', 'postgres'), { recursive: true });
    chmodSync(closed, 0o700);
    expect(resolveDataDir({}, closed, 0)).toEqual({ dataDir: path.join(closed, '.data'), note: null });
  });

  it('that the database may not enter is refused, naming the folder in the way', () => {
    const closed = harness.folder();
    mkdirSync(path.join(closed, 'inner'));
    chmodSync(closed, 0o700);
    const user = isRoot ? NOBODY : { uid: 1, gid: 1 };
    expect(() => prepareDataDir(path.join(closed, 'inner', 'data'), user)).toThrow(`may not enter ${closed}.`);
    expect(readdirSync(path.join(closed, 'inner'))).toEqual([]);
  });

  it('that is a file, or below one, is refused by name', () => {
    const folder = harness.folder();
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    expect(() => prepareDataDir(file, NOBODY)).toThrow(`The data folder ${file} is a file.`);
    expect(() => prepareDataDir(path.join(file, 'data'), NOBODY)).toThrow(`not a folder at ${file}.`);
  });

  it('whose path is too long for PostgreSQL or the file system is refused', () => {
    const deep = path.join(harness.folder(), ...Array.from({ length: 9 }, () => 'x'.repeat(100)));
    expect(() => prepareDataDir(deep, NOBODY)).toThrow('too long for PostgreSQL');
    const oneName = path.join(harness.folder(), 'x'.repeat(300));
    expect(() => prepareDataDir(oneName, NOBODY)).toThrow('cannot be made: the path is too long');
  });
});
