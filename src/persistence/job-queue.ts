import { setImmediate as turn } from 'node:timers/promises';
import type { JobWithMetadata, PgBoss } from 'pg-boss';
import type { Logger } from '../observability/logger.js';
import type { Queryable } from './database.js';
import type { Notifier } from './notifier.js';

/** How a kind of job is run. Fixed by the code: what is stored of it is brought up to date when the queue wakes. */
export interface JobSettings {
  /** Attempts after the first. Default 2. */
  retries?: number;
  /** Wait before the first repetition; it doubles with every further one (with some jitter). Default 5. */
  retryDelaySeconds?: number;
  /** The longest wait between two attempts. Default 3600. */
  maxRetryDelaySeconds?: number;
  /** Jobs of this kind at once in this process. Default 1. */
  concurrency?: number;
  /** An attempt that takes longer is aborted, and counts as failed. Default 900. */
  timeLimitSeconds?: number;
  /**
   * Which job makes another one of the same `key` (or of none) superfluous: one that waits for its first attempt, or one
   * that has not ended. Default: every job counts.
   */
  onePer?: 'waiting' | 'unfinished';
}

export interface SendOptions {
  /** A UUID; a job of an id that is there already is not made again. */
  id?: string;
  /** What `onePer` compares. */
  key?: string;
  /** Seconds from now. Default 0. */
  startAfterSeconds?: number;
}

export interface Attempt {
  /** Aborts when the time limit is reached or the process stops. */
  signal: AbortSignal;
  /** 1 for the first. */
  number: number;
  /** Whether a failure now is the job's end. */
  isLast: boolean;
}

/** Does one job; a rejection is a failed attempt. It may be called twice for one job: a process can die after its work. */
export type JobHandler<Payload extends object> = (payload: Payload, attempt: Attempt) => Promise<void>;

export interface JobKind<Payload extends object> {
  /** Durable when it resolves. False if `onePer` or the id made it superfluous. Payloads hold ids, never content. */
  send(payload: Payload, options?: SendOptions): Promise<boolean>;
  /** Many at once, in one statement. */
  sendMany(jobs: readonly { payload: Payload; options?: SendOptions }[]): Promise<void>;
}

export interface JobQueue {
  /** Declares a kind of job; before `start`, and in every process. */
  define<Payload extends object>(name: string, settings: JobSettings, handler: JobHandler<Payload>): JobKind<Payload>;
  /** Takes up what earlier processes left. Returns at once: the queue wakes in the background. */
  start(): void;
  /** Takes no more jobs, gives the running ones a moment to end, then aborts them; they are repeated elsewhere. */
  close(): Promise<void>;
}

export interface JobQueueOptions {
  databaseUrl: string;
  sql: Queryable;
  notifier: Notifier;
  logger: Logger;
  /** How long a closing queue waits for running jobs, before and after it aborts them. Default 2000. */
  patienceMs?: number;
}

interface Kind {
  name: string;
  settings: JobSettings;
  handler: JobHandler<object>;
}

/** A schema of its own: the entity manager and the migrations know nothing of it. */
const SCHEMA = 'chores';
const CHANNEL = 'antiphon_chores';
/** A process that dies with a job is noticed after this; the job is then repeated. */
const HEARTBEAT_SECONDS = 10;
const KEEP_DONE_SECONDS = 3600;
const policies = { none: 'standard', waiting: 'short', unfinished: 'exclusive' } as const;
/** A new job is announced; one that comes due later is found by looking: this often, and when it is expected. */
const POLL_SECONDS = 5;
const NUDGE_HORIZON_SECONDS = 30;
const NEVER_SECONDS = 3600;

/**
 * Durable jobs on pg-boss: chores that may take long and are repeated when they fail (deliveries, ingestion). Runs of the
 * model are never jobs (see RunKeeper).
 *
 * It sleeps until there is something to do: an installation without such chores pays nothing, neither memory nor polling.
 * The first job wakes the queue here and, by a notification, in the other processes of the same database.
 */
export function createJobQueue({ databaseUrl, sql, notifier, logger, patienceMs = 2000 }: JobQueueOptions): JobQueue {
  const kinds: Kind[] = [];
  const stopping = new AbortController();
  let boss: Promise<PgBoss> | null = null;
  const nudges = createNudges();
  let isStarted = false;
  let isClosed = false;

  const awake = (): Promise<PgBoss> => {
    if (isClosed) return Promise.reject(new Error('The job queue is closed.'));
    boss ??= open().catch((error: unknown) => {
      boss = null;
      throw error;
    });
    return boss;
  };
  const wake = (): void => {
    if (isClosed) return;
    awake().catch((err: unknown) => logger.error({ err }, 'the job queue did not start'));
  };

  const open = async (): Promise<PgBoss> => {
    const PgBoss = await loadBoss();
    const next = new PgBoss({
      connectionString: databaseUrl,
      application_name: 'antiphon-jobs',
      schema: SCHEMA,
      max: 3,
      schedule: false,
      useListenNotify: true,
      // How soon a dead process's jobs are noticed.
      superviseIntervalSeconds: HEARTBEAT_SECONDS,
      monitorIntervalSeconds: HEARTBEAT_SECONDS,
      flowIntervalSeconds: NEVER_SECONDS,
    });
    next.on('error', (err) => logger.warn({ err }, 'the job queue had an error'));
    await next.start();
    try {
      for (const kind of kinds) await openKind(next, kind);
    } catch (error) {
      await next.stop({ graceful: false });
      throw error;
    }
    await sql.query('select pg_notify($1, $2)', [CHANNEL, '']);
    return next;
  };

  const openKind = async (on: PgBoss, { name, settings, handler }: Kind): Promise<void> => {
    const stored = {
      retryLimit: settings.retries ?? 2,
      retryDelay: settings.retryDelaySeconds ?? 5,
      retryBackoff: true,
      retryDelayMax: settings.maxRetryDelaySeconds ?? 3600,
      expireInSeconds: settings.timeLimitSeconds ?? 900,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      deleteAfterSeconds: KEEP_DONE_SECONDS,
      notify: true,
    };
    const policy = policies[settings.onePer ?? 'none'];
    await on.createQueue(name, { ...stored, policy });
    await on.updateQueue(name, stored);
    const options = {
      includeMetadata: true as const,
      batchSize: 1,
      notifyPollingIntervalSeconds: POLL_SECONDS,
      heartbeatRefreshSeconds: HEARTBEAT_SECONDS / 3,
    };
    const work = async ([job]: JobWithMetadata<object>[]): Promise<void> => {
      if (job === undefined) return;
      const number = job.retryCount + 1;
      try {
        await handler(job.data as object, {
          signal: AbortSignal.any([job.signal, stopping.signal]),
          number,
          isLast: job.retryCount >= job.retryLimit,
        });
      } catch (err) {
        logger.warn({ err, job: name, id: job.id, attempt: number }, 'a job failed');
        nudges.plan(name, Math.max(stored.retryDelay, 1) * 2 ** number);
        throw err;
      } finally {
        // Another may be waiting; without this it would wait for the next look.
        nudges.now(name);
      }
    };
    // One worker each, because a nudge reaches only the first of several that were started together.
    const workers: string[] = [];
    for (let n = 0; n < (settings.concurrency ?? 1); n += 1) workers.push(await on.work(name, options, work));
    nudges.on(name, () => {
      for (const id of workers) on.notifyWorker(id);
    });
  };

  const toInsert = (payload: object, options: SendOptions = {}) => ({
    data: payload,
    ...(options.id === undefined ? {} : { id: options.id }),
    ...(options.key === undefined ? {} : { singletonKey: options.key }),
    ...(options.startAfterSeconds === undefined ? {} : { startAfter: options.startAfterSeconds }),
  });

  notifier.on(CHANNEL, wake);
  // Whatever was said while nobody listened: look again.
  notifier.onGap(() => void wakeIfNeeded());

  const wakeIfNeeded = async (): Promise<void> => {
    try {
      if (await hasWork(sql)) wake();
    } catch (err) {
      logger.warn({ err }, 'unfinished jobs could not be looked up');
    }
  };

  return {
    define<Payload extends object>(name: string, settings: JobSettings, handler: JobHandler<Payload>) {
      // A queue that is awake would never look at it.
      if (isStarted) throw new Error(`The job '${name}' was defined after the queue started.`);
      kinds.push({ name, settings, handler: handler as JobHandler<object> });
      return {
        async send(payload: Payload, options?: SendOptions) {
          const { data, ...insert } = toInsert(payload, options);
          const isNew = (await (await awake()).send(name, data, insert)) !== null;
          if (isNew && options?.startAfterSeconds !== undefined) nudges.plan(name, options.startAfterSeconds);
          return isNew;
        },
        async sendMany(jobs: readonly { payload: Payload; options?: SendOptions }[]) {
          if (jobs.length === 0) return;
          await (await awake()).insert(
            name,
            jobs.map(({ payload, options }) => toInsert(payload, options)),
          );
        },
      };
    },

    start() {
      isStarted = true;
      void wakeIfNeeded();
    },

    async close() {
      isClosed = true;
      nudges.clear();
      const last = await boss?.catch(() => null);
      if (last === undefined || last === null) return;
      const ended = Promise.all(kinds.map(({ name }) => last.offWork(name, { wait: true })));
      await within(patienceMs, ended);
      stopping.abort(new Error('The server is stopping.'));
      await within(patienceMs, ended);
      await last.stop({ graceful: false });
    },
  };
}

/** Where pg-boss takes longest to load: its statements, and what reads schedules. */
const LARGE_PARTS = ['pg-boss/dist/plans.js', 'pg-boss/dist/timekeeper.js', 'pg-boss/dist/manager.js'];

/** Loads pg-boss, for the first job. All at once takes 45 ms of the event loop, so its parts get turns of their own. */
async function loadBoss() {
  for (const part of LARGE_PARTS) {
    await turn();
    await import(part);
  }
  await turn();
  return (await import('pg-boss')).PgBoss;
}

/** Whether jobs wait or were left running. */
async function hasWork(sql: Queryable): Promise<boolean> {
  const { rows: found } = await sql.query<{ exists: boolean }>(
    `select to_regclass('${SCHEMA}.job') is not null as exists`,
  );
  if (found[0]?.exists !== true) return false;
  const { rows } = await sql.query<{ exists: boolean }>(
    `select exists (select from ${SCHEMA}.job where state in ('created', 'retry', 'active')) as exists`,
  );
  return rows[0]?.exists === true;
}

/** Calls back when a job is due, so that short delays are kept to the second; at most one call a second and kind. */
function createNudges() {
  const handlers = new Map<string, () => void>();
  const timers = new Map<string, NodeJS.Timeout>();
  return {
    on: (name: string, handler: () => void) => void handlers.set(name, handler),
    now: (name: string) => handlers.get(name)?.(),
    plan(name: string, seconds: number): void {
      if (seconds > NUDGE_HORIZON_SECONDS) return;
      const key = `${name}:${Math.ceil(Date.now() / 1000 + seconds)}`;
      if (timers.has(key)) return;
      const timer = setTimeout(
        () => {
          timers.delete(key);
          handlers.get(name)?.();
        },
        seconds * 1000 + 20,
      );
      timer.unref();
      timers.set(key, timer);
    },
    clear(): void {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** Waits for the promise, but not longer than this. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise.catch(() => undefined), late]);
  clearTimeout(timer);
}
