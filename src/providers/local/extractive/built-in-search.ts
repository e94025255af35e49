import type { ChatFunction } from '../chat-request.js';
import type { AnswerPlan, Rule } from './rule.js';

export type SearchName = 'file_search' | 'web_search';

/** The two search tools reach a model as ordinary functions of these names. */
export const isSearch = (name: string | null): name is SearchName => name === 'file_search' || name === 'web_search';

/** A search call with the question as its query, in the shape that each of the two takes. */
export const searchCall = (name: SearchName, question: string): { name: string; arguments: string } => ({
  name,
  arguments: JSON.stringify(name === 'file_search' ? { queries: [question] } : { query: question }),
});

const pendingSearches = (tools: readonly ChatFunction[], called: ReadonlySet<string>): SearchName[] =>
  tools.map((tool) => tool.name).filter((name): name is SearchName => isSearch(name) && !called.has(name));

export const builtInSearch: Rule = {
  name: 'b2',
  when: 'file_search or web_search is offered and has not run since the last user message',
  answer: 'it is called, once, with the question as its query',
  apply({ request, reading }): AnswerPlan | null {
    if (request.toolChoice === 'none' || reading.question === '') return null;
    const names = pendingSearches(request.tools, reading.called);
    if (names.length === 0) return null;
    const chosen = request.parallelToolCalls ? names : names.slice(0, 1);
    return { toolCalls: chosen.map((name) => searchCall(name, reading.question)) };
  },
};
