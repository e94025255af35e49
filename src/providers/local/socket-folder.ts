import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The longest path that a unix socket address holds on Linux is 107 bytes; macOS allows 103. */
const maxPathBytes = 103;
const prefix = 'antiphon-model-';
const socketName = 'm.sock';

/** A new folder that only this user can enter, and the path of the socket in it. */
export async function createSocketFolder(): Promise<{ folder: string; socketPath: string }> {
  const template = join(tmpdir(), `${prefix}${process.pid}-`);
  // mkdtemp adds 6 characters and makes the folder with mode 0700.
  const fits = Buffer.byteLength(join(`${template}XXXXXX`, socketName)) <= maxPathBytes;
  const folder = await mkdtemp(fits ? template : `/tmp/${prefix}${process.pid}-`);
  return { folder, socketPath: join(folder, socketName) };
}

/**
 * Removes folders whose gateway and model were both killed. A folder goes only if it is this user's, no process has
 * the number in its name, and nobody listens on its socket.
 */
export async function removeAbandonedFolders(parent = tmpdir()): Promise<void> {
  const names = await readdir(parent).catch(() => [] as string[]);
  for (const name of names) {
    const pid = /^antiphon-model-(\d+)-\w{6}$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const folder = join(parent, name);
    const owner = await stat(folder).catch(() => null);
    if (owner === null || owner.uid !== process.getuid?.()) continue;
    if (!(await isListening(join(folder, socketName)))) await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A container may share the folder without sharing process numbers, so the socket has the last word. */
const isListening = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(socketPath);
    const answer = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
