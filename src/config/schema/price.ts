import { z } from 'zod';
import { type Price, parseAmount } from '../../domain/money.js';
import { CHARGEABLE_ONLY, CHARGEABLE_TOOLS, isChargeable } from '../../domain/tool-calls.js';

/** Money as a decimal in the currency, in nano-units. */
export const Amount = z
  .union([z.string(), z.number()], 'expected an amount such as "0.15".')
  .transform((value, ctx): bigint => {
    try {
      return parseAmount(String(value));
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });

/** No enum: a record refuses the keys that one lacks without naming those that it has. */
const ToolName = z.string().refine(isChargeable, CHARGEABLE_ONLY).meta({ enum: CHARGEABLE_TOOLS });

export const PriceSchema = z
  .strictObject({
    input: Amount.describe('Per million input tokens.'),
    cached_input: Amount.optional().describe('Per million cached input tokens. Default: as input.'),
    output: Amount.describe('Per million output tokens.'),
    reasoning: Amount.optional().describe('Per million output tokens that are reasoning. Default: as output.'),
    tool_calls: z
      .record(ToolName, Amount)
      .default({})
      .describe('Each call of a tool that runs on the server, by its type, such as web_search: 0.01.'),
  })
  .transform(
    (price): Price => ({
      input: price.input,
      cachedInput: price.cached_input ?? price.input,
      output: price.output,
      reasoning: price.reasoning ?? price.output,
      toolCalls: price.tool_calls,
    }),
  );
