import { toPublicId } from '../../domain/ids.js';
import { printAmount } from '../../domain/money.js';
import { type PriceVersion, priceTerms } from '../../domain/price-version.js';
import type { UsageRow } from '../../domain/usage-report.js';
import { type Command, requiredText, textOf, textsOf, UsageError } from '../command.js';
import { everyRow as all } from '../every-row.js';
import { printTable, printTime } from '../table.js';

const project = { project: { type: 'string' } } as const;

/** `2026-01-31` or a moment in ISO 8601 → Unix seconds. @throws UsageError */
function secondsOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new UsageError(`--${name} ${text}: use a date such as 2026-01-31.`);
  return Math.floor(atMs / 1000);
}

const priceJson = (version: PriceVersion) => ({
  id: toPublicId('price', version.id),
  ...priceTerms(version),
  effective_at: new Date(version.effectiveAtMs).toISOString(),
});

const priceCommands: Command[] = [
  {
    name: 'prices set',
    usage:
      'MODEL --input AMOUNT --output AMOUNT [--cached-input AMOUNT] [--reasoning AMOUNT] [--tool TYPE=AMOUNT ...] [--from DATE] [--project NAME]',
    summary: 'Sets what a model costs the project, per million tokens and per call of a tool.',
    options: {
      ...project,
      input: { type: 'string' },
      output: { type: 'string' },
      'cached-input': { type: 'string' },
      reasoning: { type: 'string' },
      tool: { type: 'string', multiple: true },
      from: { type: 'string' },
    },
    positionals: { least: 1, most: 1 },
    async run({ values, positionals, open, print }) {
      const body = {
        model: positionals[0],
        input: requiredText(values, 'input'),
        output: requiredText(values, 'output'),
        cached_input: textOf(values, 'cached-input'),
        reasoning: textOf(values, 'reasoning'),
        tool_calls: Object.fromEntries(textsOf(values, 'tool').map((entry) => entry.split('=') as [string, string])),
        effective_at: secondsOf('from', textOf(values, 'from')),
      };
      const { prices, actorIn } = await open();
      const price = await prices.create(await actorIn(textOf(values, 'project')), body);
      print(priceJson(price), () => toPublicId('price', price.id));
    },
  },
  {
    name: 'prices list',
    usage: '[--model NAME] [--project NAME]',
    summary: 'Lists the prices the project has set, newest first.',
    options: { ...project, model: { type: 'string' } },
    async run({ values, open, print }) {
      const { prices, actorIn } = await open();
      const actor = await actorIn(textOf(values, 'project'));
      const rows = await all((page) => prices.list(actor, page, { model: textOf(values, 'model') }));
      print(rows.map(priceJson), () =>
        printTable(
          ['ID', 'MODEL', 'FROM', 'INPUT', 'CACHED', 'OUTPUT', 'REASONING', 'TOOLS'],
          rows.map((version) => {
            const json = priceJson(version);
            const tools = Object.entries(json.tool_calls).map(([tool, amount]) => `${tool} ${amount}`);
            return [
              json.id,
              json.model,
              printTime(version.effectiveAtMs),
              json.input,
              json.cached_input,
              json.output,
              json.reasoning,
              tools.join(', '),
            ];
          }),
        ),
      );
    },
  },
  {
    name: 'prices delete',
    usage: 'PRICE_ID [--project NAME]',
    summary: 'Takes back a price that does not hold yet.',
    options: project,
    positionals: { least: 1, most: 1 },
    async run({ values, positionals, open, print }) {
      const { prices, actorIn } = await open();
      const id = positionals[0] as string;
      await prices.delete(await actorIn(textOf(values, 'project')), id);
      print({ id, deleted: true }, () => `${id} is deleted.`);
    },
  },
];

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

/** Prices, the ledger, and what was used. */
export const moneyCommands: Command[] = [
  ...priceCommands,
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
