import { z } from 'zod';
import { type RateLimit, rateWindow } from '../../domain/rate-limit.js';

const rate = z.number().min(0.01).max(1_000_000_000).optional();
const burst = z.int().min(1).max(1_000_000_000).optional();
const places = z.int().min(1).max(1_000_000).optional();

const MOST_SECONDS = 86_400;

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
    const { requests_per_minute: requests, tokens_per_minute: tokens } = limit;
    const read: RateLimit = {
      scope: limit.scope,
      model: limit.model ?? null,
      requests: requests === undefined ? null : rateWindow(requests, limit.burst ?? Math.ceil(requests / 6)),
      tokens: tokens === undefined ? null : rateWindow(tokens, limit.token_burst ?? Math.ceil(tokens)),
      concurrentRuns: limit.concurrent_runs ?? null,
      concurrentStreams: limit.concurrent_streams ?? null,
    };
    const refuse = (message: string, ...path: string[]): void => {
      ctx.addIssue({ code: 'custom', message, path });
    };
    if (!(read.requests ?? read.tokens ?? read.concurrentRuns ?? read.concurrentStreams))
      refuse('say what is limited: requests_per_minute, tokens_per_minute, concurrent_runs or concurrent_streams.');
    if (limit.burst !== undefined && read.requests === null) refuse('goes with requests_per_minute.', 'burst');
    if (limit.token_burst !== undefined && read.tokens === null) refuse('goes with tokens_per_minute.', 'token_burst');
    if ((read.requests?.seconds ?? 0) > MOST_SECONDS) refuse('takes more than a day to earn.', 'burst');
    if ((read.tokens?.seconds ?? 0) > MOST_SECONDS) refuse('takes more than a day to earn.', 'token_burst');
    return read;
  });
