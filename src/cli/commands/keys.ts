import { type ApiKey, keyState } from '../../domain/api-key.js';
import { toPublicId } from '../../domain/ids.js';
import { printAmount } from '../../domain/money.js';
import { allScopes } from '../../domain/scope.js';
import { type Command, requiredText, textOf, textsOf, UsageError } from '../command.js';
import { readKeyBudget } from '../key-budget.js';
import { printRateLimit, readKeyRateLimit } from '../key-rate-limit.js';
import { printTable, printTime } from '../table.js';

const PAGE = { limit: 100, order: 'asc', before: null, fromEnd: false } as const;

/** A number of days, or of hours with an `h`, from now on. @throws UsageError */
function readSpan(name: string, text: string | undefined, unitMs: number): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageError(`--${name}: use a whole number.`);
  return Date.now() + Number(text) * unitMs;
}

function readScopes(given: readonly string[]): string[] {
  for (const scope of given)
    if (!(allScopes as readonly string[]).includes(scope))
      throw new UsageError(`--scope ${scope}: use one of ${allScopes.join(', ')}.`);
  return [...given];
}

const toJson = (key: ApiKey) => ({
  id: toPublicId('key', key.id),
  project_id: toPublicId('project', key.projectId),
  name: key.name,
  hint: key.hint,
  state: keyState(key, Date.now()),
  scopes: key.scopes,
  models: key.models,
  rate_limits: key.rateLimits,
  created_at: jsonTime(key.createdAtMs),
  expires_at: jsonTime(key.expiresAtMs),
  revoked_at: jsonTime(key.revokedAtMs),
  last_used_at: jsonTime(key.lastUsedAtMs),
  old_key_expires_at: jsonTime(key.oldKeyUntilMs),
  budgets: key.budgets.map(({ period, timeZone, rollingSeconds, cap, settled, reserved }) => ({
    period,
    time_zone: timeZone,
    rolling_seconds: rollingSeconds,
    cap: printAmount(cap),
    settled: printAmount(settled),
    reserved: printAmount(reserved),
  })),
});

const jsonTime = (epochMs: number | null): string | null => (epochMs === null ? null : new Date(epochMs).toISOString());

const printBudgets = ({ budgets }: ApiKey): string =>
  budgets.length === 0
    ? 'no limit'
    : budgets
        .map(
          (budget) =>
            `${budget.rollingSeconds === null ? budget.period : `${budget.rollingSeconds} s`} ${printAmount(budget.settled + budget.reserved)}/${printAmount(budget.cap)}`,
        )
        .join(', ');

const project = { project: { type: 'string' } } as const;

/** Keys of a project. */
export const keyCommands: Command[] = [
  {
    name: 'keys create',
    usage:
      '--name NAME [--scope SCOPE ...] [--model NAME ...] [--budget WINDOW=AMOUNT ...] [--rate-limit LIMIT ...] [--expires-in-days N] [--project NAME]',
    summary:
      'Makes a key and prints it, this once. WINDOW: total, day, week, month, with @ZONE for another day than UTC’s, or so many seconds, as 3600s. LIMIT: such as requests=60,burst=10 or model=large,tokens=100000,runs=4,streams=8.',
    options: {
      ...project,
      name: { type: 'string' },
      scope: { type: 'string', multiple: true },
      model: { type: 'string', multiple: true },
      budget: { type: 'string', multiple: true },
      'rate-limit': { type: 'string', multiple: true },
      'expires-in-days': { type: 'string' },
    },
    async run({ values, open, print }) {
      const name = requiredText(values, 'name');
      const budgets = textsOf(values, 'budget').map(readKeyBudget);
      const rateLimits = textsOf(values, 'rate-limit').map(readKeyRateLimit);
      const scopes = readScopes(textsOf(values, 'scope'));
      const models = textsOf(values, 'model');
      const expiresAtMs = readSpan('expires-in-days', textOf(values, 'expires-in-days'), 86_400_000);
      const { apiKeys, actorIn } = await open();
      const { key, secret } = await apiKeys.issue(await actorIn(textOf(values, 'project')), {
        name,
        ...(scopes.length === 0 ? {} : { scopes }),
        models: models.length === 0 ? null : models,
        expiresAtMs,
        budgets,
        rateLimits,
      });
      print({ ...toJson(key), value: secret }, () => secret);
    },
  },
  {
    name: 'keys list',
    usage: '[--project NAME]',
    summary: 'Lists keys, with what they have spent of their budgets.',
    options: project,
    async run({ values, open, print }) {
      const { apiKeys, actorIn } = await open();
      const actor = await actorIn(textOf(values, 'project'));
      const keys: ApiKey[] = [];
      for (let after: string | null = null, isMore = true; isMore; ) {
        const page = await apiKeys.list(actor, { ...PAGE, after });
        keys.push(...page.rows);
        after = page.rows.at(-1)?.id ?? null;
        isMore = page.hasNext;
      }
      print(keys.map(toJson), () =>
        printTable(
          ['ID', 'KEY', 'STATE', 'CREATED', 'LAST USED', 'NAME', 'SCOPES', 'BUDGETS', 'RATE LIMITS'],
          keys.map((key) => [
            toPublicId('key', key.id),
            `…${key.hint}`,
            keyState(key, Date.now()),
            printTime(key.createdAtMs).slice(0, 10),
            printTime(key.lastUsedAtMs),
            key.name,
            key.scopes.join(' '),
            printBudgets(key),
            key.rateLimits.map(printRateLimit).join(' '),
          ]),
        ),
      );
    },
  },
  {
    name: 'keys limit',
    usage: 'KEY_ID [--rate-limit LIMIT ...] [--project NAME]',
    summary: 'Sets the rate limits of a key in place of those it has; without any it has none of its own.',
    options: { ...project, 'rate-limit': { type: 'string', multiple: true } },
    positionals: { least: 1, most: 1 },
    async run({ values, positionals, open, print }) {
      const rate_limits = textsOf(values, 'rate-limit').map(readKeyRateLimit);
      const { apiKeys, actorIn } = await open();
      const id = positionals[0] as string;
      const key = await apiKeys.update(await actorIn(textOf(values, 'project')), id, { rate_limits });
      print(toJson(key), () => `${id} is changed.`);
    },
  },
  {
    name: 'keys rotate',
    usage: 'KEY_ID [--keep-old-hours N] [--project NAME]',
    summary: 'Gives a key a new value and prints it; the old one may work on for a while.',
    options: { ...project, 'keep-old-hours': { type: 'string' } },
    positionals: { least: 1, most: 1 },
    async run({ values, positionals, open, print }) {
      const untilMs = readSpan('keep-old-hours', textOf(values, 'keep-old-hours'), 3_600_000);
      const { apiKeys, actorIn } = await open();
      const actor = await actorIn(textOf(values, 'project'));
      const { key, secret } = await apiKeys.rotate(actor, positionals[0] as string, {
        old_key_expires_at: untilMs === null ? null : Math.ceil(untilMs / 1000),
      });
      print({ ...toJson(key), value: secret }, () => secret);
    },
  },
  {
    name: 'keys revoke',
    usage: 'KEY_ID [--project NAME]',
    summary: 'Ends a key, in every process at once.',
    options: project,
    positionals: { least: 1, most: 1 },
    async run({ values, positionals, open, print }) {
      const { apiKeys, actorIn } = await open();
      const id = positionals[0] as string;
      const key = await apiKeys.revoke(await actorIn(textOf(values, 'project')), id);
      print(toJson(key), () => `${id} is revoked.`);
    },
  },
];
