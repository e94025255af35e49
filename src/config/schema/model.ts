import { z } from 'zod';
import type { Price } from '../../domain/money.js';
import { PriceSchema } from './price.js';

const Provider = z.string().describe("Id of a provider above, or 'local'.");
const UpstreamModel = z.string().min(1).max(256);
/** Targets of one model; each may be tried before a request is given up. */
const MOST_TARGETS = 16;

const FallbackSchema = z.strictObject({
  provider: Provider,
  upstream_model: UpstreamModel.optional().describe("Its name there. Default: the model's upstream_model."),
  price: PriceSchema.optional().describe("What it costs there. Default: the model's price."),
});

const TargetSchema = FallbackSchema.extend({
  weight: z.number().min(0.001).max(1_000_000).default(1).describe('Share of the requests, by weight. Default 1.'),
});

export const ModelSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(256)
      .refine((name) => name === '*' || !name.includes('*'), {
        message: "names are matched whole: '*' stands alone, for every name that is not listed.",
      })
      .describe("Name clients use; '*' for every other name."),
    provider: Provider.optional().describe("Where it is: id of a provider above, or 'local'. Or else name targets."),
    targets: z
      .array(TargetSchema)
      .min(1)
      .max(MOST_TARGETS)
      .optional()
      .describe(
        'Several places where it is, each with its share of the requests; the others stand in for one that fails.',
      ),
    fallbacks: z
      .array(FallbackSchema)
      .max(MOST_TARGETS)
      .default([])
      .describe('Places that are tried in this order when those above fail before they answer.'),
    upstream_model: UpstreamModel.optional().describe('Its name there. Default: the name the client used.'),
    max_output_tokens: z
      .int()
      .min(16)
      .max(10_000_000)
      .default(4096)
      .describe('Most tokens of one answer: held by budgets, and asked for when a budget applies. Default 4096.'),
    price: PriceSchema.optional().describe('What it costs. Default: nothing, see money.unpriced_models.'),
  })
  .superRefine(({ provider, targets }, ctx) => {
    if (provider === undefined && targets === undefined)
      ctx.addIssue({ code: 'custom', path: ['provider'], message: 'name a provider, or targets.' });
    if (provider !== undefined && targets !== undefined)
      ctx.addIssue({ code: 'custom', path: ['targets'], message: 'name a provider or targets, not both.' });
  });
export type ModelSettings = z.output<typeof ModelSchema>;

/** A place a model may be asked at, with the model's own settings where it has none. */
export interface Place {
  provider: string;
  /** Null: the name the client used. */
  upstreamModel: string | null;
  price: Price | null;
  weight: number;
  /** Where its provider is named, below the model. */
  path: (string | number)[];
}

/** The places of a model: those that share its requests, then its fallbacks. */
export function placesOf(model: ModelSettings): { targets: Place[]; fallbacks: Place[] } {
  const toPlace = (place: z.output<typeof FallbackSchema> & { weight?: number }, path: Place['path']): Place => ({
    provider: place.provider,
    upstreamModel: place.upstream_model ?? model.upstream_model ?? null,
    price: place.price ?? model.price ?? null,
    weight: place.weight ?? 1,
    path: [...path, 'provider'],
  });
  const { provider = '', targets, fallbacks } = model;
  return {
    targets: targets?.map((target, index) => toPlace(target, ['targets', index])) ?? [toPlace({ provider }, [])],
    fallbacks: fallbacks.map((fallback, index) => toPlace(fallback, ['fallbacks', index])),
  };
}
