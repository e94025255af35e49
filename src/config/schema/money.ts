import { z } from 'zod';
import { Amount } from './price.js';

export const MoneySchema = z.strictObject({
  unpriced_models: z
    .enum(['allow', 'deny'])
    .default('allow')
    .describe('Whether models without a price may be used, for nothing. Default allow.'),
  vector_store_gb_day: Amount.optional().describe(
    'What 10^9 bytes in vector stores cost for a day, such as 0.10, in projects that have set no price themselves. Default: nothing.',
  ),
  least_output_tokens: z
    .int()
    .min(16)
    .max(10_000_000)
    .nullable()
    .default(256)
    .describe(
      'A budget that is short cuts answers down to this many tokens before it refuses them; null: it refuses at once. Default 256.',
    ),
});
