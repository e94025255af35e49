import type { Rule } from './rule.js';

/** What the model says when nothing else applies. */
export const honestLine =
  'I am local-extractive-1, the built-in model: not a language model. I quote your texts, compute, count, fill JSON schemas and call tools. To get written answers, set UPSTREAM_BASE_URL to an OpenAI-compatible server.';

export const fallback: Rule = {
  name: 'e',
  when: 'anything else, greetings included',
  answer: 'one honest line: what it can do and how to connect a language model',
  apply: () => ({ text: honestLine }),
};
