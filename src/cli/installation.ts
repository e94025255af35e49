import type { Environment } from '../config/env.js';
import { type Actor, installer } from '../domain/audit.js';
import { systemClock } from '../domain/clock.js';
import { errors } from '../domain/errors.js';
import { parsePublicId } from '../domain/ids.js';
import { createLogger } from '../observability/logger.js';
import { resolveDataDir } from '../persistence/embedded/data-dir.js';
import { startEmbeddedPostgres } from '../persistence/embedded/embedded-postgres.js';
import { findRunningDatabase } from '../persistence/embedded/running-database.js';
import { migrate } from '../persistence/migrate.js';
import { createOrm, type Orm } from '../persistence/orm.js';
import { type ApiKeyService, createApiKeyService } from '../services/access/api-key.service.js';
import { createProjectService, type ProjectService } from '../services/access/project.service.js';

/** What commands work with. */
export interface Installation {
  orm: Orm;
  apiKeys: ApiKeyService;
  projects: ProjectService;
  /** The command line in a project: of this name or id, or the default one. @throws 404 */
  actorIn(project: string | undefined): Promise<Actor>;
  close(): Promise<void>;
}

/** Opens an installation for the command line: beside its running server, or on its own database while that rests. */
export async function openInstallation(environment: Environment): Promise<Installation> {
  const database = await openDatabase(environment);
  try {
    const orm = await createOrm({ url: database.url, poolSize: 2 });
    await migrate(orm.mikro, database.url, systemClock.now());
    const projects = createProjectService(orm);
    const first = await projects.ensureDefault();
    return {
      orm,
      projects,
      apiKeys: createApiKeyService({ ...orm, projects, clock: systemClock, onChange: () => undefined }),
      async actorIn(project) {
        if (project === undefined) return installer('command_line', first.id);
        const uuid = parsePublicId('project', project) ?? (await projects.findByName(project))?.id ?? null;
        if (uuid === null) throw errors.notFound(project);
        return installer('command_line', uuid);
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
  if (environment.DATABASE_URL !== undefined) return { url: environment.DATABASE_URL, stop: async () => undefined };
  const { dataDir } = resolveDataDir(environment, process.cwd());
  const running = await findRunningDatabase(dataDir);
  if (running !== null) return { url: running, stop: async () => undefined };
  const embedded = await startEmbeddedPostgres({ dataDir, logger: createLogger('error') });
  return { url: embedded.connectionUrl, stop: () => embedded.stop() };
}
