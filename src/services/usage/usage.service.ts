import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { parsePublicId } from '../../domain/ids.js';
import type { Page } from '../../domain/page.js';
import type { LedgerLine, UsageDimension, UsageReach, UsageRow } from '../../domain/usage-report.js';
import type { UsageRepository } from '../../persistence/repositories/usage.repository.js';
import { parseInput } from '../validation.js';
import { UsageExportQuery, UsageQueryBody } from './usage.schema.js';

const SLOT_MS = 15 * 60_000;
const EXPORT_BATCH = 1000;

/** What usage is grouped by, in the order rows have it: each once. */
const unique = (names: readonly UsageDimension[] = []): UsageDimension[] => [...new Set(names)];

export type UsageReports = ReturnType<typeof createUsageReports>;

/** Whether rows grouped like this are of every project. */
export const isOfEveryProject = ({ everyProject }: UsageReach, groupBy: readonly string[] = []): boolean =>
  everyProject && groupBy.includes('project');

/** A row's place in its list. */
export const usageCursor = ({ startMs, dimensions }: UsageRow): string =>
  Buffer.from(JSON.stringify([startMs, ...Object.values(dimensions)])).toString('base64url');

function readCursor(cursor: string, length: number): (string | number)[] {
  try {
    const place = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    const [start, ...names] = place;
    const isPlace =
      Number.isSafeInteger(start) &&
      names.length === length &&
      names.every((name) => typeof name === 'string' && !name.includes('\u0000') && name.isWellFormed());
    if (isPlace && Math.abs(start as number) < 8.64e15) return place as (string | number)[];
  } catch {
    // Falls through to the refusal.
  }
  throw errors.invalidValue('after', 'The cursor does not belong to this list.');
}

/** What was used: sums by time and by who, and every single bill. */
export function createUsageReports({ usage, clock }: { usage: UsageRepository; clock: Clock }) {
  const rangeOf = ({ start_time, end_time }: { start_time: number; end_time?: number | undefined }) => {
    const fromMs = Math.floor((start_time * 1000) / SLOT_MS) * SLOT_MS;
    const toMs = Math.ceil((end_time === undefined ? clock.now() + 1 : end_time * 1000) / SLOT_MS) * SLOT_MS;
    if (end_time !== undefined && end_time <= start_time)
      throw errors.invalidValue('end_time', "Invalid 'end_time': it has to be after 'start_time'.");
    return { fromMs, toMs: Math.max(toMs, fromMs + SLOT_MS) };
  };

  return {
    /** Rows by time, then by dimensions in the order asked for. @throws 400 */
    async report(reach: UsageReach, unchecked: unknown): Promise<Page<UsageRow>> {
      const query = parseInput(UsageQueryBody, unchecked);
      const groupBy = unique(query.group_by);
      const keyId = query.key_id === undefined ? undefined : parsePublicId('key', query.key_id);
      if (keyId === null) throw errors.invalidValue('key_id', `'${query.key_id}' is not the id of a key.`);
      const limit = query.limit ?? 100;
      const rows = await usage.aggregate({
        projectId: isOfEveryProject(reach, groupBy) ? null : reach.projectId,
        ...rangeOf(query),
        bucket: query.bucket ?? null,
        timeZone: query.time_zone ?? 'UTC',
        groupBy,
        filter: {
          ...(keyId === undefined ? {} : { keyId }),
          ...(query.model === undefined ? {} : { model: query.model }),
          ...(query.end_user === undefined ? {} : { endUser: query.end_user }),
          ...(query.label === undefined ? {} : { label: query.label }),
        },
        after: query.after === undefined ? null : readCursor(query.after, groupBy.length),
        limit: limit + 1,
      });
      return { rows: rows.slice(0, limit), hasNext: rows.length > limit, hasPrevious: query.after !== undefined };
    },

    /** Every bill of a stretch of time, by project and in the order they were made, in batches. @throws 400 before the first */
    bills(reach: UsageReach, unchecked: unknown): AsyncGenerator<readonly LedgerLine[]> {
      const query = parseInput(UsageExportQuery, unchecked);
      return batches(isOfEveryProject(reach, query.group_by) ? null : reach.projectId, rangeOf(query));
    },

    /** Sums up what has not been, as far as it is old enough. */
    async sumUp(): Promise<void> {
      while (await usage.sumUp(clock.now()));
    },
  };

  async function* batches(
    projectId: string | null,
    range: { fromMs: number; toMs: number },
  ): AsyncGenerator<readonly LedgerLine[]> {
    for (let after: LedgerLine | null = null; ; ) {
      const lines: LedgerLine[] = await usage.readLedger(projectId, range, after, EXPORT_BATCH);
      if (lines.length > 0) yield lines;
      if (lines.length < EXPORT_BATCH) return;
      after = lines.at(-1) ?? null;
    }
  }
}
