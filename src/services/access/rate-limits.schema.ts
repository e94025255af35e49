import { z } from 'zod';
import { faultOf } from '../../domain/rate-limit-settings.js';
import { shortText } from '../validation.js';

const rate = z.number().min(0.01).max(1_000_000_000).nullish();
const burst = z.int().min(1).max(1_000_000_000).nullish();
const places = z.int().min(1).max(1_000_000).nullish();

const RateLimit = z
  .strictObject({
    model: shortText(256).nullish().describe('Only requests that name this model. Default: all, together.'),
    requests_per_minute: rate,
    burst: burst.describe('Requests that may come at once after a pause. Default: those of ten seconds.'),
    tokens_per_minute: rate.describe('Tokens of input and output.'),
    token_burst: burst.describe('Tokens that may be used at once after a pause. Default: those of a minute.'),
    concurrent_runs: places.describe('Responses, chat completions, embeddings and compactions under way at once.'),
    concurrent_streams: places.describe('Streams that are read at once.'),
  })
  .transform((limit) => ({
    model: limit.model ?? undefined,
    requests_per_minute: limit.requests_per_minute ?? undefined,
    burst: limit.burst ?? undefined,
    tokens_per_minute: limit.tokens_per_minute ?? undefined,
    token_burst: limit.token_burst ?? undefined,
    concurrent_runs: limit.concurrent_runs ?? undefined,
    concurrent_streams: limit.concurrent_streams ?? undefined,
  }))
  .superRefine((limit, ctx) => {
    const fault = faultOf(limit);
    if (fault === null) return;
    ctx.addIssue({ code: 'custom', message: fault.message, path: fault.member === null ? [] : [fault.member] });
  });

/** How fast a key may ask, and how much at once. */
export const RateLimits = z
  .array(RateLimit)
  .max(20)
  .describe('Limits of this key, beside those of the config file: the tightest counts.');
