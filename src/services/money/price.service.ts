import type { Actor } from '../../domain/audit.js';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import type { Price } from '../../domain/money.js';
import type { Page, PageRequest } from '../../domain/page.js';
import { type PriceVersion, priceTerms } from '../../domain/price-version.js';
import type { Principal } from '../../domain/principal.js';
import type { Transaction } from '../../persistence/orm.js';
import { createPriceRepository, type PriceRepository } from '../../persistence/repositories/price.repository.js';
import { withKnownCursors } from '../cursors.js';
import { parseInput } from '../validation.js';
import { CreatePriceBody, PriceFilter } from './price.schema.js';
import type { PriceBook } from './price-book.js';
import { createPriceVersions } from './price-versions.js';

export interface PriceServiceOptions {
  prices: PriceRepository;
  transaction: Transaction;
  book: PriceBook;
  clock: Clock;
}

export type PriceService = ReturnType<typeof createPriceService>;

/** A price as it is written, with what it leaves open filled in. */
const toPrice = (written: {
  input: bigint;
  cached_input?: bigint | null | undefined;
  output: bigint;
  reasoning?: bigint | null | undefined;
  tool_calls?: Record<string, bigint> | null | undefined;
}): Price => ({
  input: written.input,
  cachedInput: written.cached_input ?? written.input,
  output: written.output,
  reasoning: written.reasoning ?? written.output,
  toolCalls: written.tool_calls ?? {},
});

/**
 * The prices a project sets for itself: a run is paid at the price that held when it began. For other models the prices of the
 * config file hold.
 */
export function createPriceService({ prices, transaction, book, clock }: PriceServiceOptions) {
  const versions = createPriceVersions<Pick<PriceVersion, 'model' | 'price'>>({
    kind: 'price',
    audited: 'price',
    rowsOf: createPriceRepository,
    shown: priceTerms,
    transaction,
    clock,
  });
  return {
    /** @throws 400 for a bad body, 409 when the model has a price from that very moment */
    async create(actor: Actor, unchecked: unknown): Promise<PriceVersion> {
      const body = parseInput(CreatePriceBody, unchecked);
      const { model } = body;
      const terms = { model, price: toPrice(body) };
      const created = await versions.create(actor, body.effective_at, terms, () => errors.priceTaken(model));
      await book.reload();
      return created;
    },

    /** By UUID; those that are not there are left out. */
    findMany: ({ projectId }: Pick<Principal, 'projectId'>, uuids: readonly string[]): Promise<PriceVersion[]> =>
      prices.findMany(projectId, uuids),

    /** Newest first by default. @throws 400 for what can be no model's name */
    async list(
      principal: Pick<Principal, 'projectId'>,
      page: PageRequest<string>,
      filter: unknown = {},
    ): Promise<Page<PriceVersion>> {
      const { model = null } = parseInput(PriceFilter, filter);
      return withKnownCursors(
        page,
        (ids) => prices.findMany(principal.projectId, ids),
        () => prices.list(principal.projectId, page, model),
      );
    },

    /** Takes back a price that does not hold yet. @throws 404, 409 when it holds already */
    async delete(actor: Actor, id: string): Promise<void> {
      await versions.delete(actor, id);
      await book.reload();
    },
  };
}
