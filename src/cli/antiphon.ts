import { parseArgs } from 'node:util';
import { ConfigError, readEnvironment } from '../config/env.js';
import { GatewayError } from '../domain/errors.js';
import { EmbeddedPostgresError } from '../persistence/embedded/embedded-postgres-error.js';
import { UnusableDatabaseError } from '../persistence/reach-database.js';
import { type Command, UsageError } from './command.js';
import { budgetCommands } from './commands/budgets.js';
import { configCommands } from './commands/config.js';
import { keyCommands } from './commands/keys.js';
import { moneyCommands } from './commands/money.js';
import { priceCommands } from './commands/prices.js';
import { projectCommands } from './commands/projects.js';
import { serverCommands } from './commands/server.js';
import { type Installation, openInstallation } from './installation.js';

/** Every command of `npm run antiphon -- …`. */
const commands: readonly Command[] = [
  ...keyCommands,
  ...projectCommands,
  ...configCommands,
  ...budgetCommands,
  ...priceCommands,
  ...moneyCommands,
  ...serverCommands,
];

const usageOf = (some: readonly Command[]): string => `Usage: npm run antiphon -- COMMAND [--json]

${some.map(({ name, usage, summary }) => `  ${`${name} ${usage}`.trimEnd()}\n      ${summary}`).join('\n')}

AMOUNT is in the currency's unit, e.g. 2.50. Commands work beside a running server. With --json they print JSON,
errors too.
Exit codes: 0 done, 1 refused or failed, 2 not understood.`;

const HINT = 'npm run antiphon -- --help lists what there is; behind a command, --help tells about that one.';

/** The command whose words the arguments begin with, and the rest of them. */
function find(argv: readonly string[]): { command: Command; args: string[] } {
  for (const command of commands) {
    const words = command.name.split(' ');
    if (words.every((word, index) => argv[index] === word)) return { command, args: argv.slice(words.length) };
  }
  throw new UsageError(`There is no command '${argv.filter((word) => !word.startsWith('-')).join(' ')}'.\n${HINT}`);
}

/** The commands that begin with the words before the first option, or all of them: what help is asked about. */
function about(argv: readonly string[]): readonly Command[] {
  const end = argv.findIndex((word) => word.startsWith('-'));
  const words = argv.slice(0, end === -1 ? argv.length : end);
  const found = commands.filter(({ name }) => words.every((word, index) => name.split(' ')[index] === word));
  return found.length === 0 ? commands : found;
}

async function run(argv: readonly string[]): Promise<void> {
  if (argv.length === 0 || argv.includes('--help')) {
    process.stdout.write(`${usageOf(about(argv))}\n`);
    return;
  }
  const { command, args } = find(argv);
  const { values, positionals } = parseArgs({
    args,
    options: { ...command.options, json: { type: 'boolean' } },
    allowPositionals: command.positionals !== undefined,
  });
  const { least, most } = command.positionals ?? { least: 0, most: 0 };
  if (positionals.length < least || positionals.length > most)
    throw new UsageError(`Usage: ${command.name} ${command.usage}`);
  let opened: Installation | null = null;
  try {
    await command.run({
      values,
      positionals,
      async open() {
        opened ??= await openInstallation(readEnvironment());
        return opened;
      },
      print: (value, text) =>
        process.stdout.write(`${values.json === true ? JSON.stringify(value, null, 2) : text()}\n`),
    });
  } finally {
    await (opened as Installation | null)?.close();
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const isUsage =
    error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  const isExpected = [ConfigError, GatewayError, EmbeddedPostgresError, UnusableDatabaseError].some(
    (kind) => error instanceof kind,
  );
  const message = isExpected || isUsage ? (error as Error).message : (error as Error).stack;
  const code = error instanceof GatewayError ? (error.code ?? 'refused') : isUsage ? 'usage' : 'failed';
  process.stderr.write(`${process.argv.includes('--json') ? JSON.stringify({ error: { code, message } }) : message}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
