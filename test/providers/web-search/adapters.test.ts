import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import type { WebQuery } from '../../../src/domain/web.js';
import { createBrave } from '../../../src/providers/web-search/brave.js';
import type { SearchEngine } from '../../../src/providers/web-search/engine.js';
import { createExa } from '../../../src/providers/web-search/exa.js';
import { createHttpJson } from '../../../src/providers/web-search/http-json.js';
import { createLocalCorpus } from '../../../src/providers/web-search/local-corpus.js';
import { createSearxng } from '../../../src/providers/web-search/searxng.js';
import { createTavily } from '../../../src/providers/web-search/tavily.js';
import { type SearchServer, startSearchServer } from '../../support/search-server.js';

const query: WebQuery = {
  query: 'rye bread',
  limit: 3,
  textLength: 500,
  allowedDomains: ['a.example', 'b.example'],
  blockedDomains: ['c.example'],
  location: { country: 'be', region: null, city: 'Ghent', timezone: null },
  isOffline: false,
};
const signal = new AbortController().signal;

describe('search engines', () => {
  let server: SearchServer;
  const dispatcher = new Agent();
  beforeAll(async () => {
    server = await startSearchServer();
  });
  afterAll(async () => {
    await dispatcher.destroy();
    await server.close();
  });
  beforeEach(() => {
    server.requests.length = 0;
  });

  const page = { url: 'https://a.example/', title: 'A', text: 'Text', publishedAt: null };
  const dated = { ...page, publishedAt: '2026-01-02' };

  /** What each asks for, what it is answered, and what it makes of it. */
  it.each<[string, () => SearchEngine, object, unknown, object[]]>([
    [
      'searxng',
      () => createSearxng({ url: server.url, engines: ['google', 'bing'], language: 'en', dispatcher }),
      {
        path: '/search',
        query: {
          q: 'rye bread (site:a.example OR site:b.example) -site:c.example',
          format: 'json',
          engines: 'google,bing',
          language: 'en',
        },
      },
      { results: [{ url: page.url, title: 'A', content: 'Text', publishedDate: '2026-01-02' }] },
      [dated],
    ],
    [
      'brave',
      () => createBrave({ url: `${server.url}/search`, apiKey: 'key', dispatcher }),
      {
        query: {
          q: 'rye bread (site:a.example OR site:b.example) -site:c.example',
          count: '3',
          country: 'BE',
        },
        headers: { 'x-subscription-token': 'key' },
      },
      {
        web: {
          results: [
            {
              url: page.url,
              title: '<strong>A</strong>',
              description: 'Te<strong>x</strong>t &#39;n&#x27; so',
              extra_snippets: ['more'],
              page_age: '2026-01-02',
            },
          ],
        },
      },
      [{ ...dated, text: "Text 'n' so\nmore" }],
    ],
    [
      'tavily',
      () => createTavily({ url: `${server.url}/search`, apiKey: 'key', dispatcher }),
      {
        body: {
          query: 'rye bread',
          max_results: 3,
          include_domains: ['a.example', 'b.example'],
          exclude_domains: ['c.example'],
          country: 'belgium',
        },
        headers: { authorization: 'Bearer key' },
      },
      { results: [{ url: page.url, title: 'A', content: 'Text', score: 0.9 }] },
      [page],
    ],
    [
      'exa',
      () => createExa({ url: `${server.url}/search`, apiKey: 'key', dispatcher }),
      {
        body: {
          query: 'rye bread',
          numResults: 3,
          contents: { text: { maxCharacters: 500 } },
          includeDomains: ['a.example', 'b.example'],
          excludeDomains: ['c.example'],
          userLocation: 'BE',
        },
        headers: { 'x-api-key': 'key' },
      },
      { results: [{ url: page.url, title: 'A', text: 'Text', publishedDate: '2026-01-02' }] },
      [dated],
    ],
    [
      'http',
      () =>
        createHttpJson({
          url: `${server.url}/search`,
          apiKey: 'key',
          results: '',
          fields: { url: 'link', title: 'title', text: 'snippet' },
          dispatcher,
        }),
      {
        body: {
          query: 'rye bread',
          count: 3,
          allowed_domains: ['a.example', 'b.example'],
          blocked_domains: ['c.example'],
          country: 'be',
        },
        headers: { authorization: 'Bearer key' },
      },
      [{ link: page.url, title: 'A', snippet: 'Text' }],
      [page],
    ],
    [
      'http with other names',
      () =>
        createHttpJson({
          url: `${server.url}/search`,
          results: 'data.items',
          fields: { url: 'u', title: 't', text: 'x' },
          dispatcher,
        }),
      { body: expect.anything() },
      { data: { items: [{ u: page.url, t: 'A', x: 'Text' }] } },
      [page],
    ],
  ])('%s', async (_name, create, asked, answer, found) => {
    server.answer = () => answer;
    expect(await create().search(query, signal)).toEqual(found);
    const [request] = server.requests;
    expect({
      path: request?.url.pathname,
      query: Object.fromEntries(request?.url.searchParams ?? []),
      headers: request?.headers,
      body: request?.body,
    }).toMatchObject(asked);

    // Whatever an engine writes in place of results, it is pages or an error of the engine.
    for (const junk of [
      null,
      7,
      [],
      {},
      { results: 7 },
      { results: [null, 1, { url: 5 }] },
      [{ link: 'x', url: 'file:///etc' }],
    ]) {
      server.answer = () => junk;
      const odd = await create()
        .search(query, signal)
        .catch((error: Error) => error.name);
      expect([[], 'SearchEngineError']).toContainEqual(odd);
    }
    for (const [status, headers, retryAfterMs] of [
      [401, {}, null],
      [429, { 'retry-after': '7' }, 7000],
      [200, {}, null],
    ] as const) {
      server.answer = (_request, response) => void response.writeHead(status, headers).end('<html>');
      await expect(create().search(query, signal)).rejects.toMatchObject({ name: 'SearchEngineError', retryAfterMs });
    }
    server.answer = (_request, response) => void response.writeHead(200).end(`"${'x'.repeat(5 << 20)}"`);
    await expect(create().search(query, signal)).rejects.toThrow(/more than/);
    server.answer = (_request, response) => void response.destroy();
    await expect(create().search(query, signal)).rejects.toMatchObject({ name: 'SearchEngineError' });
  });
});

describe('a local corpus', () => {
  let folder: string;
  let time = 0;
  const skipped: string[] = [];
  const open = () =>
    createLocalCorpus({
      folder,
      baseUrl: 'https://docs.example/town/',
      read: async (bytes, filename) => {
        if (bytes.includes('broken')) throw new Error('cannot be read');
        return { title: filename.replace(/\..*/, ''), text: bytes.toString() };
      },
      onSkipped: (file) => skipped.push(path.basename(file)),
      now: () => time,
    });
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'antiphon-corpus-'));
    await mkdir(path.join(folder, 'shops and more'));
    writeFileSync(
      path.join(folder, 'shops and more', 'bakery.md'),
      'The bakery opens at six.\n\nRye breads cost four crowns.',
    );
    writeFileSync(
      path.join(folder, 'ferry.txt'),
      `${'Long before. '.repeat(100)}\n\nThe ferry leaves every two hours.`,
    );
    writeFileSync(path.join(folder, 'bad.html'), 'broken');
    writeFileSync(path.join(folder, 'picture.png'), 'rye bread');
    writeFileSync(path.join(folder, '.hidden.md'), 'rye bread');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('finds the passage, opens the page, and leaves out what it cannot read', async () => {
    const corpus = open();
    expect(await corpus.search(query, signal)).toEqual([
      {
        url: 'https://docs.example/town/shops%20and%20more/bakery.md',
        title: 'bakery',
        text: expect.stringContaining('Rye breads cost four crowns.'),
        publishedAt: null,
      },
    ]);
    const [ferry] = await corpus.search({ ...query, query: 'When does the ferry leave?', textLength: 60 }, signal);
    expect(ferry?.text).toContain('ferry leaves every two hours');
    expect(ferry?.text.length).toBeLessThanOrEqual(60);
    expect(await corpus.search({ ...query, query: 'what is the' }, signal)).toEqual([]);
    expect(await corpus.search({ ...query, query: 'constructor __proto__' }, signal)).toEqual([]);
    expect(skipped).toEqual(['bad.html']);
    expect(await corpus.open?.('https://docs.example/town/ferry.txt')).toMatchObject({ title: 'ferry' });
    for (const url of [
      'https://docs.example/town/../../etc/passwd',
      'https://docs.example/town/.hidden.md',
      'https://other/',
    ])
      expect(await corpus.open?.(url)).toBeNull();
  });

  it('notices what changes', async () => {
    const corpus = open();
    const museum = { ...query, query: 'museum' };
    expect(await corpus.search(museum, signal)).toEqual([]);
    writeFileSync(path.join(folder, 'museum.txt'), 'The museum is closed.');
    time += 60_000;
    expect(await corpus.search(museum, signal)).toHaveLength(1);
    rmSync(path.join(folder, 'museum.txt'));
    time += 60_000;
    expect(await corpus.search(museum, signal)).toEqual([]);
  });

  it('does not hold up a caller who leaves', async () => {
    const controller = new AbortController();
    controller.abort(new Error('left'));
    await expect(open().search(query, controller.signal)).rejects.toThrow('left');
  });
});
