import { z } from 'zod';

export const MoneySchema = z.strictObject({
  unpriced_models: z
    .enum(['allow', 'deny'])
    .default('allow')
    .describe('Whether models without a price may be used, for nothing. Default allow.'),
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
