import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TELL = 'data:text/javascript,process.once("exit",()=>console.log("NODE_ENV is "+process.env.NODE_ENV))';

/** What libraries are told, by a server that is started with this and ends at once, because its port is none. */
async function toldAs(nodeEnv: string | undefined): Promise<string> {
  const { NODE_ENV: _own, ...environment } = process.env;
  const child = spawn(process.execPath, ['--import', TELL, '--import', 'tsx', 'src/main.ts'], {
    cwd: root,
    env: { ...environment, NODE_OPTIONS: '', PORT: 'none', ...(nodeEnv === undefined ? {} : { NODE_ENV: nodeEnv }) },
  });
  let printed = '';
  child.stdout.on('data', (bytes) => {
    printed += bytes;
  });
  await once(child, 'close');
  return /NODE_ENV is (.*)/.exec(printed)?.[1] ?? printed;
}

describe('the server', () => {
  it('runs its libraries for production unless it is told otherwise', async () => {
    expect(await Promise.all([undefined, '', 'development'].map(toldAs))).toEqual([
      'production',
      'production',
      'development',
    ]);
  }, 60_000);
});
