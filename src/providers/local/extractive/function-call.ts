import { badValue } from '../api-error.js';
import type { ChatFunction } from '../chat-request.js';
import type { Similarity } from '../similarity.js';
import { isSearch, searchCall } from './built-in-search.js';
import type { Reading } from './reading.js';
import { type AnswerPlan, near, type Rule } from './rule.js';
import { fillSchema } from './schema/fill.js';
import { UnusableSchema } from './schema/unusable.js';

/** Of several functions near the message, those this much behind the nearest are left alone. */
const margin = 0.1;

export const functionCall: Rule = {
  name: 'b',
  when: 'a function is forced or required, named in the message, or its description is near the message; and no tool output has followed the message yet',
  answer: 'a call with schema-valid arguments taken from the message; several matches make parallel calls',
  async apply({ request, reading, similarity }): Promise<AnswerPlan | null> {
    const { tools, toolChoice } = request;
    if (toolChoice === 'none' || reading.toolOutputs.length > 0) return null;
    const chosen = await choose(tools, toolChoice, reading, similarity);
    if (chosen.length === 0) return null;
    const called = request.parallelToolCalls ? chosen : chosen.slice(0, 1);
    return { toolCalls: called.map((fn) => callOf(fn, reading)) };
  },
};

async function choose(
  tools: readonly ChatFunction[],
  toolChoice: 'auto' | 'required' | { name: string },
  reading: Reading,
  similarity: Similarity,
): Promise<ChatFunction[]> {
  if (typeof toolChoice === 'object') {
    const forced = tools.find((fn) => fn.name === toolChoice.name);
    if (forced === undefined) throw badValue('tool_choice', `Tool '${toolChoice.name}' is not among the tools.`);
    return [forced];
  }
  if (toolChoice === 'required' && tools.length === 0)
    throw badValue('tool_choice', 'A tool is required, but none is given.');
  const named = tools.filter((fn) => isNamed(fn.name, reading.message));
  if (named.length > 0) return named;
  const functions = tools.filter((fn) => !isSearch(fn.name));
  const scores = await scoresOf(functions, reading, similarity);
  const best = Math.max(0, ...scores);
  const described = functions
    .map((fn, index) => ({ fn, score: scores[index] ?? 0 }))
    .filter(({ score }) => score >= near && score >= best - margin)
    .sort((a, b) => b.score - a.score)
    .map(({ fn }) => fn);
  if (described.length > 0 || toolChoice === 'auto') return described;
  // Required and nothing is near: a search can look for anything, otherwise the nearest has to do.
  const search = tools.find((fn) => isSearch(fn.name));
  const fallback = search ?? functions[Math.max(0, scores.indexOf(best))];
  return fallback === undefined ? [] : [fallback];
}

async function scoresOf(functions: ChatFunction[], reading: Reading, similarity: Similarity): Promise<number[]> {
  if (functions.length === 0 || reading.question === '') return functions.map(() => 0);
  return similarity(
    reading.question,
    functions.map((fn) => (fn.description === '' ? spoken(fn.name) : fn.description)),
  );
}

/** `get_weather`, `getWeather` and "get weather" are the same name. */
function isNamed(name: string, message: string): boolean {
  const text = ` ${spoken(message)} `;
  return message.includes(name) ? hasWord(message, name) : text.includes(` ${spoken(name)} `);
}

const hasWord = (message: string, name: string): boolean => {
  const at = message.indexOf(name);
  return !/\w/.test(message[at - 1] ?? '') && !/\w/.test(message[at + name.length] ?? '');
};

const spoken = (text: string): string =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join(' ');

function callOf(fn: ChatFunction, reading: Reading): { name: string; arguments: string } {
  if (isSearch(fn.name)) return searchCall(fn.name, reading.question);
  if (fn.parameters === null) return { name: fn.name, arguments: '{}' };
  try {
    const value = fillSchema({ type: 'object', ...fn.parameters }, reading.message, 'object');
    return { name: fn.name, arguments: JSON.stringify(value) };
  } catch (error) {
    if (!(error instanceof UnusableSchema)) throw error;
    throw badValue(
      'tools',
      `The parameters of '${fn.name}' cannot be filled: ${error.message}`,
      'invalid_function_parameters',
    );
  }
}
