import type { Signal } from '../../domain/signal.js';
import type { UsageReach, UsageRow } from '../../domain/usage-report.js';
import type { Notifier } from '../../persistence/notifier.js';
import { isOfEveryProject, type UsageReports } from './usage.service.js';

export interface UsageFeedOptions {
  reports: Pick<UsageReports, 'report'>;
  notifier: Notifier;
  /** Id of this process, so that it ignores what it says itself. */
  owner: string;
  /** Sends a text to every process. */
  tell(text: string): Promise<void>;
  onError(error: unknown): void;
  /** Least time between two readings of a project. Default 1 s. */
  pauseMs?: number;
  /** How often this process repeats what is followed here. Default 10 s; two and a half times as long, and it counts as gone. */
  beatMs?: number;
}

/** The channel of usage: who wants to know of which projects, and in which something was booked. */
export const USAGE_CHANNEL = 'antiphon_usage';

/** Rows that one event tells. */
const MAX_ROWS = 100;
/** Projects that one notification can carry with ease. */
const IDS_PER_TEXT = 150;
/** Stands for all projects where one is followed. */
const EVERY_PROJECT = '*';
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export type UsageFeed = ReturnType<typeof createUsageFeed>;

/**
 * Usage as it grows. Bookings are gathered for a second, then each project that somebody follows is read once for all who ask
 * the same. Nothing is told between processes, and nothing read, unless somebody follows.
 */
export function createUsageFeed(options: UsageFeedOptions) {
  const { reports, owner, onError } = options;
  const pauseMs = options.pauseMs ?? 1000;
  const beatMs = options.beatMs ?? 10_000;
  const followers = new Map<string, Set<() => void>>();
  /** Until when other processes want to be told of these projects. */
  const wanted = new Map<string, number>();
  const touched = new Set<string>();
  const readings = new Map<string, Promise<readonly UsageRow[]>>();
  let timer: NodeJS.Timeout | null = null;
  let beat: NodeJS.Timeout | null = null;

  const tell = (what: 'want' | 'booked', projects: readonly string[]): void => {
    for (let at = 0; at < projects.length; at += IDS_PER_TEXT)
      options.tell([owner, what, ...projects.slice(at, at + IDS_PER_TEXT)].join(',')).catch(onError);
  };
  const wake = (projectId: string): void => {
    for (const rise of followers.get(projectId) ?? []) rise();
    for (const rise of followers.get(EVERY_PROJECT) ?? []) rise();
  };
  const isFollowed = (projectId: string): boolean => followers.has(projectId) || followers.has(EVERY_PROJECT);
  const isWanted = (projectId: string, sinceMs = 0): boolean =>
    (wanted.get(projectId) ?? 0) > sinceMs || (wanted.get(EVERY_PROJECT) ?? 0) > sinceMs;
  const flush = (): void => {
    timer = null;
    const nowMs = Date.now();
    tell(
      'booked',
      [...touched].filter((projectId) => isWanted(projectId, nowMs)),
    );
    for (const projectId of touched) wake(projectId);
    touched.clear();
  };
  const touch = (projectId: string): void => {
    touched.add(projectId);
    timer ??= setTimeout(flush, pauseMs);
    timer.unref();
  };

  options.notifier.on(USAGE_CHANNEL, (text) => {
    const [sender, what, ...projects] = text.split(',');
    if (sender === owner) return;
    if (what === 'want') for (const id of projects) wanted.set(id, Date.now() + beatMs * 2.5);
    else for (const id of projects) wake(id);
  });
  options.notifier.onGap(() => {
    for (const id of followers.keys()) wake(id);
  });

  const join = (projectId: string, rise: () => void): void => {
    const others = followers.get(projectId);
    if (others !== undefined) {
      others.add(rise);
      return;
    }
    followers.set(projectId, new Set([rise]));
    tell('want', [projectId]);
    if (beat !== null) return;
    beat = setInterval(() => tell('want', [...followers.keys()]), beatMs);
    beat.unref();
  };
  const leave = (projectId: string, rise: () => void): void => {
    const all = followers.get(projectId);
    all?.delete(rise);
    if (all?.size === 0) followers.delete(projectId);
    if (followers.size > 0 || beat === null) return;
    clearInterval(beat);
    beat = null;
  };

  /** Whoever asks the same at the same time shares one reading. */
  const read = (reach: UsageReach, query: object): Promise<readonly UsageRow[]> => {
    const key = JSON.stringify([reach.projectId, reach.everyProject, query]);
    const known = readings.get(key);
    if (known !== undefined) return known;
    const reading = reports.report(reach, { ...query, limit: MAX_ROWS }).then(({ rows }) => rows);
    readings.set(key, reading);
    const forget = (): void => void readings.delete(key);
    reading.then(forget, forget);
    return reading;
  };

  return {
    /** Something was booked on this project. */
    booked(projectId: string): void {
      if (isFollowed(projectId) || (wanted.size > 0 && isWanted(projectId))) touch(projectId);
    },

    /**
     * The report now (as `usage` gives it, the first 100 rows), and again when something was booked that changes it, at most
     * once a second. Ends when `signal` aborts or the report's time is over. @throws 400
     */
    async follow(
      reach: UsageReach,
      query: { end_time?: number; group_by?: string[] },
      signal: Signal,
    ): Promise<AsyncGenerator<readonly UsageRow[]>> {
      const first = await read(reach, query);
      const projectId = isOfEveryProject(reach, query.group_by) ? EVERY_PROJECT : reach.projectId;
      return (async function* () {
        let isNew = false;
        let rise: () => void = () => undefined;
        const hear = (): void => {
          isNew = true;
          rise();
        };
        join(projectId, hear);
        signal.addEventListener('abort', hear, { once: true });
        const leftMs = (query.end_time ?? 0) * 1000 - Date.now();
        const over = leftMs > 0 ? setTimeout(hear, Math.min(leftMs, LONGEST_TIMER_MS)) : undefined;
        try {
          let rows = first;
          let shown = print(rows);
          yield rows;
          // What was booked between the first reading and joining is not lost.
          isNew = true;
          while (!signal.aborted) {
            if (!isNew) {
              await new Promise<void>((resolve) => {
                rise = resolve;
              });
              continue;
            }
            isNew = false;
            rows = await read(reach, query);
            const printed = print(rows);
            if (printed !== shown) yield rows;
            shown = printed;
            if (query.end_time !== undefined && query.end_time * 1000 <= Date.now()) return;
          }
        } finally {
          clearTimeout(over);
          signal.removeEventListener('abort', hear);
          leave(projectId, hear);
        }
      })();
    },

    /** Readers right now. */
    get readers(): number {
      let count = 0;
      for (const some of followers.values()) count += some.size;
      return count;
    },

    close(): void {
      if (timer !== null) clearTimeout(timer);
      if (beat !== null) clearInterval(beat);
    },
  };
}

/** Without the end of the time, which is now. */
const print = (rows: readonly UsageRow[]): string =>
  JSON.stringify(
    rows.map(({ endMs: _endMs, ...row }) => row),
    (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );
