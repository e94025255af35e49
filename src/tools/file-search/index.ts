import { z } from 'zod';
import type { Owner } from '../../domain/principal.js';
import type { Tool } from '../../domain/tool.js';
import { readArguments } from '../arguments.js';
import type { ServerTool } from '../tool.js';

const Arguments = z.object({ queries: z.array(z.string().trim().min(1).max(4000)).max(10).default([]) });

/** What a search finds for a model to answer from. */
export interface Passage {
  file_id: string;
  filename: string;
  text: string;
  /** 0–1. */
  score: number;
  attributes: Record<string, string | number | boolean>;
  /** Page of a PDF on which it begins. */
  page?: number;
}

export interface FileSearchPort {
  /**
   * The best passages for any of the queries, best first.
   *
   * @param tool as the request configured it: stores, filters, ranking
   * @throws 404 for a store that is not there
   */
  search(query: { owner: Owner; tool: Tool; queries: readonly string[]; signal: AbortSignal }): Promise<Passage[]>;
}

/** `file_search`: looks the model's queries up in vector stores. Without named stores it searches all of the project. */
export function createFileSearchTool(port: FileSearchPort): ServerTool {
  return {
    types: ['file_search'],
    name: 'file_search',
    offer: () => ({
      name: 'file_search',
      description:
        'Searches the knowledge base: the files uploaded to the vector stores. Returns passages to answer from.',
      parameters: {
        type: 'object',
        properties: { queries: { type: 'array', items: { type: 'string' }, description: 'What to look for.' } },
        required: ['queries'],
        additionalProperties: false,
      },
    }),
    begin: () => ({ type: 'file_search_call', status: 'in_progress', queries: [], results: null }),
    events: [
      'response.file_search_call.in_progress',
      'response.file_search_call.searching',
      'response.file_search_call.completed',
    ],
    async run({ owner, tool, arguments: text, signal }) {
      const { queries } = readArguments(Arguments, text);
      const results = queries.length === 0 ? [] : await port.search({ owner, tool, queries, signal });
      return {
        // The page is for the model; the API's item has no place for it.
        item: {
          type: 'file_search_call',
          status: 'completed',
          queries,
          results: results.map(({ page: _page, ...result }) => result),
        },
        output: JSON.stringify({ results }),
      };
    },
  };
}
