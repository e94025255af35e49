import { type App, createApp } from './app.js';
import { loadConfig } from './config/antiphon-config.js';
import { ConfigError, type Environment, processVariables, readEnvironment } from './config/env.js';
import { loadOrMakeSecret } from './config/secret.js';
import { createLogger, type Logger } from './observability/logger.js';
import { resolveDataDir } from './persistence/embedded/data-dir.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './persistence/embedded/embedded-postgres.js';
import { EmbeddedPostgresError } from './persistence/embedded/embedded-postgres-error.js';

/** The built-in model answers at once; at this pace its streams look like those of a real one. */
const BUILT_IN_PACE_MS = 15;

/** The process: read the settings, find a database, listen, stop when told to. */
async function serve(): Promise<void> {
  const environment = readEnvironment();
  const logger = createLogger(environment.LOG_LEVEL);
  const config = loadConfig(environment.ANTIPHON_CONFIG, process.cwd(), processVariables());
  const database = await openDatabase(environment, logger);

  const app = await createApp({
    host: environment.HOST,
    port: environment.PORT,
    corsOrigins: environment.CORS_ORIGINS?.split(',').map((origin) => origin.trim()) ?? [],
    database: { url: database.url },
    ownsDatabase: database.embedded !== null,
    secret: database.secret,
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
    if (isStopping) return;
    isStopping = true;
    logger.info({ signal }, 'stopping');
    await app.stop();
    await database.embedded?.stop();
    process.exit(0);
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));

  const key = await ensureKey(app, environment);
  await app.start().catch(async (error: unknown) => {
    await database.embedded?.stop();
    throw error;
  });
  welcome(app.url, key, database.dataDir);
}

interface OpenDatabase {
  url: string;
  secret: string;
  embedded: EmbeddedPostgres | null;
  dataDir: string | null;
}

async function openDatabase(environment: Environment, logger: Logger): Promise<OpenDatabase> {
  if (environment.DATABASE_URL !== undefined)
    return {
      url: environment.DATABASE_URL,
      secret: environment.ANTIPHON_SECRET as string,
      embedded: null,
      dataDir: null,
    };
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
  };
}

interface StartKey {
  kind: 'new' | 'chosen' | 'existing';
  /** The key itself, if it may be shown. */
  shown: string | null;
}

/** Makes sure there is a project and a key before the first request can come. */
async function ensureKey({ services: { access } }: App, environment: Environment): Promise<StartKey> {
  const { project, isFirstKey } = await access.ensureDefaultProject();
  if (environment.ANTIPHON_API_KEY !== undefined) {
    await access.ensureKey(project.id, environment.ANTIPHON_API_KEY);
    return { kind: 'chosen', shown: null };
  }
  if (!isFirstKey) return { kind: 'existing', shown: null };
  return { kind: 'new', shown: await access.createKey(project.id, { name: 'first key' }) };
}

/** Says where everything is. A new key is shown this once. */
function welcome(url: string, key: StartKey, dataDir: string | null): void {
  const lines = [
    `Antiphon is ready at ${url}`,
    `  playground  ${url}/playground`,
    `  data        ${dataDir ?? 'in the database of DATABASE_URL'}`,
  ];
  if (key.kind === 'chosen') lines.push('  key         the one in ANTIPHON_API_KEY');
  if (key.shown !== null)
    lines.push(
      `  key         ${key.shown}   (shown this once)`,
      '',
      'Try it:',
      `  curl ${url}/api/v1/responses -H "Authorization: Bearer ${key.shown}" -H "Content-Type: application/json" -d '{"model": "local", "input": "Count from 1 to 5"}'`,
    );
  process.stdout.write(`${lines.join('\n')}\n`);
}

try {
  await serve();
} catch (error) {
  const isExpected = error instanceof ConfigError || error instanceof EmbeddedPostgresError;
  const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  if (isExpected) process.stderr.write(`${(error as Error).message}\n`);
  else if (inUse) process.stderr.write('The port is taken by another program. Set PORT to another one.\n');
  else process.stderr.write(`Antiphon could not start: ${(error as Error).stack ?? String(error)}\n`);
  process.exit(1);
}
