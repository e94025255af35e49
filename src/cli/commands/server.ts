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
];
