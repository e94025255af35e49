import { parseArgs } from 'node:util';
import { ConfigError, readEnvironment } from '../config/env.js';
import { errors, GatewayError } from '../domain/errors.js';
import { toPublicId } from '../domain/ids.js';
import { parseAmount } from '../domain/money.js';
import type { BudgetPeriod } from '../domain/principal.js';
import { EmbeddedPostgresError } from '../persistence/embedded/embedded-postgres-error.js';
import type { AccessService } from '../services/access/access.service.js';
import { openAccess } from './open-access.js';

const USAGE = `Usage:
  npm run antiphon -- keys create --name NAME [--budget total|day|month=AMOUNT ...] [--expires-in-days N]
  npm run antiphon -- keys list
  npm run antiphon -- keys revoke KEY_ID

AMOUNT is in the currency's unit, e.g. 2.50. Works beside a running server. The key is shown once.`;

const PERIODS: readonly string[] = ['total', 'day', 'month'];

/** `day=2.50` → a budget. @throws ConfigError */
function readBudget(text: string): { period: BudgetPeriod; cap: bigint } {
  const [period = '', amount = ''] = text.split('=');
  if (!PERIODS.includes(period)) throw new ConfigError(`--budget ${text}: use total, day or month before the "=".`);
  try {
    return { period: period as BudgetPeriod, cap: parseAmount(amount) };
  } catch (error) {
    throw new ConfigError(`--budget ${text}: ${(error as Error).message}`);
  }
}

async function createKey(access: AccessService, projectId: string, args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: 'string' },
      budget: { type: 'string', multiple: true },
      'expires-in-days': { type: 'string' },
    },
  });
  if (values.name === undefined) throw new ConfigError('--name is missing.');
  const days = values['expires-in-days'];
  if (days !== undefined && !/^[1-9]\d{0,4}$/.test(days))
    throw new ConfigError('--expires-in-days: use a whole number.');
  const budgets = (values.budget ?? []).map(readBudget);
  if (new Set(budgets.map(({ period }) => period)).size < budgets.length)
    throw new ConfigError('--budget: one of each period.');
  const key = await access.createKey(projectId, {
    name: values.name,
    expiresAtMs: days === undefined ? null : Date.now() + Number(days) * 86_400_000,
    budgets,
  });
  process.stdout.write(`${key}\n`);
}

async function listKeys(access: AccessService, projectId: string): Promise<void> {
  const rows = (await access.listKeys(projectId)).map((key) => [
    toPublicId('key', key.id),
    `…${key.hint}`,
    key.revokedAtMs === null ? 'live' : 'revoked',
    new Date(key.createdAtMs).toISOString().slice(0, 10),
    key.name,
  ]);
  const table = [['ID', 'KEY', 'STATE', 'CREATED', 'NAME'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table)
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}

async function run(argv: string[]): Promise<void> {
  const [noun, verb, ...args] = argv;
  if (noun !== 'keys' || !['create', 'list', 'revoke'].includes(verb ?? '')) throw new ConfigError(USAGE);
  const { access, projectId, close } = await openAccess(readEnvironment());
  try {
    if (verb === 'create') await createKey(access, projectId, args);
    if (verb === 'list') await listKeys(access, projectId);
    if (verb === 'revoke') {
      if (args[0] === undefined) throw errors.notFound('KEY_ID');
      await access.revokeKey(projectId, args[0]);
      process.stdout.write(`${args[0]} is revoked.\n`);
    }
  } finally {
    await close();
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const isExpected =
    error instanceof ConfigError || error instanceof GatewayError || error instanceof EmbeddedPostgresError;
  const isUsage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  process.stderr.write(`${isExpected || isUsage ? (error as Error).message : (error as Error).stack}\n`);
  process.exitCode = 1;
}
