import path from 'node:path';
import { createApp } from './app.js';
import { ConfigError, type Environment, processVariables, readEnvironment } from './config/env.js';
import { loadConfig } from './config/read-config.js';
import { loadOrMakeSecret } from './config/secret.js';
import { installer } from './domain/audit.js';
import { operatorScopes } from './domain/scope.js';
import { countBuffersAsHeap } from './observability/buffer-memory.js';
import { boundHeapGrowth } from './observability/heap-growth.js';
import { createLogger, type Logger } from './observability/logger.js';
import { releaseStartUpMemory } from './observability/start-up-memory.js';
import { keepTickShape } from './observability/tick-shape.js';
import { resolveDataDir } from './persistence/embedded/data-dir.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './persistence/embedded/embedded-postgres.js';
import { EmbeddedPostgresError } from './persistence/embedded/embedded-postgres-error.js';
import { reachDatabase, UnusableDatabaseError } from './persistence/reach-database.js';
import { reloadOnHangUp } from './reload.js';

/** The built-in model answers at once; at this pace its streams look like those of a real one. */
const BUILT_IN_PACE_MS = 15;

/** The process: read the settings, find a database, listen, stop when told to. */
async function serve(): Promise<void> {
  const environment = readEnvironment();
  const logger = createLogger(environment.LOG_LEVEL);
  const load = () => loadConfig(environment.ANTIPHON_CONFIG, process.cwd(), processVariables());
  const config = load();
  const database = await openDatabase(environment, logger);

  const app = await createApp({
    host: environment.HOST,
    port: environment.PORT,
    corsOrigins: environment.CORS_ORIGINS,
    database: { url: database.url },
    redisUrl: environment.REDIS_URL ?? null,
    ownsDatabase: database.embedded !== null,
    secret: database.secret,
    filesDir: path.join(database.filesIn, 'files'),
    config,
    upstream:
      environment.UPSTREAM_BASE_URL === undefined
        ? null
        : { baseUrl: environment.UPSTREAM_BASE_URL, apiKey: environment.UPSTREAM_API_KEY ?? null },
    logger,
    builtInPaceMs: BUILT_IN_PACE_MS,
  }).catch(async (error: unknown) => {
    await database.embedded?.stop();
    throw error;
  });

  let isStopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    // Whoever asks twice does not want to wait for running responses; the next start ends them.
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info({ signal }, 'stopping: running responses may end first; send the signal again to stop at once');
    await app.stop();
    await database.embedded?.stop();
    process.exit(0);
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
  reloadOnHangUp({ app, logger, load, onTerminalClosed: () => void stop('SIGHUP') });

  const { apiKeys, projects } = app.services;
  const actor = installer('server', (await projects.ensureDefault()).id);
  const isFirstKey = await apiKeys.isFirst();
  // The operator's own key has to work from the first request on.
  if (environment.ANTIPHON_API_KEY !== undefined)
    await apiKeys.ensure(actor, environment.ANTIPHON_API_KEY, { name: 'ANTIPHON_API_KEY', scopes: operatorScopes });
  keepTickShape();
  releaseStartUpMemory();
  countBuffersAsHeap();
  boundHeapGrowth();
  await app.start().catch(async (error: unknown) => {
    await database.embedded?.stop();
    throw error;
  });
  // Made only now: a start that fails must not use up the one time a key is shown.
  const isMade = isFirstKey && environment.ANTIPHON_API_KEY === undefined;
  const made = isMade ? await apiKeys.issue(actor, { name: 'first key', scopes: operatorScopes }) : null;
  welcome(app.url, {
    newKey: made?.secret ?? null,
    hasChosenKey: environment.ANTIPHON_API_KEY !== undefined,
    dataDir: database.dataDir,
    hasPlayground: config.graphql.playground,
  });
}

interface OpenDatabase {
  url: string;
  secret: string;
  embedded: EmbeddedPostgres | null;
  dataDir: string | null;
  /** Folder under which uploaded files go. */
  filesIn: string;
}

async function openDatabase(environment: Environment, logger: Logger): Promise<OpenDatabase> {
  if (environment.DATABASE_URL !== undefined) {
    await reachDatabase(environment.DATABASE_URL);
    return {
      url: environment.DATABASE_URL,
      secret: environment.ANTIPHON_SECRET as string,
      embedded: null,
      dataDir: null,
      filesIn: path.resolve(environment.DATA_DIR ?? '.data'),
    };
  }
  const { dataDir, note } = resolveDataDir(environment, process.cwd());
  if (note !== null) process.stdout.write(`${note}\n`);
  const embedded = await startEmbeddedPostgres({
    dataDir,
    logger,
    onUnexpectedExit: (info) => {
      logger.fatal(info, 'the embedded PostgreSQL has ended; see postgres.log in the data folder');
      process.exit(1);
    },
  });
  return {
    url: embedded.connectionUrl,
    secret: environment.ANTIPHON_SECRET ?? loadOrMakeSecret(dataDir),
    embedded,
    dataDir,
    filesIn: dataDir,
  };
}

interface Welcome {
  /** The first key, if this start made it. */
  newKey: string | null;
  /** Whether the operator said what the key is. */
  hasChosenKey: boolean;
  /** Null where data is in a database of the operator's. */
  dataDir: string | null;
  hasPlayground: boolean;
}

/** Says where everything is. A new key is shown this once. */
function welcome(url: string, { newKey, hasChosenKey, dataDir, hasPlayground }: Welcome): void {
  const lines = [
    `Antiphon is ready at ${url}`,
    ...(hasPlayground ? [`  playground  ${url}/playground`] : []),
    `  data        ${dataDir ?? 'in the database of DATABASE_URL'}`,
  ];
  if (newKey !== null)
    lines.push(
      `  key         ${newKey}   (shown this once)`,
      '',
      'Try it:',
      `  curl ${url}/api/v1/responses -H "Authorization: Bearer ${newKey}" -H "Content-Type: application/json" -d '{"model": "local", "input": "Count from 1 to 5"}'`,
    );
  else if (hasChosenKey) lines.push('  key         the one in ANTIPHON_API_KEY');
  else lines.push('  key         made earlier; for another: npm run antiphon -- keys create --name NAME');
  process.stdout.write(`${lines.join('\n')}\n`);
}

try {
  await serve();
} catch (error) {
  const isExpected = [ConfigError, EmbeddedPostgresError, UnusableDatabaseError].some((kind) => error instanceof kind);
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (isExpected) process.stderr.write(`${(error as Error).message}\n`);
  else if (code === 'EADDRINUSE')
    process.stderr.write(`Port ${port} is taken by another program. Set PORT to another one.\n`);
  else if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    process.stderr.write(`HOST: this machine cannot listen on ${address ?? 'that address'}.\n`);
  else process.stderr.write(`Antiphon could not start: ${(error as Error).stack ?? String(error)}\n`);
  process.exit(1);
}
