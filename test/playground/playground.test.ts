import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, launchChromium } from '../support/chromium.js';
import { startStandIn } from './stand-in-server.js';

const root = resolve(import.meta.dirname, '../..');
const key = 'sk-antiphon-for-the-playground';
const executable = chromiumPath();

let folder: string;
let browser: Browser;
const opened: { page: Page; server: Awaited<ReturnType<typeof startStandIn>> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-playground-'));
  execFileSync(
    join(root, 'node_modules/.bin/vite'),
    ['build', 'src/playground/app', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'],
    { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } },
  );
  if (executable !== null) browser = await launchChromium(executable);
}, 60_000);

// Also after a failed test: an open server would keep the run from ending.
afterEach(async () => {
  for (const { page, server } of opened.splice(0)) {
    await page.close();
    await server.close();
  }
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Opens the page on a server of its own and records what must not happen. */
async function open(publishSchema: boolean) {
  const server = await startStandIn({ page: folder, key, publishSchema });
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  opened.push({ page, server });
  const faults: string[] = [];
  const home = new URL(server.url).host;
  page.on('request', (request) => {
    const { host, protocol } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && host !== home) faults.push(`asked ${host}`);
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) faults.push(message.text());
  });
  await page.goto(`${server.url}/playground`);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  return { page, faults };
}

async function fill(page: Page, editor: string, text: string): Promise<void> {
  await page.locator(`${editor} .view-lines`).click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

/** Runs one operation of the shown tab (by name where there are several) and returns what the pane shows once it contains the text. */
async function run(page: Page, operation: string | null, expected: string): Promise<string> {
  // The button becomes a menu as soon as the tab's document is understood.
  const button =
    operation === null
      ? '.graphiql-execute-button:not([aria-haspopup])'
      : '.graphiql-execute-button[aria-haspopup="menu"]';
  await page.locator(button).click();
  if (operation !== null) await page.getByRole('menuitem', { name: operation }).click();
  // The pane wraps long lines, so white space says nothing.
  const text = new RegExp(expected.split(' ').join('\\s*'));
  const pane = page.locator('.graphiql-response .view-lines', { hasText: text });
  await pane.waitFor();
  return (await pane.innerText()).replaceAll(/\s/g, '');
}

if (executable === null) {
  describe('playground', () => {
    it('is built, but not tried in a browser: there is no Chromium here (install it or set CHROMIUM_PATH)', () => {
      expect(folder).not.toBe('');
    });
  });
} else {
  describe('playground', () => {
    it('runs a query, a mutation and a subscription with the key of the header editor, offline, under the policy', async () => {
      const { page, faults } = await open(true);
      await expect(run(page, null, 'unknown, expired or revoked')).resolves.toContain('errors');

      await fill(
        page,
        '.graphiql-editor-tool .graphiql-editor:not(.hidden)',
        JSON.stringify({ authorization: `Bearer ${key}` }),
      );
      await expect(run(page, null, 'resp_1')).resolves.toContain('"userErrors":[]');

      await page.getByRole('tab', { name: 'StartStream' }).click();
      await expect(run(page, 'StartStream', 'IN_PROGRESS')).resolves.toContain('resp_1');

      await page.getByRole('button', { name: 'Variables' }).click();
      await fill(page, '.graphiql-editor-tool .graphiql-editor:not(.hidden)', '{ "id": "resp_1" }');
      const streamed = await run(page, 'FollowStream', 'response.completed');
      expect(streamed).toContain('"text":"Hellothere"');
      expect(streamed).toContain('"events":4');

      await fill(page, '.graphiql-query-editor', 'query One { response(id: "resp_9") { id status } }');
      await expect(run(page, null, 'resp_9')).resolves.toContain('"status":"COMPLETED"');

      expect(faults).toEqual([]);
    });

    it('introspects with the key when no schema is published', async () => {
      const { page, faults } = await open(false);
      await fill(
        page,
        '.graphiql-editor-tool .graphiql-editor:not(.hidden)',
        JSON.stringify({ authorization: `Bearer ${key}` }),
      );
      await page.getByRole('button', { name: 'Re-fetch GraphQL schema' }).click();
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      await page.getByText('CreateResponsePayload').or(page.getByText('Subscription').first()).first().waitFor();
      expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
    });

    it('keeps nothing beyond the browser tab', async () => {
      const { page } = await open(true);
      await fill(
        page,
        '.graphiql-editor-tool .graphiql-editor:not(.hidden)',
        JSON.stringify({ authorization: `Bearer ${key}` }),
      );
      await run(page, null, 'resp_1');
      await expect(page.evaluate(() => Object.values(sessionStorage).join())).resolves.toContain(key);
      await expect(page.evaluate(() => localStorage.length)).resolves.toBe(0);
    });
  });
}
