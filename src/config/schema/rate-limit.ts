import { z } from 'zod';
import type { RateLimit } from '../../domain/rate-limit.js';

export const RateLimitSchema = z
  .strictObject({
    scope: z.enum(['project', 'key']).describe('Whether a project shares the rate, or each key has it for itself.'),
    model: z.string().min(1).max(256).optional().describe('Only requests to this model. Default: all, together.'),
    requests_per_minute: z.number().min(0.01).max(10_000_000).describe('Responses, chat completions, embeddings.'),
    burst: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe('Requests that may come at once after a pause. Default: those of ten seconds, at least one.'),
  })
  .transform(
    (limit): RateLimit => ({
      scope: limit.scope,
      model: limit.model ?? null,
      requestsPerMinute: limit.requests_per_minute,
      burst: limit.burst ?? Math.max(1, Math.ceil(limit.requests_per_minute / 6)),
    }),
  );
