import { toPublicId } from '../../domain/ids.js';
import { type StoragePriceVersion, storagePriceTerms } from '../../domain/price-version.js';
import { type Command, secondsOf, textOf } from '../command.js';
import { everyRow as all } from '../every-row.js';
import { printTable, printTime } from '../table.js';

const project = { project: { type: 'string' } } as const;

const storagePriceJson = (version: StoragePriceVersion) => ({
  id: toPublicId('storagePrice', version.id),
  ...storagePriceTerms(version),
  effective_at: new Date(version.effectiveAtMs).toISOString(),
});

/** What vector stores cost by their size. */
export const storagePriceCommands: Command[] = [
  {
    name: 'prices storage set',
    usage: 'AMOUNT [--from DATE] [--project NAME]',
    summary: 'Sets what a GB in vector stores costs the project for a day.',
    options: { ...project, from: { type: 'string' } },
    positionals: { least: 1, most: 1 },
    async run({ values, positionals, open, print }) {
      const body = { gb_day: positionals[0], effective_at: secondsOf('from', textOf(values, 'from')) };
      const { storagePrices, actorIn } = await open();
      const price = await storagePrices.create(await actorIn(textOf(values, 'project')), body);
      print(storagePriceJson(price), () => toPublicId('storagePrice', price.id));
    },
  },
  {
    name: 'prices storage list',
    usage: '[--project NAME]',
    summary: 'Lists the prices the project has set for its vector stores, newest first.',
    options: project,
    async run({ values, open, print }) {
      const { storagePrices, actorIn } = await open();
      const actor = await actorIn(textOf(values, 'project'));
      const rows = await all((page) => storagePrices.list(actor, page));
      print(rows.map(storagePriceJson), () =>
        printTable(
          ['ID', 'FROM', 'GB DAY'],
          rows.map((version) => {
            const { id, gb_day } = storagePriceJson(version);
            return [id, printTime(version.effectiveAtMs), gb_day];
          }),
        ),
      );
    },
  },
  {
    name: 'prices storage delete',
    usage: 'PRICE_ID [--project NAME]',
    summary: 'Takes back a price of vector stores that does not hold yet.',
    options: project,
    positionals: { least: 1, most: 1 },
    async run({ values, positionals, open, print }) {
      const { storagePrices, actorIn } = await open();
      const id = positionals[0] as string;
      await storagePrices.delete(await actorIn(textOf(values, 'project')), id);
      print({ id, deleted: true }, () => `${id} is deleted.`);
    },
  },
];
