import { toPublicId } from '../../domain/ids.js';
import { printAmount } from '../../domain/money.js';
import type { UsageRow } from '../../domain/usage-report.js';
import { type Command, secondsOf, textOf } from '../command.js';
import { printTable } from '../table.js';

const project = { project: { type: 'string' } } as const;

const usageJson = ({
  startMs,
  endMs,
  dimensions: { project, key, ...dimensions },
  requests,
  toolCalls,
  usage,
}: UsageRow) => ({
  start_time: new Date(startMs).toISOString(),
  end_time: new Date(endMs).toISOString(),
  ...(project === undefined ? {} : { project_id: toPublicId('project', project) }),
  ...(key === undefined ? {} : { key_id: toPublicId('key', key) }),
  ...dimensions,
  num_requests: String(requests),
  num_tool_calls: toolCalls === null ? null : String(toolCalls),
  input_tokens: usage === null ? null : String(usage.inputTokens),
  cached_input_tokens: usage === null ? null : String(usage.cachedInputTokens),
  output_tokens: usage === null ? null : String(usage.outputTokens),
  reasoning_tokens: usage === null ? null : String(usage.reasoningTokens),
  amount: usage === null ? null : printAmount(usage.amount),
});

const MONTH_SECONDS = 30 * 86_400;

/** The ledger, and what was used. */
export const moneyCommands: Command[] = [
  {
    name: 'usage',
    usage:
      '[--by project,key,model,provider,end_user,label,tool] [--bucket hour|day|week|month] [--from DATE] [--to DATE] [--time-zone ZONE] [--project NAME]',
    summary: 'Sums up what was used, by default in the last 30 days; at most 1000 rows.',
    options: {
      ...project,
      by: { type: 'string' },
      bucket: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      'time-zone': { type: 'string' },
    },
    async run({ values, open, print }) {
      const query = {
        start_time: secondsOf('from', textOf(values, 'from')) ?? Math.floor(Date.now() / 1000) - MONTH_SECONDS,
        end_time: secondsOf('to', textOf(values, 'to')),
        bucket: textOf(values, 'bucket'),
        time_zone: textOf(values, 'time-zone'),
        group_by: textOf(values, 'by'),
        limit: 1000,
      };
      const { usage, actorIn } = await open();
      const { rows } = await usage.report(await actorIn(textOf(values, 'project')), query);
      const json = rows.map(usageJson);
      const headings = Object.keys(json[0] ?? { num_requests: '' });
      print(json, () =>
        printTable(
          headings.map((heading) => heading.toUpperCase().replaceAll('_', ' ')),
          json.map((row) => Object.values(row).map((value) => value ?? '-')),
        ),
      );
    },
  },
  {
    name: 'ledger verify',
    usage: '',
    summary: 'Checks, for all projects, that budgets hold what the ledger and the reservations add up to.',
    async run({ open, print }) {
      const { budgets } = await open();
      const mismatches = (await budgets.verify()).map((found) => ({
        budget_id: toPublicId('budget', found.budgetId),
        window_start: new Date(found.windowStartMs).toISOString(),
        settled: printAmount(found.settled),
        ledger: printAmount(found.booked),
        reserved: printAmount(found.reserved),
        reservations: printAmount(found.held),
      }));
      print(mismatches, () =>
        mismatches.length === 0
          ? 'The ledger and all budgets agree.'
          : printTable(
              ['BUDGET', 'WINDOW', 'SETTLED', 'LEDGER', 'RESERVED', 'RESERVATIONS'],
              mismatches.map((row) => Object.values(row)),
            ),
      );
      if (mismatches.length > 0) process.exitCode = 1;
    },
  },
];
