import type { LedgerLine, UsageBucket, UsageDimension, UsageFilter, UsageRow } from '../../domain/usage-report.js';
import type { Queryable } from '../database.js';
import { uuidFloor } from '../partitions.js';

/** Where the sums of quarter hours end and single bills begin: ISO text in `settings`. */
const MARK = 'usage_summed_until';
const SLOT_MS = 15 * 60_000;
/** Bills are not summed up before they are this old, so that none comes too late. */
const SETTLED_MS = 10 * 60_000;
/** Summed up in one statement. */
const STEP_MS = 86_400_000;
/** Ids are made within this of the moment that a bill names. */
const ID_DRIFT_MS = 3_600_000;

const FIRST_UUID = '00000000-0000-0000-0000-000000000000';
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const COLUMNS: Record<UsageDimension, string> = {
  project: 'project_id::text',
  key: 'key_id::text',
  model: 'model',
  provider: 'provider',
  end_user: 'end_user',
  label: 'label',
  tool: 'tool',
};

/** In UTC these are plain arithmetic, several times faster than the calendar. The epoch was a Thursday. */
const UTC_BINS: Partial<Record<UsageBucket, string>> = {
  hour: `date_bin('1 hour', at, timestamptz '1970-01-01 00:00Z')`,
  day: `date_bin('1 day', at, timestamptz '1970-01-01 00:00Z')`,
  week: `date_bin('7 days', at, timestamptz '1970-01-05 00:00Z')`,
};

const bucketOf = (bucket: UsageBucket, timeZone: string): string =>
  (timeZone === 'UTC' ? UTC_BINS[bucket] : undefined) ?? `date_trunc('${bucket}', at, $7::text)`;

const SUMS = 'input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, amount';

export interface UsageQuery {
  /** Null: every one. */
  projectId: string | null;
  fromMs: number;
  toMs: number;
  /** Null: the whole time is one. */
  bucket: UsageBucket | null;
  timeZone: string;
  groupBy: readonly UsageDimension[];
  filter: UsageFilter;
  /** Bucket (epoch milliseconds) and dimensions of the last row before. */
  after: readonly (string | number)[] | null;
  limit: number;
}

export type UsageRepository = ReturnType<typeof createUsageRepository>;

export function createUsageRepository(sql: Queryable) {
  const readMark = async (): Promise<number> => {
    const { rows } = await sql.query<{ value: string }>('select value from settings where name = $1', [MARK]);
    return rows[0] === undefined ? 0 : Date.parse(rows[0].value);
  };

  return {
    /**
     * Sums of the ledger by time and dimensions, in their order. Long ago comes from the sums of quarter hours, the rest from
     * the bills themselves: both together are exact.
     */
    async aggregate(query: UsageQuery): Promise<UsageRow[]> {
      const markMs = await readMark();
      const byTool = query.groupBy.includes('tool');
      const bucket = query.bucket === null ? '$2::timestamptz' : bucketOf(query.bucket, query.timeZone);
      const dimensions = query.groupBy.map((dimension) => COLUMNS[dimension]);
      const names = query.groupBy.map((_, index) => `d${index}`);
      const order = ['bucket', ...names.map((name) => `${name} collate "C"`)].join(', ');
      const values: unknown[] = [
        query.projectId,
        new Date(query.fromMs),
        new Date(query.toMs),
        new Date(markMs),
        uuidFloor(Math.max(query.fromMs, markMs) - ID_DRIFT_MS),
        uuidFloor(query.toMs + ID_DRIFT_MS),
        query.timeZone,
      ];
      const bind = (value: unknown): string => `$${values.push(value)}`;
      const conditions = [
        query.filter.keyId === undefined ? '' : ` and key_id = ${bind(query.filter.keyId)}`,
        query.filter.model === undefined ? '' : ` and model = ${bind(query.filter.model)}`,
        query.filter.endUser === undefined ? '' : ` and coalesce(end_user, '') = ${bind(query.filter.endUser)}`,
        query.filter.label === undefined ? '' : ` and coalesce(label, '') = ${bind(query.filter.label)}`,
      ].join('');
      const beyond =
        query.after === null
          ? ''
          : ` where (${order}) > (${query.after.map((value, index) => (index === 0 ? bind(new Date(value)) : `${bind(value)}::text`)).join(', ')})`;
      const who = `${query.groupBy.includes('project') ? 'project_id, ' : ''}key_id, model, provider, coalesce(end_user, '') as end_user, coalesce(label, '') as label`;
      // Named one by one, so that the primary keys, which projects lead, find them too.
      const ofProject =
        query.projectId === null
          ? '$1::uuid is null and project_id = any(array(select id from projects))'
          : 'project_id = $1';
      const live = `${ofProject} and id >= $5::uuid and id < $6::uuid and created_at >= greatest($2::timestamptz, $4::timestamptz) and created_at < $3::timestamptz${conditions}`;
      const summed = `${ofProject} and slot >= $2::timestamptz and slot < least($3::timestamptz, $4::timestamptz)${conditions}`;
      const { rows } = await sql.query<Record<string, string | bigint | Date | null>>(
        `with part as (
           ${
             byTool
               ? `select slot as at, ${who}, tool, requests, calls, 0 as input_tokens, 0 as cached_input_tokens,
                    0 as output_tokens, 0 as reasoning_tokens, 0 as amount from usage_tool_slots where ${summed}
                  union all
                  select created_at, ${who}, t.tool, 1, t.calls::bigint, 0, 0, 0, 0, 0
                  from ledger, jsonb_each_text(tool_calls) as t(tool, calls) where tool_calls is not null and ${live}`
               : `select slot as at, ${who}, requests, null::bigint as calls, ${SUMS} from usage_slots where ${summed}
                  union all
                  select created_at, ${who}, 1, null, ${SUMS} from ledger where ${live}`
           }
         ),
         total as (
           select ${[`${bucket} as bucket`, ...dimensions.map((column, index) => `${column} as ${names[index]}`)].join(', ')},
             sum(requests)::bigint as requests, sum(calls)::bigint as calls, sum(input_tokens)::bigint as input_tokens,
             sum(cached_input_tokens)::bigint as cached_input_tokens, sum(output_tokens)::bigint as output_tokens,
             sum(reasoning_tokens)::bigint as reasoning_tokens, sum(amount)::bigint as amount
           from part group by ${['bucket', ...names].join(', ')}
         )
         select *, ${query.bucket === null ? '$3::timestamptz' : `(bucket at time zone $7::text + interval '1 ${query.bucket}') at time zone $7::text`} as bucket_end,
           $7::text as zone
         from total${beyond} order by ${order} limit ${query.limit}`,
        values,
      );
      return rows.map((row) => ({
        startMs: (row.bucket as Date).getTime(),
        endMs: (row.bucket_end as Date).getTime(),
        dimensions: Object.fromEntries(
          query.groupBy.map((dimension, index) => [dimension, row[`d${index}`] as string]),
        ),
        requests: row.requests as bigint,
        toolCalls: row.calls as bigint | null,
        usage: byTool
          ? null
          : {
              inputTokens: row.input_tokens as bigint,
              cachedInputTokens: row.cached_input_tokens as bigint,
              outputTokens: row.output_tokens as bigint,
              reasoningTokens: row.reasoning_tokens as bigint,
              amount: row.amount as bigint,
            },
      }));
    },

    /** Bills by project (null: every one) and in the order they were made, after this one. */
    async readLedger(
      projectId: string | null,
      range: { fromMs: number; toMs: number },
      after: Pick<LedgerLine, 'projectId' | 'id'> | null,
      limit: number,
    ): Promise<LedgerLine[]> {
      const { rows } = await sql.query<{
        project_id: string;
        id: string;
        response_id: string;
        key_id: string;
        end_user: string | null;
        label: string | null;
        model: string;
        provider: string;
        input_tokens: number;
        cached_input_tokens: number;
        output_tokens: number;
        reasoning_tokens: number;
        tool_calls: Record<string, number> | null;
        estimated: boolean;
        amount: bigint;
        created_at: Date;
      }>(
        `select bill.* from projects p
         join lateral (
           select project_id, id, response_id, key_id, end_user, label, model, provider, ${SUMS}, tool_calls, estimated, created_at
           from ledger l
           where l.project_id = p.id and l.id > case when p.id = $1 then $2::uuid else $3 end and l.id >= $3 and l.id < $4
             and l.created_at >= $5 and l.created_at < $6
           order by l.id limit $7
         ) bill on true
         where p.id between $1 and $8
         order by p.id, bill.id limit $7`,
        [
          after?.projectId ?? projectId ?? FIRST_UUID,
          after?.id ?? FIRST_UUID,
          uuidFloor(range.fromMs - ID_DRIFT_MS),
          uuidFloor(range.toMs + ID_DRIFT_MS),
          new Date(range.fromMs),
          new Date(range.toMs),
          limit,
          projectId ?? LAST_UUID,
        ],
      );
      return rows.map((row) => ({
        projectId: row.project_id,
        id: row.id,
        responseId: row.response_id,
        keyId: row.key_id,
        endUser: row.end_user,
        label: row.label,
        model: row.model,
        provider: row.provider,
        inputTokens: row.input_tokens,
        cachedInputTokens: row.cached_input_tokens,
        outputTokens: row.output_tokens,
        reasoningTokens: row.reasoning_tokens,
        toolCalls: row.tool_calls ?? {},
        estimated: row.estimated,
        amount: row.amount,
        createdAtMs: row.created_at.getTime(),
      }));
    },

    /**
     * Sums up one step of what is old enough. The mark moves in the same statement, so whoever comes second finds nothing to
     * do. False when there is nothing left.
     */
    async sumUp(nowMs: number): Promise<boolean> {
      const until = Math.floor((nowMs - SETTLED_MS) / SLOT_MS) * SLOT_MS;
      const { rows: marks } = await sql.query<{ at: Date | null }>(
        `insert into settings (name, value)
         select $1, to_char(coalesce(date_bin('15 minutes', min(created_at), 'epoch'), $2) at time zone 'UTC',
           'YYYY-MM-DD"T"HH24:MI:SS"Z"')
         from ledger where not exists (select from settings where name = $1)
         having not exists (select from settings where name = $1)
         on conflict do nothing
         returning value::timestamptz as at`,
        [MARK, new Date(until)],
      );
      const from = marks[0]?.at?.getTime() ?? (await readMark());
      const to = Math.min(until, from + STEP_MS);
      if (to <= from) return false;
      const iso = (epochMs: number): string => new Date(epochMs).toISOString().replace('.000Z', 'Z');
      const slot = `date_bin('15 minutes', created_at, 'epoch')`;
      const who = `key_id, model, provider, coalesce(end_user, ''), coalesce(label, '')`;
      await sql.query(
        `with mark as (update settings set value = $2 where name = $3 and value = $1 returning 1),
         bill as materialized (
           select l.* from projects p
           join lateral (
             select * from ledger l
             where l.project_id = p.id and l.id >= $4 and l.id < $5 and l.created_at >= $1::timestamptz
               and l.created_at < $2::timestamptz
           ) l on true
           where exists (select from mark)
         ),
         summed as (
           insert into usage_slots (project_id, slot, key_id, model, provider, end_user, label, requests, ${SUMS})
           select project_id, ${slot}, ${who}, count(*), sum(input_tokens), sum(cached_input_tokens), sum(output_tokens),
             sum(reasoning_tokens), sum(amount)
           from bill group by 1, 2, 3, 4, 5, 6, 7
         )
         insert into usage_tool_slots (project_id, slot, key_id, model, provider, end_user, label, tool, requests, calls)
         select project_id, ${slot}, ${who}, t.tool, count(*), sum(t.calls::bigint)
         from bill, jsonb_each_text(tool_calls) as t(tool, calls)
         where tool_calls is not null group by 1, 2, 3, 4, 5, 6, 7, 8`,
        [iso(from), iso(to), MARK, uuidFloor(from - ID_DRIFT_MS), uuidFloor(to + ID_DRIFT_MS)],
      );
      return true;
    },
  };
}
