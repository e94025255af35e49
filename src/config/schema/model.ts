import { z } from 'zod';
import { PriceSchema } from './price.js';

export const ModelSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(256)
    .refine((name) => name === '*' || !name.includes('*'), {
      message: "names are matched whole: '*' stands alone, for every name that is not listed.",
    })
    .describe("Name clients use; '*' for every other name."),
  provider: z.string().describe("Id of a provider above, or 'local'."),
  upstream_model: z.string().min(1).max(256).optional().describe('Default: the name the client used.'),
  max_output_tokens: z.int().min(16).max(10_000_000).default(4096),
  price: PriceSchema.optional(),
});
