import { z } from 'zod';
import { readArguments } from '../arguments.js';
import type { ServerTool } from '../tool.js';

const Arguments = z.object({ queries: z.array(z.string().max(4000)).max(10).default([]) });

/** What a search finds for a model to answer from. */
export interface Passage {
  file_id: string;
  filename: string;
  text: string;
  score: number;
}

export interface FileSearchPort {
  search(projectId: string, storeIds: readonly string[] | null, queries: readonly string[]): Promise<Passage[]>;
}

/** A project without vector stores: every search finds nothing, and the model is told so. */
export const noVectorStores: FileSearchPort = { search: () => Promise.resolve([]) };

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
    async run({ projectId, tool, arguments: text }) {
      const { queries } = readArguments(Arguments, text);
      const storeIds = Array.isArray(tool.vector_store_ids) ? (tool.vector_store_ids as string[]) : null;
      const results = await port.search(projectId, storeIds, queries);
      return {
        item: { type: 'file_search_call', status: 'completed', queries, results: null },
        output: JSON.stringify({ results }),
      };
    },
  };
}
