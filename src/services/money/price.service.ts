import type { Actor, AuditAction } from '../../domain/audit.js';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId, toPublicId } from '../../domain/ids.js';
import type { Price } from '../../domain/money.js';
import type { Page, PageRequest } from '../../domain/page.js';
import { type PriceVersion, priceTerms } from '../../domain/price-version.js';
import type { Principal } from '../../domain/principal.js';
import type { Queryable } from '../../persistence/database.js';
import type { Transaction } from '../../persistence/orm.js';
import { createAuditRepository } from '../../persistence/repositories/audit.repository.js';
import { createPriceRepository, type PriceRepository } from '../../persistence/repositories/price.repository.js';
import { withKnownCursors } from '../cursors.js';
import { parseInput } from '../validation.js';
import { CreatePriceBody, PriceFilter } from './price.schema.js';
import type { PriceBook } from './price-book.js';

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
 * The prices a project sets for itself. A version is never changed: a later one takes its place from its own moment on, and a
 * run is paid at the price that held when it began. For other models the prices of the config file hold. Every change is in the audit
 * log of the project.
 */
export function createPriceService({ prices, transaction, book, clock }: PriceServiceOptions) {
  return {
    /** @throws 400 for a bad body, 409 when the model has a price from that very moment */
    async create(actor: Actor, unchecked: unknown): Promise<PriceVersion> {
      const body = parseInput(CreatePriceBody, unchecked);
      const nowMs = clock.now();
      const effectiveAtMs = body.effective_at == null ? nowMs : body.effective_at * 1000;
      // What was paid stays paid as it was. A second is what Unix seconds leave open.
      if (effectiveAtMs < nowMs - 1000)
        throw errors.invalidValue('effective_at', "Invalid 'effective_at': a price cannot begin in the past.");
      const created = await transaction(async (tx) => {
        const made = await createPriceRepository(tx).create({
          projectId: actor.projectId,
          id: newUuid(),
          model: body.model,
          effectiveAtMs,
          price: toPrice(body),
        });
        if (made === null) throw errors.priceTaken(body.model);
        await audit(tx, actor, 'price.created', null, made);
        return made;
      });
      await book.reload();
      return created;
    },

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
      const uuid = parsePublicId('price', id);
      if (uuid === null) throw errors.notFound(id);
      await transaction(async (tx) => {
        const rows = createPriceRepository(tx);
        const before = await rows.find(actor.projectId, uuid);
        if (before === null) throw errors.notFound(id);
        if (!(await rows.deleteFuture(actor.projectId, uuid, clock.now()))) throw errors.priceHolds(id);
        await audit(tx, actor, 'price.deleted', before, null);
      });
      await book.reload();
    },
  };
}

const audit = (
  tx: Queryable,
  actor: Actor,
  action: AuditAction,
  before: PriceVersion | null,
  after: PriceVersion | null,
): Promise<void> =>
  createAuditRepository(tx).append(actor.projectId, actor, {
    action,
    targetId: toPublicId('price', (after ?? before)?.id ?? ''),
    before: before === null ? null : shown(before),
    after: after === null ? null : shown(after),
  });

/** What the log says of a price. */
const shown = (version: PriceVersion) => ({
  ...priceTerms(version),
  effective_at: new Date(version.effectiveAtMs).toISOString(),
});
