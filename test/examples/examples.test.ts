import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromiumIsMissing, launchChromium } from '../support/chromium.js';
import { createTestDatabase, makeTemporaryFolder, type TestDatabase } from '../support/postgres.js';
import { type ServerProcess, startServerProcess } from '../support/process.js';
import { startStaticServer } from '../support/static-server.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { describeWhereInstalled } from '../support/where-installed.js';

const root = path.resolve(import.meta.dirname, '../..');
const examples = path.join(root, 'examples');
/** Kept after the run, as its output. */
const screenshots = path.join(root, 'coverage/screenshots');
const EXAMPLES = ['apollo', 'urql', 'relay', 'fetch'];
const KEY = 'examples-test-key';
const WORDS = Array.from({ length: 60 }, (_, number) => `word${number}`).join(' ');

/** Runs in every page: whatever an answer shows at any moment is a beginning of the words, and it only grows. */
const WATCH_ANSWERS = `
  const lengths = new WeakMap();
  new MutationObserver(() => {
    for (const answer of document.querySelectorAll('.answer')) {
      const text = answer.textContent;
      if (!${JSON.stringify(WORDS)}.startsWith(text)) reportFault('shows: ' + text);
      if (text !== '' && text.length < lengths.get(answer)) reportFault('shrank to: ' + text);
      lengths.set(answer, text.length);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
`;

const CONFIG = `
limits: { drain_seconds: 40 }
models:
  - { name: slow, provider: fake }
providers:
  - { id: fake, base_url: "\${FAKE_URL}" }
`;

function whyNot(): string | null {
  if (!existsSync(path.join(examples, 'node_modules'))) {
    return 'Their packages are not installed (npm ci --prefix examples)';
  }
  return chromiumIsMissing();
}

describe.each(EXAMPLES)('example %s', (example) => {
  it('is read in one sitting', () => {
    const folder = path.join(examples, example);
    const lines = readdirSync(folder).flatMap((file) => {
      const text = file === '__generated__' ? '' : readFileSync(path.join(folder, file), 'utf8');
      return file.endsWith('.html') && example !== 'fetch' ? [] : text.trimEnd().split('\n');
    });
    expect(lines.length).toBeLessThan(200);
  });
});

describeWhereInstalled(whyNot(), 'the examples')('examples', () => {
  let folder: string;
  let database: TestDatabase;
  let upstream: Upstream;
  let pages: Awaited<ReturnType<typeof startStaticServer>>;
  let server: ServerProcess;
  let network: TcpProxy;
  let browser: Browser;
  let context: BrowserContext;
  let faults: string[] = [];
  /** What pages are given: a token of one end user, not the key. */
  let token: string;

  const startServer = (): Promise<ServerProcess> =>
    startServerProcess({
      DATABASE_URL: database.url,
      DATA_DIR: folder,
      ANTIPHON_SECRET: 'a secret of the test, the same after a restart',
      ANTIPHON_API_KEY: KEY,
      ANTIPHON_CONFIG: path.join(folder, 'config.yaml'),
      FAKE_URL: upstream.url,
      CORS_ORIGINS: pages.url,
    });

  beforeAll(async () => {
    folder = makeTemporaryFolder();
    mkdirSync(screenshots, { recursive: true });
    for (const [tool, ...options] of [
      ['relay-compiler', '--output', 'quiet-with-errors'],
      ['vite', 'build', '--outDir', path.join(folder, 'pages'), '--logLevel', 'error'],
    ] as const)
      execFileSync(path.join(examples, 'node_modules/.bin', tool), options, {
        cwd: examples,
        env: { ...process.env, NODE_OPTIONS: '' },
      });
    writeFileSync(path.join(folder, 'config.yaml'), CONFIG);
    database = await createTestDatabase();
    upstream = await startUpstream(({ body }) => ({
      text: WORDS,
      betweenMs: JSON.stringify(body?.messages.at(-1)).includes('slowly') ? 200 : 80,
    }));
    pages = await startStaticServer(path.join(folder, 'pages'));
    server = await startServer();
    network = await startTcpProxy(server.url);
    const minted = await execute(
      'mutation Mint { createClientToken(input: { user: "alice", expiresAfterSeconds: 3600 }) { clientToken { value } } }',
    );
    token = minted.createClientToken.clientToken.value;
    browser = await launchChromium();
  }, 120_000);

  afterEach(async () => {
    await context?.close();
    network.restore();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.end('SIGKILL');
    await network?.close();
    await pages?.close();
    await upstream?.close();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 800, height: 600 } });
    faults = [];
    await context.exposeFunction('reportFault', (text: string) => void (faults.length < 3 && faults.push(text)));
    await context.addInitScript({ content: WATCH_ANSWERS });
  });

  /** Opens an example in a tab of its own and signs in; tabs share nothing but what the address says. */
  async function open(example: string, address = `${pages.url}/${example}/`): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => faults.push(`${example}: ${error}`));
    await page.goto(address);
    await page.getByLabel('Server').fill(network.url);
    await page.getByLabel('Key').fill(token);
    await page.getByLabel('Model').fill('slow');
    const signIn = page.getByRole('button', { name: 'Sign in' });
    if (await signIn.isVisible()) await signIn.click();
    return page;
  }

  async function ask(page: Page, question: string): Promise<void> {
    await page.getByLabel('Question').fill(question);
    await page.getByRole('button', { name: 'Send' }).click();
  }

  const answer = (page: Page): Promise<string> => page.locator('.answer').last().innerText();
  const until = (page: Page, word: string): Promise<void> =>
    page.locator('li:last-child .answer', { hasText: word }).waitFor();
  const ended = (page: Page, status = 'completed'): Promise<void> =>
    page.locator(`li:last-child[data-status="${status}" i]`).waitFor({ timeout: 60_000 });
  const shoot = (page: Page, name: string): Promise<unknown> =>
    page.screenshot({ path: path.join(screenshots, `${name}.png`) });

  // biome-ignore lint/suspicious/noExplicitAny: each operation has a shape of its own
  async function execute(query: string): Promise<any> {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return ((await answer.json()) as { data: unknown }).data;
  }

  /** What the server has kept of the newest answers. */
  async function stored(): Promise<string[]> {
    const { responses } = await execute('query Newest { responses(first: 10) { nodes { outputText } } }');
    return responses.nodes.map((response: { outputText: string }) => response.outputText);
  }

  describe.each(EXAMPLES)('example %s', (example) => {
    const isChat = example !== 'fetch';

    it('shows an answer as it grows, and a second tab follows live', async () => {
      const first = await open(example);
      await ask(first, 'Say your words slowly.');
      await until(first, 'word5');
      await expect(answer(first)).resolves.not.toContain('word59');

      const second = await open(example, first.url());
      if (!isChat) await second.getByRole('button', { name: 'Send' }).click();
      await until(second, 'word20');
      await expect(answer(second)).resolves.not.toContain('word59');
      await shoot(second, `${example}-second-tab`);

      for (const page of [first, second]) {
        await ended(page);
        await expect(answer(page)).resolves.toBe(WORDS);
      }
      if (isChat) {
        await expect(second.locator('.question').innerText()).resolves.toBe('Say your words slowly.');
        await ask(second, 'Once more.');
        await first.locator('li').nth(1).waitFor();
        await until(first, 'word10');
        await ended(first);
        await expect(first.locator('.question').allInnerTexts()).resolves.toEqual([
          'Say your words slowly.',
          'Once more.',
        ]);
        await first.reload();
        await first.locator('li').nth(1).waitFor();
        await expect(first.locator('.answer').allInnerTexts()).resolves.toEqual([WORDS, WORDS]);
      }
      await shoot(first, `${example}-answered`);
      expect(faults).toEqual([]);
    });

    it.each(isChat ? (['cut', 'silence'] as const) : (['cut'] as const))(
      'goes on after a network %s, with every token once',
      async (failure) => {
        const page = await open(example);
        await ask(page, 'Say your words.');
        await until(page, 'word5');
        network[failure]();
        await page.getByText('reconnecting…').waitFor();
        await shoot(page, `${example}-${failure}`);
        const before = await answer(page);
        expect(before).not.toContain('word59');
        await sleep(500);
        await expect(answer(page)).resolves.toBe(before);

        network.restore();
        await ended(page);
        await expect(answer(page)).resolves.toBe(WORDS);
        await page.getByText('connected', { exact: true }).waitFor();
        expect(faults).toEqual([]);
      },
    );
  });

  it('lose nothing when the server is replaced in mid-answer', async () => {
    const old = server;
    server = await startServer();
    const opened = await Promise.all(EXAMPLES.map((example) => open(example)));
    for (const page of opened) await ask(page, 'Say your words slowly.');
    for (const page of opened) await until(page, 'word10');
    network.target = server.url;
    // It closes its sockets, ends its streams, and lets its runs come to their end.
    const stopped = old.end('SIGTERM');
    for (const page of opened) {
      await ended(page);
      await expect(answer(page)).resolves.toBe(WORDS);
    }
    await expect(stopped).resolves.toEqual({ code: 0, signal: null });
    expect(faults).toEqual([]);
  }, 120_000);

  it('keep what was said when the server is killed in mid-answer, and ask on after its restart', async () => {
    const opened = await Promise.all(EXAMPLES.map((example) => open(example)));
    for (const page of opened) await ask(page, 'Say your words slowly.');
    for (const page of opened) await until(page, 'word10');
    await server.end('SIGKILL');
    server = await startServer();
    network.target = server.url;

    for (const page of opened) await ended(page, 'failed');
    const known = await stored();
    for (const [place, page] of opened.entries()) {
      const kept = await answer(page);
      expect(kept).toMatch(/^word0 .*word10/);
      expect(WORDS.startsWith(kept)).toBe(true);
      expect(known).toContain(kept);
      await expect(page.getByRole('alert').innerText()).resolves.toContain('stopped before this response was finished');
      await shoot(page, `${EXAMPLES[place]}-killed`);
    }
    for (const page of opened) await ask(page, 'Again.');
    for (const page of opened) {
      await ended(page);
      await expect(answer(page)).resolves.toBe(WORDS);
    }
    expect(faults).toEqual([]);
  }, 120_000);
});
