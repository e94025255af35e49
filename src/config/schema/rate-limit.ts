import { z } from 'zod';
import type { RateLimit } from '../../domain/rate-limit.js';
import { faultOf, toRateLimit } from '../../domain/rate-limit-settings.js';

const rate = z.number().min(0.01).max(1_000_000_000).optional();
const burst = z.int().min(1).max(1_000_000_000).optional();
const places = z.int().min(1).max(1_000_000).optional();

export const RateLimitSchema = z
  .strictObject({
    scope: z
      .enum(['server', 'project', 'key'])
      .describe('Whether everybody shares it, the callers of each project do, or each key has it for itself.'),
    model: z.string().min(1).max(256).optional().describe('Only requests to this model. Default: all, together.'),
    requests_per_minute: rate.describe('Responses, chat completions, embeddings, compactions and token counts.'),
    burst: burst.describe('Requests that may come at once after a pause. Default: those of ten seconds, at least one.'),
    tokens_per_minute: rate.describe('Tokens of input and output.'),
    token_burst: burst.describe('Tokens that may be used at once after a pause. Default: those of a minute.'),
    concurrent_runs: places.describe('Responses, chat completions, embeddings and compactions under way at once.'),
    concurrent_streams: places.describe('Streams that are read at once: server-sent events, sockets, subscriptions.'),
  })
  .transform((limit, ctx): RateLimit => {
    const fault = faultOf(limit);
    if (fault !== null)
      ctx.addIssue({ code: 'custom', message: fault.message, path: fault.member === null ? [] : [fault.member] });
    return toRateLimit(limit.scope, limit);
  });
