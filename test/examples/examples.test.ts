import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromiumIsMissing, launchChromium } from '../support/chromium.js';
import { createLeash } from '../support/leash.js';
import { createTestDatabase, makeTemporaryFolder, type TestDatabase } from '../support/postgres.js';
import { PATIENT, type ServerProcess, startServerProcess } from '../support/process.js';
import { startStaticServer } from '../support/static-server.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { describeWhereInstalled } from '../support/where-installed.js';

const root = path.resolve(import.meta.dirname, '../..');
const examples = path.join(root, 'examples');
/** Kept after the run, as its output. */
const screenshots = path.join(root, 'coverage/screenshots');
const CHATS = ['apollo', 'urql', 'relay'];
const EXAMPLES = [...CHATS, 'fetch'];
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
limits: { drain_seconds: 40, lease_seconds: 5, ${PATIENT} }
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
  /** How far the model may speak: tests go on when something has happened, however long that takes. */
  const speech = createLeash();

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

  async function build(target: string): Promise<void> {
    const run = (tool: string, ...options: string[]) =>
      promisify(execFile)(path.join(examples, 'node_modules/.bin', tool), options, {
        cwd: examples,
        env: { ...process.env, NODE_OPTIONS: '' },
      });
    await run('relay-compiler', '--output', 'quiet-with-errors');
    await run('vite', 'build', '--outDir', target, '--logLevel', 'error');
  }

  beforeAll(async () => {
    folder = makeTemporaryFolder();
    mkdirSync(screenshots, { recursive: true });
    mkdirSync(path.join(folder, 'pages'));
    const built = build(path.join(folder, 'pages'));
    writeFileSync(path.join(folder, 'config.yaml'), CONFIG);
    database = await createTestDatabase();
    upstream = await startUpstream(() => ({ text: WORDS, betweenMs: 20, beforePiece: speech.hold }));
    pages = await startStaticServer(path.join(folder, 'pages'));
    [server] = await Promise.all([startServer(), built]);
    network = await startTcpProxy(server.url);
    const minted = await execute(
      'mutation Mint { createClientToken(input: { user: "alice", expiresAfterSeconds: 3600 }) { clientToken { value } } }',
    );
    token = minted.createClientToken.clientToken.value;
    browser = await launchChromium();
  }, 120_000);

  afterEach(async () => {
    speech.let(Number.POSITIVE_INFINITY);
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
    page.setDefaultTimeout(60_000);
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
    page.locator(`li:last-child[data-status="${status}" i]`).waitFor();
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

  interface Tab {
    example: string;
    page: Page;
  }
  const openAll = (names: readonly string[]): Promise<Tab[]> =>
    Promise.all(names.map(async (example) => ({ example, page: await open(example) })));
  /** The same in every tab at once. */
  const inEach = (tabs: readonly Tab[], act: (tab: Tab) => Promise<void>): Promise<unknown> =>
    Promise.all(tabs.map(act));
  const askEach = (tabs: readonly Tab[], question: string): Promise<unknown> =>
    inEach(tabs, ({ page }) => ask(page, question));
  /** Every answer there is as the model said it, and pages complained of nothing. */
  async function expectWords(tabs: readonly Tab[]): Promise<void> {
    await inEach(tabs, async ({ page }) => {
      await ended(page);
      await expect(answer(page)).resolves.toBe(WORDS);
    });
    expect(faults).toEqual([]);
  }

  it('show an answer as it grows, and a second tab follows live', async () => {
    speech.let(20);
    const tabs = await openAll(EXAMPLES);
    await askEach(tabs, 'Say your words.');
    const seconds: Tab[] = [];
    await inEach(tabs, async ({ example, page: first }) => {
      await until(first, 'word15');
      const page = await open(example, first.url());
      if (!CHATS.includes(example)) await page.getByRole('button', { name: 'Send' }).click();
      await until(page, 'word15');
      seconds.push({ example, page });
    });
    speech.let(40);
    await inEach(seconds, async ({ example, page }) => {
      await until(page, 'word35');
      await expect(answer(page)).resolves.not.toContain('word59');
      await shoot(page, `${example}-second-tab`);
    });
    speech.let(Number.POSITIVE_INFINITY);
    await expectWords([...tabs, ...seconds]);

    await inEach(seconds, async ({ example, page: second }) => {
      const first = tabs.find((tab) => tab.example === example)?.page as Page;
      if (CHATS.includes(example)) {
        const questions = ['Say your words.', 'Once more.'];
        await expect(second.locator('.question').innerText()).resolves.toBe(questions[0]);
        await ask(second, 'Once more.');
        await first.locator('li').nth(1).waitFor();
        await ended(first);
        await expect(first.locator('.question').allInnerTexts()).resolves.toEqual(questions);
        await first.reload();
        await first.locator('li').nth(1).waitFor();
        await expect(first.locator('.answer').allInnerTexts()).resolves.toEqual([WORDS, WORDS]);
      }
      await shoot(first, `${example}-answered`);
    });
    expect(faults).toEqual([]);
  });

  it.each([
    // Nothing but a connection that answers no ping tells of silence, and the plain page sends none.
    ['silence', CHATS],
    ['cut', EXAMPLES],
  ] as const)('go on after a network %s, with every token once', async (failure, names) => {
    speech.let(20);
    const tabs = await openAll(names);
    await askEach(tabs, 'Say your words.');
    await inEach(tabs, ({ page }) => until(page, 'word5'));
    network[failure]();
    await inEach(tabs, async ({ example, page }) => {
      await page.getByText('reconnecting…').waitFor();
      await shoot(page, `${example}-${failure}`);
      await expect(answer(page)).resolves.not.toContain('word20');
    });
    // Said while nobody hears it.
    speech.let(40);
    network.restore();
    await inEach(tabs, ({ page }) => until(page, 'word35'));
    speech.let(Number.POSITIVE_INFINITY);
    await expectWords(tabs);
    await inEach(tabs, ({ page }) => page.getByText('connected', { exact: true }).waitFor());
  });

  it('lose nothing when the server is replaced in mid-answer', async () => {
    const old = server;
    speech.let(20);
    const [tabs, next] = await Promise.all([openAll(EXAMPLES), startServer()]);
    server = next;
    await askEach(tabs, 'Say your words.');
    await inEach(tabs, ({ page }) => until(page, 'word10'));
    network.target = server.url;
    // It closes its sockets, ends its streams, and lets its runs come to their end.
    const stopped = old.end('SIGTERM');
    speech.let(40);
    await inEach(tabs, ({ page }) => until(page, 'word35'));
    speech.let(Number.POSITIVE_INFINITY);
    await expectWords(tabs);
    await expect(stopped).resolves.toEqual({ code: 0, signal: null });
  });

  it('keep what was said when the server is killed in mid-answer, and ask on after its restart', async () => {
    speech.let(20);
    const tabs = await openAll(EXAMPLES);
    await askEach(tabs, 'Say your words.');
    await inEach(tabs, ({ page }) => until(page, 'word10'));
    await server.end('SIGKILL');
    speech.let(Number.POSITIVE_INFINITY);
    server = await startServer();
    network.target = server.url;

    await inEach(tabs, ({ page }) => ended(page, 'failed'));
    const known = await stored();
    await inEach(tabs, async ({ example, page }) => {
      const kept = await answer(page);
      expect(kept).toMatch(/^word0 .*word10/);
      expect(WORDS.startsWith(kept)).toBe(true);
      expect(known).toContain(kept);
      await expect(page.getByRole('alert').innerText()).resolves.toContain('stopped before this response was finished');
      await shoot(page, `${example}-killed`);
    });
    await askEach(tabs, 'Again.');
    await expectWords(tabs);
  });
});
