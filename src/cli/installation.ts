import type { Environment } from '../config/env.js';
import { type ActorIn, installer } from '../domain/audit.js';
import { systemClock } from '../domain/clock.js';
import { errors } from '../domain/errors.js';
import { parsePublicId } from '../domain/ids.js';
import { createLogger } from '../observability/logger.js';
import { resolveDataDir } from '../persistence/embedded/data-dir.js';
import { startEmbeddedPostgres } from '../persistence/embedded/embedded-postgres.js';
import { findRunningDatabase } from '../persistence/embedded/running-database.js';
import { migrate } from '../persistence/migrate.js';
import { createOrm, type Orm } from '../persistence/orm.js';
import { reachDatabase } from '../persistence/reach-database.js';
import { createBudgetRepository } from '../persistence/repositories/budget.repository.js';
import { createPriceRepository } from '../persistence/repositories/price.repository.js';
import { createStoragePriceRepository } from '../persistence/repositories/storage-price.repository.js';
import { createThresholdRepository } from '../persistence/repositories/threshold.repository.js';
import { createUsageRepository } from '../persistence/repositories/usage.repository.js';
import { type ApiKeyService, createApiKeyService } from '../services/access/api-key.service.js';
import { createProjectService, type ProjectService } from '../services/access/project.service.js';
import { type BudgetService, createBudgetService } from '../services/money/budget.service.js';
import { createPriceService, type PriceService } from '../services/money/price.service.js';
import { createPriceBook } from '../services/money/price-book.js';
import { createStoragePriceService, type StoragePriceService } from '../services/money/storage-price.service.js';
import { createUsageReports, type UsageReports } from '../services/usage/usage.service.js';

/** What commands work with. */
export interface Installation {
  orm: Orm;
  apiKeys: ApiKeyService;
  projects: ProjectService;
  budgets: BudgetService;
  prices: PriceService;
  storagePrices: StoragePriceService;
  usage: UsageReports;
  /** The command line in a project: of this name or id, or the default one. @throws 404 */
  actorIn(project: string | undefined): Promise<ActorIn>;
  close(): Promise<void>;
}

/** Opens an installation for the command line: beside its running server, or on its own database while that rests. */
export async function openInstallation(environment: Environment): Promise<Installation> {
  const database = await openDatabase(environment);
  try {
    const orm = await createOrm({ url: database.url, poolSize: 2 });
    await migrate(orm.mikro, database.url, systemClock.now());
    const projects = createProjectService(orm);
    const prices = createPriceRepository(orm.sql);
    const first = await projects.ensureDefault();
    return {
      orm,
      projects,
      budgets: createBudgetService({
        budgets: createBudgetRepository(orm.sql),
        thresholds: createThresholdRepository(orm.sql),
        transaction: orm.transaction,
        clock: systemClock,
        onChange: () => undefined,
        onNotices: () => undefined,
      }),
      prices: createPriceService({
        prices,
        transaction: orm.transaction,
        book: createPriceBook({ prices, clock: systemClock }),
        clock: systemClock,
      }),
      storagePrices: createStoragePriceService({
        storagePrices: createStoragePriceRepository(orm.sql),
        transaction: orm.transaction,
        clock: systemClock,
      }),
      usage: createUsageReports({ usage: createUsageRepository(orm.sql), clock: systemClock }),
      apiKeys: createApiKeyService({ ...orm, projects, clock: systemClock, onChange: () => undefined }),
      async actorIn(project) {
        if (project === undefined) return { ...installer('command_line', first.id), everyProject: true };
        const uuid = parsePublicId('project', project) ?? (await projects.findByName(project))?.id ?? null;
        if (uuid === null) throw errors.notFound(project);
        return { ...installer('command_line', uuid), everyProject: false };
      },
      async close() {
        await orm.close();
        await database.stop();
      },
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function openDatabase(environment: Environment): Promise<{ url: string; stop(): Promise<void> }> {
  if (environment.DATABASE_URL !== undefined) {
    await reachDatabase(environment.DATABASE_URL);
    return { url: environment.DATABASE_URL, stop: async () => undefined };
  }
  const { dataDir } = resolveDataDir(environment, process.cwd());
  const running = await findRunningDatabase(dataDir);
  if (running !== null) return { url: running, stop: async () => undefined };
  const embedded = await startEmbeddedPostgres({ dataDir, logger: createLogger('error') });
  return { url: embedded.connectionUrl, stop: () => embedded.stop() };
}
