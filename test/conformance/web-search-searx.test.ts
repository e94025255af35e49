import { afterAll, beforeAll, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { startTestApp, type TestApp } from '../support/app.js';
import { type SearchServer, startSearchServer } from '../support/search-server.js';
import { type Searx, searxIsMissing, startSearx } from '../support/searx.js';
import { describeWhereInstalled } from '../support/where-installed.js';

const describeSearx = describeWhereInstalled(searxIsMissing(), 'web_search with the real searx');

/** The real searx between the server and a search engine of one town. */
describeSearx('web_search with the real searx', () => {
  let town: SearchServer;
  let searx: Searx;
  let server: TestApp;
  let client: OpenAI;
  beforeAll(async () => {
    town = await startSearchServer();
    town.answer = ({ url }) => ({
      results: url.searchParams.get('q')?.includes('bakery')
        ? [{ url: 'https://town.example/bakery', title: 'Bakery', content: 'The bakery opens at six in the morning.' }]
        : [],
    });
    searx = await startSearx(`${town.url}/search?q=`);
    server = await startTestApp({
      config: { web_search: { engines: [{ type: 'searxng', url: searx.url }] } },
    });
    client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await searx?.close();
    await town?.close();
  });

  const ask = (input: string) =>
    client.responses.create({
      model: 'local',
      input,
      tools: [{ type: 'web_search' }],
      include: ['web_search_call.action.sources'],
    });

  it('answers from what it finds, with the place it is from', async () => {
    const response = await ask('When does the bakery open?');
    expect(response.output[0]).toMatchObject({
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'search', sources: [{ type: 'url', url: 'https://town.example/bakery' }] },
    });
    expect(response.output_text).toBe('The bakery opens at six in the morning.');
    expect(response.output[1]).toMatchObject({
      content: [{ annotations: [{ type: 'url_citation', url: 'https://town.example/bakery', title: 'Bakery' }] }],
    });
    expect(town.requests.map(({ url }) => url.searchParams.get('q'))).toEqual(['When does the bakery open?']);
  });

  it('says so when nothing is found', async () => {
    const response = await ask('When does the school open?');
    expect(response.output[0]).toMatchObject({ status: 'completed', action: { sources: [] } });
    expect(response.output_text).toBe("The sources don't say.");
  });

  it('takes silent engines of searx for a failure', async () => {
    town.answer = (_request, response) => void response.writeHead(500).end();
    const response = await ask('When does the bakery open?');
    expect(response.output[0]).toMatchObject({ status: 'failed' });
    expect(response.status).toBe('completed');
  });
});
