import { Readable } from 'node:stream';
import { toPublicId } from '../../domain/ids.js';
import { printAmount } from '../../domain/money.js';
import type { LedgerLine, UsageRow } from '../../domain/usage-report.js';
import { UsageExportQuery, UsageQueryBody } from '../../services/usage/usage.schema.js';
import { usageCursor } from '../../services/usage/usage.service.js';
import { defineRoute } from '../define-route.js';
import { actorIn, ProjectQuery } from '../project-query.js';

const seconds = (epochMs: number): number => Math.floor(epochMs / 1000);

const toWire = (row: UsageRow) => {
  const { project, key, ...dimensions } = row.dimensions;
  return {
    object: 'usage.row',
    start_time: seconds(row.startMs),
    end_time: seconds(row.endMs),
    ...(project === undefined ? {} : { project_id: toPublicId('project', project) }),
    ...(key === undefined ? {} : { key_id: toPublicId('key', key) }),
    ...Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, value === '' ? null : value])),
    num_requests: Number(row.requests),
    num_tool_calls: row.toolCalls === null ? null : Number(row.toolCalls),
    input_tokens: row.usage === null ? null : Number(row.usage.inputTokens),
    cached_input_tokens: row.usage === null ? null : Number(row.usage.cachedInputTokens),
    output_tokens: row.usage === null ? null : Number(row.usage.outputTokens),
    reasoning_tokens: row.usage === null ? null : Number(row.usage.reasoningTokens),
    amount: row.usage === null ? null : printAmount(row.usage.amount),
  };
};

/** A cell that no spreadsheet takes for a formula. */
const cell = (value: string): string => {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

type Column = readonly [name: string, print: (line: LedgerLine) => string];

const PROJECT_COLUMN: Column = ['project_id', (line) => toPublicId('project', line.projectId)];

const COLUMNS: readonly Column[] = [
  ['created_at', (line) => new Date(line.createdAtMs).toISOString()],
  ['response_id', (line) => toPublicId('response', line.responseId)],
  ['key_id', (line) => toPublicId('key', line.keyId)],
  ['end_user', (line) => line.endUser ?? ''],
  ['label', (line) => line.label ?? ''],
  ['model', (line) => line.model],
  ['provider', (line) => line.provider],
  ['input_tokens', (line) => String(line.inputTokens)],
  ['cached_input_tokens', (line) => String(line.cachedInputTokens)],
  ['output_tokens', (line) => String(line.outputTokens)],
  ['reasoning_tokens', (line) => String(line.reasoningTokens)],
  [
    'tool_calls',
    (line) =>
      Object.entries(line.toolCalls)
        .map(([tool, calls]) => `${tool}:${calls}`)
        .join(' '),
  ],
  ['estimated', (line) => String(line.estimated)],
  ['amount', (line) => printAmount(line.amount)],
];

async function* toCsv(
  batches: AsyncIterable<readonly LedgerLine[]>,
  columns: readonly Column[],
): AsyncGenerator<string> {
  yield `${columns.map(([name]) => name).join(',')}\r\n`;
  for await (const lines of batches)
    yield lines.map((line) => `${columns.map(([, print]) => cell(print(line))).join(',')}\r\n`).join('');
}

/** What the project has used. */
export const usageRoutes = [
  defineRoute({
    method: 'GET',
    path: '/usage',
    operation: 'usage',
    summary: 'Sum up what was used, by time, project, key, model, provider, end user, label or tool.',
    query: UsageQueryBody.extend(ProjectQuery.shape),
    answers: 'UsageRowList',
    async handle(context) {
      const page = await context.services.usage.report(await actorIn(context), context.query);
      const cursor = (row: UsageRow | undefined) => (row === undefined ? null : usageCursor(row));
      return {
        object: 'list',
        data: page.rows.map(toWire),
        first_id: cursor(page.rows[0]),
        last_id: cursor(page.rows.at(-1)),
        has_more: page.hasNext,
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/usage/export',
    operation: 'usageExport',
    summary: 'Every bill of a stretch of time as CSV, streamed.',
    query: UsageExportQuery.extend(ProjectQuery.shape),
    answers: 'UsageExport',
    answerType: 'text/csv',
    async handle(context) {
      const { services, query, reply } = context;
      const columns = query.group_by === undefined ? COLUMNS : [PROJECT_COLUMN, ...COLUMNS];
      const bills = services.usage.bills(await actorIn(context), query);
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="usage.csv"')
        .send(Readable.from(toCsv(bills, columns)));
      return undefined;
    },
  }),
];
