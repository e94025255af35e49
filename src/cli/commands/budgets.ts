import { budgetTerms } from '../../domain/budget.js';
import { toPublicId } from '../../domain/ids.js';
import { printAmount } from '../../domain/money.js';
import type { BudgetWithState } from '../../services/money/budget.service.js';
import { type Command, requiredText, textOf, textsOf, UsageError } from '../command.js';
import { everyRow } from '../every-row.js';
import { printTable, printTime } from '../table.js';

const project = { project: { type: 'string' } } as const;

const numberOf = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name}: use a whole number.`);
  return Number(text);
};

const budgetJson = (budget: BudgetWithState) => ({
  id: toPublicId('budget', budget.id),
  ...budgetTerms(budget),
  spent: printAmount(budget.settled),
  reserved: printAmount(budget.reserved),
  resets_at: budget.resetsAtMs === null ? null : new Date(budget.resetsAtMs).toISOString(),
});

const percentsOf = (texts: readonly string[]): number[] => texts.map((text) => numberOf('threshold', text) as number);

const limited = ({ scope, keyId, subject }: BudgetWithState): string => {
  if (keyId !== null) return toPublicId('key', keyId);
  return scope === 'project' ? 'project' : `${scope} ${subject ?? '(each)'}`;
};

/** What may be spent. */
export const budgetCommands: Command[] = [
  {
    name: 'budgets create',
    usage:
      '--limit AMOUNT --period total|day|week|month|rolling [--scope project|key|end_user|label] [--key KEY_ID] [--subject NAME] [--time-zone ZONE] [--rolling-seconds N] [--threshold PERCENT ...] [--count-only] [--project NAME]',
    summary: 'Limits what the project (by default), a key, end users or labels may spend.',
    options: {
      ...project,
      limit: { type: 'string' },
      period: { type: 'string' },
      scope: { type: 'string' },
      key: { type: 'string' },
      subject: { type: 'string' },
      'time-zone': { type: 'string' },
      'rolling-seconds': { type: 'string' },
      threshold: { type: 'string', multiple: true },
      'count-only': { type: 'boolean' },
    },
    async run({ values, open, print }) {
      const body = {
        scope: textOf(values, 'scope') ?? (values.key === undefined ? 'project' : 'key'),
        key_id: textOf(values, 'key'),
        subject: textOf(values, 'subject'),
        period: requiredText(values, 'period'),
        limit: requiredText(values, 'limit'),
        time_zone: textOf(values, 'time-zone'),
        rolling_seconds: numberOf('rolling-seconds', textOf(values, 'rolling-seconds')),
        enforced: values['count-only'] !== true,
        thresholds: percentsOf(textsOf(values, 'threshold')),
      };
      const { budgets, actorIn } = await open();
      const budget = await budgets.create(await actorIn(textOf(values, 'project')), body);
      print(budgetJson(budget), () => toPublicId('budget', budget.id));
    },
  },
  {
    name: 'budgets list',
    usage: '[--project NAME]',
    summary: 'Lists budgets with what is spent and held in their present windows.',
    options: project,
    async run({ values, open, print }) {
      const { budgets, actorIn } = await open();
      const actor = await actorIn(textOf(values, 'project'));
      const rows = await everyRow((page) => budgets.list(actor, page));
      print(rows.map(budgetJson), () =>
        printTable(
          ['ID', 'OF', 'PERIOD', 'LIMIT', 'SPENT', 'HELD', 'RESETS', 'REFUSES'],
          rows.map((budget) => [
            toPublicId('budget', budget.id),
            limited(budget),
            budget.rollingSeconds === null ? budget.period : `${budget.rollingSeconds} s`,
            printAmount(budget.cap),
            printAmount(budget.settled),
            printAmount(budget.reserved),
            printTime(budget.resetsAtMs),
            budget.enforced ? 'yes' : 'no',
          ]),
        ),
      );
    },
  },
  {
    name: 'budgets update',
    usage: 'BUDGET_ID [--limit AMOUNT] [--threshold PERCENT ...] [--enforce | --count-only] [--project NAME]',
    summary: 'Changes a budget, from the next call on.',
    options: {
      ...project,
      limit: { type: 'string' },
      threshold: { type: 'string', multiple: true },
      enforce: { type: 'boolean' },
      'count-only': { type: 'boolean' },
    },
    positionals: { least: 1, most: 1 },
    async run({ values, positionals, open, print }) {
      if (values.enforce === true && values['count-only'] === true)
        throw new UsageError('--enforce and --count-only exclude each other.');
      const changes = {
        limit: textOf(values, 'limit'),
        ...(values.threshold === undefined ? {} : { thresholds: percentsOf(textsOf(values, 'threshold')) }),
        ...(values.enforce === true ? { enforced: true } : {}),
        ...(values['count-only'] === true ? { enforced: false } : {}),
      };
      const { budgets, actorIn } = await open();
      const id = positionals[0] as string;
      const budget = await budgets.update(await actorIn(textOf(values, 'project')), id, changes);
      print(budgetJson(budget), () => `${id} is changed.`);
    },
  },
  {
    name: 'budgets delete',
    usage: 'BUDGET_ID [--project NAME]',
    summary: 'Deletes a budget. What was charged to it stays on record.',
    options: project,
    positionals: { least: 1, most: 1 },
    async run({ values, positionals, open, print }) {
      const { budgets, actorIn } = await open();
      const id = positionals[0] as string;
      await budgets.delete(await actorIn(textOf(values, 'project')), id);
      print({ id, deleted: true }, () => `${id} is deleted.`);
    },
  },
];
