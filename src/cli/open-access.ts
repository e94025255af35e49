import type { Environment } from '../config/env.js';
import { systemClock } from '../domain/clock.js';
import { createLogger } from '../observability/logger.js';
import { resolveDataDir } from '../persistence/embedded/data-dir.js';
import { startEmbeddedPostgres } from '../persistence/embedded/embedded-postgres.js';
import { findRunningDatabase } from '../persistence/embedded/running-database.js';
import { migrate } from '../persistence/migrate.js';
import { createOrm } from '../persistence/orm.js';
import { createApiKeyRepository } from '../persistence/repositories/api-key.repository.js';
import { createBudgetRepository } from '../persistence/repositories/budget.repository.js';
import { createProjectRepository } from '../persistence/repositories/project.repository.js';
import { type AccessService, createAccessService } from '../services/access/access.service.js';

export interface OpenAccess {
  access: AccessService;
  /** The default project. */
  projectId: string;
  close(): Promise<void>;
}

/** The keys of an installation, for the command line: beside its running server, or on its own database while that rests. */
export async function openAccess(environment: Environment): Promise<OpenAccess> {
  const database = await openDatabase(environment);
  try {
    const orm = await createOrm({ url: database.url, poolSize: 2 });
    await migrate(orm.mikro, database.url, systemClock.now());
    const access = createAccessService({
      keys: createApiKeyRepository(orm.sql),
      projects: createProjectRepository(orm.sql),
      budgets: createBudgetRepository(orm.sql),
      clock: systemClock,
    });
    const { project } = await access.ensureDefaultProject();
    return {
      access,
      projectId: project.id,
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
  if (environment.DATABASE_URL !== undefined) return { url: environment.DATABASE_URL, stop: async () => undefined };
  const { dataDir } = resolveDataDir(environment, process.cwd());
  const running = await findRunningDatabase(dataDir);
  if (running !== null) return { url: running, stop: async () => undefined };
  const embedded = await startEmbeddedPostgres({ dataDir, logger: createLogger('error') });
  return { url: embedded.connectionUrl, stop: () => embedded.stop() };
}
