import type { Actor } from '../../domain/audit.js';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import type { Page, PageRequest } from '../../domain/page.js';
import { type StoragePriceVersion, storagePriceTerms } from '../../domain/price-version.js';
import type { Principal } from '../../domain/principal.js';
import type { Transaction } from '../../persistence/orm.js';
import {
  createStoragePriceRepository,
  type StoragePriceRepository,
} from '../../persistence/repositories/storage-price.repository.js';
import { withKnownCursors } from '../cursors.js';
import { parseInput } from '../validation.js';
import { CreateStoragePriceBody } from './price.schema.js';
import { createPriceVersions } from './price-versions.js';

export interface StoragePriceServiceOptions {
  storagePrices: StoragePriceRepository;
  transaction: Transaction;
  clock: Clock;
}

export type StoragePriceService = ReturnType<typeof createStoragePriceService>;

/**
 * What a project sets for its vector stores by their size: a day is paid at the price that holds when it is charged. Projects
 * that have set none pay the price of the config file.
 */
export function createStoragePriceService({ storagePrices, transaction, clock }: StoragePriceServiceOptions) {
  const versions = createPriceVersions<Pick<StoragePriceVersion, 'gbDay'>>({
    kind: 'storagePrice',
    audited: 'storage_price',
    rowsOf: createStoragePriceRepository,
    shown: storagePriceTerms,
    transaction,
    clock,
  });
  return {
    /** @throws 400 for a bad body, 409 when there is a price from that very moment */
    async create(actor: Actor, unchecked: unknown): Promise<StoragePriceVersion> {
      const { gb_day: gbDay, effective_at } = parseInput(CreateStoragePriceBody, unchecked);
      return versions.create(actor, effective_at, { gbDay }, errors.storagePriceTaken);
    },

    /** By UUID; those that are not there are left out. */
    findMany: ({ projectId }: Pick<Principal, 'projectId'>, uuids: readonly string[]): Promise<StoragePriceVersion[]> =>
      storagePrices.findMany(projectId, uuids),

    /** Newest first by default. */
    list: (
      { projectId }: Pick<Principal, 'projectId'>,
      page: PageRequest<string>,
    ): Promise<Page<StoragePriceVersion>> =>
      withKnownCursors(
        page,
        (ids) => storagePrices.findMany(projectId, ids),
        () => storagePrices.list(projectId, page),
      ),

    /** Takes back a price that does not hold yet. @throws 404, 409 when it holds already */
    delete: (actor: Actor, id: string): Promise<void> => versions.delete(actor, id),
  };
}
