import { type Price, printAmount } from './money.js';

/** A price of a project from a moment on, until a later version of it begins. */
export interface EffectiveFrom {
  projectId: string;
  id: string;
  effectiveAtMs: number;
  createdAtMs: number;
}

/** What a model costs a project. */
export interface PriceVersion extends EffectiveFrom {
  model: string;
  price: Price;
}

/** What vector stores cost a project by their size. */
export interface StoragePriceVersion extends EffectiveFrom {
  /** Nano-units for 10⁹ bytes over a day. */
  gbDay: bigint;
}

/** What is charged, in the words of the API: the part of a price that is the same in answers, in the terminal and in the audit log. */
export const priceTerms = ({ model, price }: Pick<PriceVersion, 'model' | 'price'>) => ({
  model,
  input: printAmount(price.input),
  cached_input: printAmount(price.cachedInput),
  output: printAmount(price.output),
  reasoning: printAmount(price.reasoning),
  tool_calls: Object.fromEntries(Object.entries(price.toolCalls).map(([tool, amount]) => [tool, printAmount(amount)])),
});

/** The same of a price of storage. */
export const storagePriceTerms = ({ gbDay }: Pick<StoragePriceVersion, 'gbDay'>) => ({ gb_day: printAmount(gbDay) });
