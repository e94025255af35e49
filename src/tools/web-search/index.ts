import { z } from 'zod';
import { readArguments } from '../arguments.js';
import type { ServerTool } from '../tool.js';

const Arguments = z.object({ query: z.string().max(4000).default('') });

/**
 * `web_search` and its dated and preview names. No search engine is configured yet: the call fails and says so; results are
 * never invented.
 */
export function createWebSearchTool(): ServerTool {
  return {
    types: ['web_search', 'web_search_2025_08_26', 'web_search_preview', 'web_search_preview_2025_03_11'],
    name: 'web_search',
    offer: () => ({
      name: 'web_search',
      description: 'Searches the web. Returns pages to answer from.',
      parameters: {
        type: 'object',
        properties: { query: { type: 'string', description: 'What to search for.' } },
        required: ['query'],
        additionalProperties: false,
      },
    }),
    begin: () => ({ type: 'web_search_call', status: 'in_progress' }),
    events: [
      'response.web_search_call.in_progress',
      'response.web_search_call.searching',
      'response.web_search_call.completed',
    ],
    async run({ arguments: text }) {
      const { query } = readArguments(Arguments, text);
      return {
        item: { type: 'web_search_call', status: 'failed', action: { type: 'search', query, queries: [query] } },
        output: JSON.stringify({ results: [], error: 'Web search is not configured on this server.' }),
      };
    },
  };
}
