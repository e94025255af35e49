import type { Actor, AuditAction } from '../../domain/audit.js';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { type IdKind, newUuid, parsePublicId, toPublicId } from '../../domain/ids.js';
import type { EffectiveFrom } from '../../domain/price-version.js';
import type { Queryable } from '../../persistence/database.js';
import type { Transaction } from '../../persistence/orm.js';
import { createAuditRepository } from '../../persistence/repositories/audit.repository.js';

/** Where versions with these terms are kept. */
interface VersionRows<Terms> {
  create(version: Omit<EffectiveFrom, 'createdAtMs'> & Terms): Promise<(EffectiveFrom & Terms) | null>;
  find(projectId: string, id: string): Promise<(EffectiveFrom & Terms) | null>;
  deleteFuture(projectId: string, id: string, nowMs: number): Promise<boolean>;
}

export interface PriceVersionsOptions<Terms> {
  kind: Extract<IdKind, 'price' | 'storagePrice'>;
  /** What the audit log calls them. */
  audited: 'price' | 'storage_price';
  rowsOf(sql: Queryable): VersionRows<Terms>;
  /** What the audit log says of one, beside its time. */
  shown(terms: Terms): object;
  transaction: Transaction;
  clock: Clock;
}

/**
 * The rules of everything that has a price: a version is never changed, only followed by a later one; none begins in the past;
 * and only one that does not hold yet can be taken back. Each change is in the audit log of the project, with the change.
 */
export function createPriceVersions<Terms extends object>(options: PriceVersionsOptions<Terms>) {
  const { kind, audited, rowsOf, shown, transaction, clock } = options;
  type Version = EffectiveFrom & Terms;

  const entryOf = (version: Version) => ({
    ...shown(version),
    effective_at: new Date(version.effectiveAtMs).toISOString(),
  });
  const audit = (
    tx: Queryable,
    actor: Actor,
    entry: { action: AuditAction; targetId: string; before: object | null; after: object | null },
  ): Promise<void> => createAuditRepository(tx).append(actor.projectId, actor, entry);

  return {
    /**
     * @param effectiveAt Unix seconds; null means now
     * @throws 400 for the past, and what `taken` makes when there is a version from that very moment
     */
    async create(
      actor: Actor,
      effectiveAt: number | null | undefined,
      terms: Terms,
      taken: () => Error,
    ): Promise<Version> {
      const nowMs = clock.now();
      const effectiveAtMs = effectiveAt == null ? nowMs : effectiveAt * 1000;
      // What was paid stays paid as it was. A second is what Unix seconds leave open.
      if (effectiveAtMs < nowMs - 1000)
        throw errors.invalidValue('effective_at', "Invalid 'effective_at': a price cannot begin in the past.");
      return transaction(async (tx) => {
        const made = await rowsOf(tx).create({ ...terms, projectId: actor.projectId, id: newUuid(), effectiveAtMs });
        if (made === null) throw taken();
        const targetId = toPublicId(kind, made.id);
        await audit(tx, actor, { action: `${audited}.created`, targetId, before: null, after: entryOf(made) });
        return made;
      });
    },

    /** Takes back a version that does not hold yet. @throws 404, 409 when it holds already */
    async delete(actor: Actor, id: string): Promise<void> {
      const uuid = parsePublicId(kind, id);
      if (uuid === null) throw errors.notFound(id);
      await transaction(async (tx) => {
        const rows = rowsOf(tx);
        const before = await rows.find(actor.projectId, uuid);
        if (before === null) throw errors.notFound(id);
        if (!(await rows.deleteFuture(actor.projectId, uuid, clock.now()))) throw errors.priceHolds(id);
        await audit(tx, actor, { action: `${audited}.deleted`, targetId: id, before: entryOf(before), after: null });
      });
    },
  };
}
