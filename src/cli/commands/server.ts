import { processVariables, readEnvironment } from '../../config/env.js';
import { loadConfig } from '../../config/read-config.js';
import type { Command } from '../command.js';

/** The server and what it starts from. */
export const serverCommands: Command[] = [
  {
    name: 'serve',
    usage: '',
    summary: 'Starts the server, as npm start does.',
    async run() {
      await import('../../serve.js');
    },
  },
  {
    name: 'migrate',
    usage: '',
    summary: 'Brings the database up to date, as every start does.',
    async run({ open, print }) {
      await open();
      print({ migrated: true }, () => 'The database is up to date.');
    },
  },
  {
    name: 'config check',
    usage: '[FILE]',
    summary: 'Checks the environment and the config file, and says what they come to.',
    positionals: { least: 0, most: 1 },
    async run({ positionals, print }) {
      const { ANTIPHON_CONFIG } = readEnvironment();
      const { providers, models } = loadConfig(positionals[0] ?? ANTIPHON_CONFIG, process.cwd(), processVariables());
      const found = { providers: providers.map(({ id }) => id), models: models.map(({ name }) => name) };
      print({ valid: true, ...found }, () =>
        [
          'The configuration is fine.',
          `providers  ${found.providers.join(', ') || 'none'}`,
          `models     ${found.models.join(', ') || 'the built-in one'}`,
        ].join('\n'),
      );
    },
  },
];
