import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { freePort } from './free-port.js';

const PROGRAM = '/usr/bin/searx-run';
/** A whole settings file: Debian keeps one among the examples, and searx reads no partial ones. */
const SETTINGS = '/usr/share/doc/searx/examples/settings.yml';

export interface Searx {
  url: string;
  close(): Promise<void>;
}

/** Why the real searx (the package `searx` of Debian) cannot be started here, or null. */
export const searxIsMissing = (): string | null => {
  const missing = [PROGRAM, SETTINGS].find((file) => !existsSync(file));
  return missing === undefined ? null : `${missing} is not installed (Debian's package searx)`;
};

/** The real searx with one engine, which asks `engineUrl` + query for `[{url, title, content}]` under `results`. */
export async function startSearx(engineUrl: string): Promise<Searx> {
  const folder = mkdtempSync(path.join(tmpdir(), 'antiphon-searx-'));
  const port = await freePort();
  const settings = parse(readFileSync(SETTINGS, 'utf8'), { logLevel: 'silent', customTags: [] });
  Object.assign(settings.server, { port, bind_address: '127.0.0.1', secret_key: 'for a test' });
  settings.engines = [
    {
      name: 'town',
      engine: 'json_engine',
      shortcut: 'tn',
      categories: 'general',
      search_url: `${engineUrl}{query}`,
      results_query: 'results',
      url_query: 'url',
      title_query: 'title',
      content_query: 'content',
      enable_http: true,
      timeout: 5,
    },
  ];
  const file = path.join(folder, 'settings.yml');
  writeFileSync(file, stringify(settings));
  const child: ChildProcess = spawn(PROGRAM, [], {
    env: { PATH: '/usr/bin:/bin', HOME: folder, SEARX_SETTINGS_PATH: file },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const output of [child.stdout, child.stderr])
    output?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) break;
    const isUp = await fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    );
    if (isUp) return { url, close };
    await sleep(100);
  }
  await close();
  throw new Error(`searx did not start: ${printed.slice(-2000)}`);
}
