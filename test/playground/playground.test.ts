import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startTestApp, type TestApp } from '../support/app.js';
import { chromiumIsMissing, launchChromium } from '../support/chromium.js';
import { describeWhereInstalled } from '../support/where-installed.js';

const root = resolve(import.meta.dirname, '../..');

/** Variables or headers, whichever is shown. */
const TOOL_EDITOR = '.graphiql-editor-tool .graphiql-editor:not(.hidden)';

let folder: string;
let browser: Browser;
let server: TestApp;
const opened: Page[] = [];

/** Opens the page and records what must not happen. */
async function open() {
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  opened.push(page);
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

const useKey = (page: Page): Promise<void> =>
  fill(page, TOOL_EDITOR, JSON.stringify({ authorization: `Bearer ${server.key}` }));

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

describeWhereInstalled(chromiumIsMissing(), 'the playground in a browser')('playground', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'antiphon-playground-'));
    execFileSync(
      join(root, 'node_modules/.bin/vite'),
      ['build', 'src/playground/app', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'],
      { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } },
    );
    server = await startTestApp({ playgroundDir: folder });
    browser = await launchChromium();
  }, 60_000);

  afterEach(async () => {
    for (const page of opened.splice(0)) await page.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('may talk to its own origin alone', async () => {
    const policy = (await fetch(`${server.url}/playground`)).headers.get('content-security-policy') ?? '';
    const host = new URL(server.url).host;
    expect(policy.split('; ').filter((rule) => /ws|http|\*/.test(rule))).toEqual([
      `connect-src 'self' ws://${host} wss://${host}`,
    ]);
  });

  it('is asked for anew each time, but not what its names tell apart', async () => {
    const page = await fetch(`${server.url}/playground`);
    expect(page.headers.get('cache-control')).toContain('max-age=0');
    const [, asset = ''] = /src="([^"]+\/assets\/[^"]+)"/.exec(await page.text()) ?? [];
    const script = await fetch(new URL(asset, page.url));
    expect([script.status, script.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  });

  it('runs a query, a mutation and a subscription with the key of the header editor, offline, under the policy', async () => {
    const { page, faults } = await open();
    await expect(run(page, null, 'unknown, expired or revoked')).resolves.toContain('errors');

    await useKey(page);
    await expect(run(page, null, 'resp_')).resolves.toContain('"userErrors":[]');

    await page.getByRole('tab', { name: 'StartStream' }).click();
    const started = await run(page, 'StartStream', 'IN_PROGRESS');
    const id = /resp_[0-9a-f]{32}/.exec(started)?.[0] as string;

    await page.getByRole('button', { name: 'Variables' }).click();
    await fill(page, TOOL_EDITOR, JSON.stringify({ id }));
    const streamed = await run(page, 'FollowStream', 'response.completed');
    expect(streamed).toContain('"text":"1,2,3,');
    expect(streamed).toContain('"type":"response.completed"');

    await fill(page, '.graphiql-query-editor', `query One { response(id: "${id}") { id status } }`);
    await expect(run(page, null, 'COMPLETED')).resolves.toContain('"status":"COMPLETED"');

    expect(faults).toEqual([]);
  });

  it('has a tab for each example, and goes on where a lost connection ended', async () => {
    const { page, faults } = await open();
    await expect(page.getByRole('tab').allInnerTexts()).resolves.toEqual([
      'FirstAnswer',
      'StartStream',
      'ResumeStream',
      'StartChain',
      'CreateConversation',
      'CreatePrompt',
      'CreateFile',
      'CreateVectorStore',
      'UsageByModel',
      'ListResponses',
      'CreateWebhookEndpoint',
    ]);
    await useKey(page);
    await page.getByRole('tab', { name: 'StartStream' }).click();
    const started = await run(page, 'StartStream', 'IN_PROGRESS');
    const id = /resp_[0-9a-f]{32}/.exec(started)?.[0] as string;

    await page.getByRole('tab', { name: 'ResumeStream' }).click();
    await page.getByRole('button', { name: 'Variables' }).click();
    await fill(page, TOOL_EDITOR, JSON.stringify({ id, after: 3 }));
    const resumed = await run(page, null, 'response.completed');
    const { events, text } = /"events":(?<events>\d+),"text":"(?<text>[^"]*)"/.exec(resumed)?.groups ?? {};
    const last = Number(/"sequenceNumber":(\d+)/.exec(resumed)?.[1]);
    expect(Number(events)).toBe(last - 3);
    const { body } = await server.rest('GET', `/responses/${id}`);
    expect(body.output[0].content[0].text.replaceAll(/\s/g, '').endsWith(text as string)).toBe(true);
    expect(text).not.toBe('');

    await page.getByRole('tab', { name: 'UsageByModel' }).click();
    await expect(run(page, 'UsageByModel', 'local-extractive-1')).resolves.toContain('"requests":"');
    await expect(run(page, 'WhoAmI', 'budgets')).resolves.toContain('"scopes":["admin"');
    expect(faults).toEqual([]);
  });

  it('shows what happens in a conversation while it happens', async () => {
    const { page, faults } = await open();
    await useKey(page);
    const { body: conversation } = await server.rest('POST', '/conversations', {});
    await page.getByRole('tab', { name: 'CreateConversation' }).click();
    await page.getByRole('button', { name: 'Variables' }).click();
    await fill(page, TOOL_EDITOR, JSON.stringify({ id: conversation.id }));
    await run(page, 'FollowConversation', 'conversation.followed');
    const asked = { model: 'local', input: 'Count from 1 to 20.', conversation: conversation.id };
    await server.rest('POST', '/responses', { ...asked, stream: true });
    const pane = page.locator('.graphiql-response .view-lines', { hasText: 'conversation.item.added' });
    await pane.waitFor();
    expect((await pane.innerText()).replaceAll(/\s/g, '')).toContain('"text":"1,2,3,');
    expect(faults).toEqual([]);
  });

  it('says where the key goes until one is there, and builds operations by clicks', async () => {
    const { page, faults } = await open();
    const hint = page.getByRole('note').filter({ hasText: 'YOUR_KEY' });
    await expect(hint.isVisible()).resolves.toBe(true);
    await useKey(page);
    await hint.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
    await fill(page, '.graphiql-query-editor', 'query Built { viewer { key { name } } }');
    await page.locator('.graphiql-explorer-root [data-field-name="hint"]').click();
    await page.locator('.graphiql-query-editor .view-lines', { hasText: /key\s*{\s*name\s*hint\s*}/ }).waitFor();
    expect(faults).toEqual([]);
  });

  it('keeps nothing beyond the browser tab', async () => {
    const { page } = await open();
    await useKey(page);
    await run(page, null, 'resp_');
    await expect(page.evaluate(() => Object.values(sessionStorage).join())).resolves.toContain(server.key);
    await expect(page.evaluate(() => localStorage.length)).resolves.toBe(0);
  });
});
