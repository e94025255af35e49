import { z } from 'zod';

const HttpUrl = z.url({ protocol: /^https?$/, error: 'expected an http or https URL.' });
const AT = 'Where it is. Default: its public address.';
const ApiKey = z.string().min(1).describe('Its key, best taken from the environment.');

const SearchEngineSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('searxng').describe('A SearXNG server.'),
    url: HttpUrl.describe('Where the server is. Its search.formats has to hold json.'),
    engines: z.array(z.string().min(1)).min(1).optional().describe('Its engines to ask. Default: as it is set up.'),
    language: z.string().min(1).max(16).optional().describe('Language of results, e.g. en. Default: as it is set up.'),
  }),
  z.strictObject({
    type: z.literal('brave').describe('Brave Search.'),
    api_key: ApiKey,
    url: HttpUrl.default('https://api.search.brave.com/res/v1/web/search').describe(AT),
  }),
  z.strictObject({
    type: z.literal('tavily').describe('Tavily.'),
    api_key: ApiKey,
    url: HttpUrl.default('https://api.tavily.com/search').describe(AT),
  }),
  z.strictObject({
    type: z.literal('exa').describe('Exa.'),
    api_key: ApiKey,
    url: HttpUrl.default('https://api.exa.ai/search').describe(AT),
  }),
  z.strictObject({
    type: z.literal('http').describe('Any search that speaks JSON.'),
    url: HttpUrl.describe('Takes POST {"query", "count"} and answers with JSON.'),
    api_key: ApiKey.optional(),
    results: z.string().default('').describe('Members that lead to the results, e.g. data.items. Default: none.'),
    fields: z
      .strictObject({
        url: z.string().min(1).default('link').describe('Its address. Default link.'),
        title: z.string().min(1).default('title').describe('Its title. Default title.'),
        text: z.string().min(1).default('snippet').describe('Its text. Default snippet.'),
      })
      .prefault({})
      .describe('How the members of a result are called. Default: link, title, snippet.'),
  }),
  z.strictObject({
    type: z.literal('local-corpus').describe('A folder of documents.'),
    folder: z.string().min(1).describe('Documents that are searched instead of the web.'),
    base_url: z
      .url()
      .default('corpus://local/')
      .transform((url) => (url.endsWith('/') ? url : `${url}/`))
      .describe('Stands for the folder in their addresses. Default corpus://local/.'),
  }),
]);
export type SearchEngineSettings = z.output<typeof SearchEngineSchema>;

export const WebSearchSchema = z.strictObject({
  engines: z.array(SearchEngineSchema).max(16).default([]).describe('Asked in this order until one answers.'),
  timeout_seconds: z.number().min(0.1).max(120).default(8).describe('For one engine. Default 8.'),
  pages: z
    .strictObject({
      timeout_seconds: z.number().min(0.1).max(120).default(10).describe('For fetching a page. Default 10.'),
      max_bytes: z
        .int()
        .min(1024)
        .max(20 << 20)
        .default(2 << 20)
        .describe('Read of a page. Default 2 MiB.'),
    })
    .prefault({})
    .describe('Pages that models open.'),
});
