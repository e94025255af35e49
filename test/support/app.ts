import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type App, type AppOptions, createApp } from '../../src/app.js';
import { AntiphonConfig } from '../../src/config/schema/index.js';
import { installer } from '../../src/domain/audit.js';
import type { NewKey } from '../../src/services/access/api-key.service.js';
import { createWatchedLogger, findLeak, SEALING_SECRET } from './leaks.js';
import { createTestDatabase } from './postgres.js';

export interface TestApp {
  app: App;
  /** `http://127.0.0.1:port` */
  url: string;
  /** A key with all rights on the default project. */
  key: string;
  projectId: string;
  databaseUrl: string;
  /** Where uploaded files lie. */
  filesDir: string;
  /** Another key of the default project, e.g. with a budget. */
  createKey(fields?: Partial<NewKey>): Promise<string>;
  /** A key of a project of its own: another tenant. */
  createForeignKey(): Promise<string>;
  /** Ends a key of the default project by its public id. */
  revokeKey(id: string): Promise<void>;
  /** Plain SQL, for what the outside cannot see. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** REST call with the key; the answer's body is parsed. */
  rest(method: string, path: string, body?: unknown, key?: string): Promise<RestAnswer>;
  stop(): Promise<void>;
}

export interface RestAnswer {
  status: number;
  headers: Headers;
  // Bodies are whatever the server says; tests look into them freely.
  // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
  body: any;
}

export interface TestAppOptions extends Partial<Omit<AppOptions, 'database' | 'config'>> {
  /** Nobody is refused for a machine that is slow, unless it says so. */
  config?: object;
  /** Use this database instead of a fresh one; it is not dropped. */
  databaseUrl?: string;
}

/**
 * The server as the process starts it, on a database of its own. `local-script` is enabled. What it logs, refuses and audits is
 * searched for secrets; a test that makes it tell one fails when it stops the server.
 */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { config = {}, databaseUrl: givenUrl, ...rest } = options;
  const database = givenUrl === undefined ? await createTestDatabase() : { url: givenUrl, drop: async () => undefined };
  const filesDir = mkdtempSync(path.join(tmpdir(), 'antiphon-files-'));
  const { logger, leaks } = createWatchedLogger();
  const app = await createApp({
    filesDir,
    host: '127.0.0.1',
    port: 0,
    database: { url: database.url, poolSize: 5 },
    ownsDatabase: givenUrl === undefined,
    secret: SEALING_SECRET,
    config: AntiphonConfig.parse({
      ...config,
      limits: {
        event_loop_delay_ms: null,
        database_delay_ms: null,
        ...('limits' in config ? (config.limits as object) : {}),
      },
    }),
    upstream: null,
    logger,
    enableScriptModel: true,
    ...rest,
  });
  const { apiKeys, projects } = app.services;
  const project = await projects.ensureDefault();
  const makeKey = async (projectId: string, fields: NewKey) =>
    (await apiKeys.issue(installer('server', projectId), fields)).secret;
  const key = await makeKey(project.id, { name: 'test' });
  await app.start();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => undefined);

  return {
    app,
    url: app.url,
    key,
    projectId: project.id,
    databaseUrl: database.url,
    filesDir,
    createKey: (fields) => makeKey(project.id, { name: 'another', ...fields }),
    async createForeignKey() {
      const id = randomUUID();
      await pool.query('insert into projects (id, name) values ($1, $2)', [id, 'foreign']);
      return makeKey(id, { name: 'foreign' });
    },
    async revokeKey(id) {
      await apiKeys.revoke(installer('server', project.id), id);
    },
    async sql(text, values) {
      return (await pool.query(text, values ?? [])).rows;
    },
    async rest(method, path, body, otherKey) {
      const answer = await fetch(`${app.url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${otherKey ?? key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.status >= 400) refuseLeaks(findLeak(text) ?? []);
      const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
      return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
    },
    async stop() {
      const { rows } = await pool.query("select string_agg(to_jsonb(a)::text, ' ') as entries from audit_log a");
      await app.stop();
      await pool.end();
      await database.drop();
      rmSync(filesDir, { recursive: true, force: true });
      refuseLeaks([...leaks, ...(findLeak(rows[0]?.entries ?? '') ?? [])]);
    },
  };
}

/** No test may make the server tell a secret in its log, an error or its audit log, whatever the test is about. */
function refuseLeaks(leaks: string | readonly string[]): void {
  if (leaks.length > 0) throw new Error(`The server told a secret: ${leaks}`);
}
