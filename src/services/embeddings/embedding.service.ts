import { z } from 'zod';
import { attributionOf } from '../../domain/attribution.js';
import { BUILT_IN_EMBEDDING } from '../../domain/model.js';
import type { Principal } from '../../domain/principal.js';
import type { RateState } from '../../domain/rate-limit.js';
import { noUsage, type Usage } from '../../domain/usage.js';
import { checkModel } from '../access/check-model.js';
import type { ModelRouter } from '../models/model-router.js';
import { type MeteredCalls, type Spent, whyCut } from '../usage/metered-calls.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { parseInput, shortText } from '../validation.js';

/** Texts in one request, and tokens in one text, as hosted. */
const MAX_TEXTS = 2048;
const MAX_TOKENS = 8192;
const text = z.string().min(1).max(10_485_760);
const token = z.int().min(0);

/** Texts, one text's token ids, or a list of those; never a mixture. */
const Entries = z
  .array(z.union([text, token, z.array(token).min(1).max(MAX_TOKENS)]))
  .min(1)
  .max(MAX_TOKENS)
  .superRefine((entries, ctx) => {
    if (new Set(entries.map((entry) => typeof entry)).size > 1)
      ctx.addIssue({ code: 'custom', message: 'texts and tokens cannot be mixed.' });
    if (entries.length > MAX_TEXTS && typeof entries[0] !== 'number')
      ctx.addIssue({
        code: 'custom',
        message: `the most allowed is ${MAX_TEXTS} items.`,
        params: { code: 'array_above_max_length' },
      });
  });

/** Body of `POST /embeddings`. Other members go to the upstream as they came. */
export const EmbeddingsBody = z.looseObject({
  model: shortText(256).describe(
    `Model name; \`${BUILT_IN_EMBEDDING.model}\` is built in (English, ${BUILT_IN_EMBEDDING.dimensions} dimensions).`,
  ),
  input: z.union([text, Entries]).describe('A text or up to 2048 of them; upstreams may also take token ids.'),
  encoding_format: z.enum(['float', 'base64']).nullish().describe('Default float.'),
  dimensions: z.int().min(1).max(65_536).nullish().describe('Length of the vectors, where the model has a choice.'),
});
type Input = z.output<typeof EmbeddingsBody>['input'];

export interface EmbeddingServiceOptions {
  router: ModelRouter;
  calls: MeteredCalls;
  counter: TokenCounter;
}

/** The upstream's answer as it came. */
export interface EmbeddingsAnswer {
  json: object;
  /** Where it left the caller's rate limits; null if none applies. */
  rate: RateState | null;
}

export type EmbeddingService = ReturnType<typeof createEmbeddingService>;

/** Embeddings, passed through to the model's upstream (or the built-in model) and paid by their input tokens. */
export function createEmbeddingService({ router, calls, counter }: EmbeddingServiceOptions) {
  const countUsage = async (input: Input, by: TokenCounter): Promise<Usage> => ({
    ...noUsage,
    inputTokens: await countInput(by, input),
  });
  const estimate = async (input: Input): Promise<Spent> => ({
    usage: await countUsage(input, counter),
    isEstimated: true,
  });

  return {
    /** @throws 400 for a bad body, 404 `model_not_found`, 429 when a budget cannot cover it, and the upstream's refusal */
    async create(principal: Principal, unchecked: unknown, client: AbortSignal): Promise<EmbeddingsAnswer> {
      const body = parseInput(EmbeddingsBody, unchecked);
      checkModel(principal, body.model);
      const route = router.resolve(body.model, { projectId: principal.projectId, unknownStatus: 404 });
      const atMost = (by: TokenCounter) => countUsage(body.input, by);
      const call = await calls.open(
        principal,
        { model: body.model, route, ...attributionOf(principal, body) },
        atMost,
        client,
      );
      let spent: Spent = { usage: noUsage, isEstimated: false };
      try {
        const sent = { ...body, model: route.upstreamModel };
        const answer = await route.provider.forward(
          { endpoint: '/embeddings', body: sent, maxOutputTokens: null },
          call.signal,
        );
        const { json, usage } = await answer.whole().catch(async (thrown: unknown) => {
          spent = await estimate(body.input);
          throw thrown;
        });
        spent = usage === null ? await estimate(body.input) : { usage, isEstimated: false };
        return { json, rate: call.rate };
      } catch (thrown) {
        if (!call.signal.aborted) throw thrown;
        spent = await estimate(body.input);
        throw whyCut(call.signal);
      } finally {
        await call.settle(spent);
      }
    },
  };
}

async function countInput(counter: TokenCounter, input: Input): Promise<number> {
  const entries = Array.isArray(input) ? input : [input];
  const texts = entries.filter((entry) => typeof entry === 'string');
  const counts = await counter.count(texts);
  const ids = entries.reduce<number>((sum, entry) => {
    if (typeof entry === 'number') return sum + 1;
    return Array.isArray(entry) ? sum + entry.length : sum;
  }, 0);
  return counts.reduce((sum, count) => sum + count, ids);
}
