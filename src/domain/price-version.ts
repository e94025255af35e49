import { type Price, printAmount } from './money.js';

/** What a model costs a project from a moment on, until a later version begins. */
export interface PriceVersion {
  projectId: string;
  id: string;
  model: string;
  effectiveAtMs: number;
  createdAtMs: number;
  price: Price;
}

/** What is charged, in the words of the API: the part of a price that is the same in answers, in the terminal and in the audit log. */
export const priceTerms = ({ model, price }: PriceVersion) => ({
  model,
  input: printAmount(price.input),
  cached_input: printAmount(price.cachedInput),
  output: printAmount(price.output),
  reasoning: printAmount(price.reasoning),
  tool_calls: Object.fromEntries(Object.entries(price.toolCalls).map(([tool, amount]) => [tool, printAmount(amount)])),
});
