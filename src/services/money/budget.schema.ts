import { z } from 'zod';
import { BUDGET_SCOPES } from '../../domain/budget.js';
import { BUDGET_PERIODS } from '../../domain/budget-window.js';
import { TimeZone } from '../usage/usage.schema.js';
import { shortText } from '../validation.js';
import { Decimal } from './price.schema.js';

const Limit = Decimal.describe('What may be spent, as a decimal in the currency, such as "2.50".');
const Enforced = z
  .boolean()
  .nullish()
  .describe('False: it only counts. Default true: what it cannot cover is refused.');

const Thresholds = z
  .array(z.int().min(1).max(100))
  .max(10)
  .transform((percents) => [...new Set(percents)].sort((a, b) => a - b))
  .nullish()
  .describe(
    'Percentages of the limit, such as [50, 80, 100]: passing one is told to webhook endpoints (`budget.threshold_reached`), once in a window, and to callers by the header `x-budget-threshold`. Default: none.',
  );

const fault = (ctx: z.RefinementCtx, path: string, message: string, code = 'invalid_value'): void =>
  ctx.addIssue({ code: 'custom', path: [path], message, params: { code } });

/** A member that goes with one choice: there it has to be given, elsewhere it must not be. */
function goesWith(ctx: z.RefinementCtx, choice: string, isChosen: boolean, member: string, value: unknown): void {
  const isGiven = value !== null && value !== undefined;
  if (isChosen && !isGiven) fault(ctx, member, `${choice} needs it.`, 'missing_required_parameter');
  if (!isChosen && isGiven) fault(ctx, member, `it belongs to ${choice}, and to no other.`);
}

/** Body of `POST /budgets`. */
export const CreateBudgetBody = z
  .strictObject({
    scope: z.enum(BUDGET_SCOPES).describe('What is limited.'),
    key_id: z.string().max(64).nullish().describe('The key, `key_…`; with the scope key.'),
    subject: shortText(512)
      .nullish()
      .describe('The end user or the label, by name. Default with these scopes: each of them for itself.'),
    period: z.enum(BUDGET_PERIODS).describe('Over which time; rolling: the last rolling_seconds, whenever one looks.'),
    limit: Limit,
    time_zone: TimeZone.nullish().describe('Whose days, weeks and months are meant. Default UTC.'),
    rolling_seconds: z.int().min(60).max(31_622_400).nullish().describe('60 to 31622400; with the period rolling.'),
    enforced: Enforced,
    thresholds: Thresholds,
  })
  .superRefine((budget, ctx) => {
    goesWith(ctx, "the scope 'key'", budget.scope === 'key', 'key_id', budget.key_id);
    if (budget.subject != null && budget.scope !== 'end_user' && budget.scope !== 'label')
      fault(ctx, 'subject', "'subject' belongs to the scopes 'end_user' and 'label'.");
    goesWith(ctx, "the period 'rolling'", budget.period === 'rolling', 'rolling_seconds', budget.rolling_seconds);
  });

/** Body of `POST /budgets/{id}`: given fields change, others stay. */
export const UpdateBudgetBody = z.strictObject({ limit: Limit.nullish(), enforced: Enforced, thresholds: Thresholds });
