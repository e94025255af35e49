import type { Clock } from '../../domain/clock.js';
import type { Logger } from '../../observability/logger.js';
import type { Notifier } from '../../persistence/notifier.js';
import type { Orm } from '../../persistence/orm.js';
import type { BudgetRepository } from '../../persistence/repositories/budget.repository.js';
import { createPriceRepository } from '../../persistence/repositories/price.repository.js';
import { createStorageRepository } from '../../persistence/repositories/storage.repository.js';
import { createStoragePriceRepository } from '../../persistence/repositories/storage-price.repository.js';
import type { ThresholdRepository } from '../../persistence/repositories/threshold.repository.js';
import { createBudgetService } from './budget.service.js';
import { createPriceService } from './price.service.js';
import { createPriceBook } from './price-book.js';
import { createStorageCharges } from './storage-charges.js';
import { createStoragePriceService } from './storage-price.service.js';

export interface MoneyOptions {
  orm: Orm;
  notifier: Notifier;
  budgets: BudgetRepository;
  thresholds: ThresholdRepository;
  clock: Clock;
  logger: Logger;
  /** A budget was made, changed or deleted, here or elsewhere. */
  onBudgets(): void;
  /** Notices of passed thresholds lie in the outbox of webhooks. */
  onNotices(): void;
  /** Nano-units that a GB in vector stores costs per day where a project has set no price. */
  perGbDay(): bigint;
}

export type Money = ReturnType<typeof createMoney>;

/** What things cost and who may spend how much: prices, budgets with their thresholds, and the rent of stored bytes. */
export function createMoney({ orm, notifier, budgets, thresholds, clock, logger, ...options }: MoneyOptions) {
  const service = createBudgetService({
    budgets,
    thresholds,
    transaction: orm.transaction,
    clock,
    onChange: options.onBudgets,
    onNotices: options.onNotices,
  });
  const forgetBudgets = () => {
    options.onBudgets();
    service.forget();
  };
  notifier.on('antiphon_budgets', forgetBudgets);
  notifier.onGap(forgetBudgets);

  const prices = createPriceRepository(orm.sql);
  const book = createPriceBook({ prices, clock });
  const reloadPrices = () =>
    void book.reload().catch((err: unknown) => logger.error({ err }, 'prices could not be read'));
  notifier.on('antiphon_prices', reloadPrices);
  notifier.onGap(reloadPrices);

  const storage = createStorageCharges({
    storage: createStorageRepository(orm.sql),
    budgets,
    clock,
    perGbDay: options.perGbDay,
  });
  return {
    budgets: service,
    prices: createPriceService({ prices, transaction: orm.transaction, book, clock }),
    storagePrices: createStoragePriceService({
      storagePrices: createStoragePriceRepository(orm.sql),
      transaction: orm.transaction,
      clock,
    }),
    priceBook: book,
    /** Tells of thresholds that were passed; what fails is told the next time. */
    async tellThresholds(): Promise<void> {
      try {
        await service.tellThresholds();
      } catch (err) {
        logger.warn({ err }, 'passed budget thresholds were not told of; trying again');
      }
    },
    chargeStorage: () => storage.charge(),
  };
}
