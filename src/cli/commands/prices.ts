import { toPublicId } from '../../domain/ids.js';
import { type PriceVersion, priceTerms } from '../../domain/price-version.js';
import { type Command, requiredText, secondsOf, textOf, textsOf } from '../command.js';
import { everyRow as all } from '../every-row.js';
import { printTable, printTime } from '../table.js';
import { storagePriceCommands } from './storage-prices.js';

const project = { project: { type: 'string' } } as const;

const priceJson = (version: PriceVersion) => ({
  id: toPublicId('price', version.id),
  ...priceTerms(version),
  effective_at: new Date(version.effectiveAtMs).toISOString(),
});

/** What models and storage cost. */
export const priceCommands: Command[] = [
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
  ...storagePriceCommands,
];
