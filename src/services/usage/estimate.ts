import type { Item } from '../../domain/item.js';
import type { ResponseRecord } from '../../domain/response.js';
import { noUsage, type Usage } from '../../domain/usage.js';
import { countPrompt, type Prompt } from './prompt-tokens.js';
import type { TokenCounter } from './token-counter.js';

/** What is known of a run whose process died. */
export interface Traces {
  /** Null for a run that was not stored. */
  record: ResponseRecord | null;
  /** What the model was first sent; read only if nobody wrote down how many tokens it was. */
  context(): Promise<Item[]>;
  /** Tokens of the first call, if they were written down. */
  inputTokens: number | null;
  /** What the stored events show. */
  output: readonly Item[];
  /** Tokens the answer could have at most. */
  maxOutputTokens: number | null;
  /** All text of the stored deltas. */
  said: string;
}

/**
 * Tokens of a run that nobody can ask any more: its input as counted, once for every model turn that can be seen, and the
 * output that was stored. What the model said after the last stored event is nobody's to pay.
 */
export async function estimateUsage(counter: TokenCounter, traces: Traces): Promise<Usage> {
  const { record } = traces;
  const first =
    traces.inputTokens ?? (record === null ? 0 : await countRecord(counter, record, await traces.context()));
  const [said = 0] = await counter.count([traces.said]);
  const outputTokens = Math.min(said, traces.maxOutputTokens ?? said);
  // A tool's answer goes back to the model with everything before it.
  const furtherTurns = traces.output.filter(
    (item, index) => isAnswered(item) && !isAnswered(traces.output[index + 1]),
  ).length;
  return { ...noUsage, inputTokens: first + furtherTurns * (first + outputTokens), outputTokens };
}

const countRecord = (counter: TokenCounter, { settings }: ResponseRecord, items: Item[]): Promise<number> =>
  countPrompt(counter, {
    instructions: settings.instructions,
    items,
    functions: [],
    hostedTools: settings.tools,
    format: settings.text.format as Prompt['format'],
  });

/** A call of a tool that runs inside the response, with its answer. */
const isAnswered = (item: Item | undefined): boolean =>
  item !== undefined &&
  item.status === 'completed' &&
  item.type.endsWith('_call') &&
  item.type !== 'function_call' &&
  item.type !== 'custom_tool_call';
