import { z } from 'zod';
import { parseAmount } from '../../domain/money.js';
import { CHARGEABLE_ONLY, CHARGEABLE_TOOLS, isChargeable } from '../../domain/tool-calls.js';
import { shortText } from '../validation.js';

/** Money as clients write it: a decimal in the currency, with up to nine places. */
export const Decimal = z.union([z.string(), z.number()]).transform((value, ctx): bigint => {
  try {
    return parseAmount(String(value));
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

const perMillion = 'As a decimal in the currency, such as "0.15", per million tokens.';

/** No enum: a record refuses the keys that one lacks without naming those that it has. */
const ToolName = z.string().refine(isChargeable, CHARGEABLE_ONLY).meta({ enum: CHARGEABLE_TOOLS });

/** Prices of one model, as the config file and the admin API write them. */
const priceMembers = {
  input: Decimal.describe(`Input tokens. ${perMillion}`),
  cached_input: Decimal.nullish().describe(`Input tokens the upstream had cached. Default: as input.`),
  output: Decimal.describe(`Output tokens. ${perMillion}`),
  reasoning: Decimal.nullish().describe('Output tokens that are reasoning. Default: as output.'),
  tool_calls: z
    .record(ToolName, Decimal)
    .nullish()
    .describe('Each call of a tool that runs on the server, by its type: {"web_search": "0.01"}. Default: nothing.'),
};

/** When a version begins. */
const EffectiveAt = z
  .int()
  .min(0)
  .max(253_402_300_799)
  .nullish()
  .describe('From when it holds, in Unix seconds; not in the past. Default: now.');

/** Which prices a list has. */
export const PriceFilter = z.object({ model: shortText(256).optional().describe('Only prices of this model.') });

/** Body of `POST /prices`. */
export const CreatePriceBody = z.strictObject({
  model: shortText(256).describe('The model’s name, as clients use it.'),
  ...priceMembers,
  effective_at: EffectiveAt,
});

/** Body of `POST /storage_prices`. */
export const CreateStoragePriceBody = z.strictObject({
  gb_day: Decimal.describe('10^9 bytes in vector stores for a day. As a decimal in the currency, such as "0.10".'),
  effective_at: EffectiveAt,
});
