import { badValue } from '../api-error.js';
import type { Reading } from './reading.js';
import type { AnswerPlan, Rule } from './rule.js';
import { pairsIn } from './schema/facts.js';
import { fillSchema } from './schema/fill.js';
import { UnusableSchema } from './schema/unusable.js';

export const structuredOutput: Rule = {
  name: 'a',
  when: 'structured output is asked for',
  answer: 'schema-valid JSON, filled from the text: enums, defaults, numbers, dates, quoted strings, "key: value"',
  apply({ request, reading }): AnswerPlan | null {
    if (request.format.type === 'text') return null;
    const text = sourceOf(reading);
    if (request.format.type === 'json_object') return { text: JSON.stringify(smallObject(text)) };
    try {
      return { text: JSON.stringify(fillSchema(request.format.schema, text)) };
    } catch (error) {
      if (!(error instanceof UnusableSchema)) throw error;
      throw badValue('response_format', `The schema cannot be filled: ${error.message}`, 'invalid_json_schema');
    }
  },
};

/** What tools found comes after what was asked, so the question's own words win. */
const sourceOf = (reading: Reading): string =>
  [reading.message, ...reading.toolOutputs.map((output) => output.content)].join('\n');

function smallObject(text: string): Record<string, unknown> {
  const pairs = pairsIn(text);
  return Object.keys(pairs).length > 0 ? pairs : { text: text.trim().slice(0, 1_000) };
}
