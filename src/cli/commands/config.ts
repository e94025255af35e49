import { ConfigFileError } from '../../config/config-fault.js';
import { ConfigError, processVariables, readEnvironment } from '../../config/env.js';
import { findConfigFile, loadConfig } from '../../config/read-config.js';
import { readTrustedDocuments } from '../../config/trusted-documents.js';
import type { Command } from '../command.js';

interface Report {
  valid: boolean;
  /** Null: there is none, and the defaults hold. */
  file: string | null;
}

function check(setting: string | undefined): Report & { providers: string[]; models: string[] } {
  const file = findConfigFile(setting, process.cwd());
  const { providers, models, graphql } = loadConfig(setting, process.cwd(), processVariables());
  readTrustedDocuments(graphql.trusted_documents?.files ?? []);
  return { valid: true, file, providers: providers.map(({ id }) => id), models: models.map(({ name }) => name) };
}

/** A refusal in the shape of a report. */
function toReport(error: ConfigError): Report & { faults: object[] } {
  if (error instanceof ConfigFileError) return { valid: false, file: error.file, faults: [...error.faults] };
  return { valid: false, file: null, faults: [{ line: null, column: null, path: '', message: error.message }] };
}

export const configCommands: Command[] = [
  {
    name: 'config check',
    usage: '[FILE]',
    summary: 'Checks the environment and the config file, and says what they come to, or everything that is wrong.',
    positionals: { least: 0, most: 1 },
    async run({ positionals, values, print }) {
      try {
        const { file, providers, models, ...rest } = check(positionals[0] ?? readEnvironment().ANTIPHON_CONFIG);
        print({ ...rest, file, providers, models }, () =>
          [
            'The configuration is fine.',
            `file       ${file ?? 'none, the defaults hold'}`,
            `providers  ${providers.join(', ') || 'none'}`,
            `models     ${models.join(', ') || 'the built-in one'}`,
          ].join('\n'),
        );
      } catch (error) {
        if (!(error instanceof ConfigError) || values.json !== true) throw error;
        print(toReport(error), () => error.message);
        process.exitCode = 1;
      }
    },
  },
];
