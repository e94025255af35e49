import type { Project } from '../../domain/api-key.js';
import { toPublicId } from '../../domain/ids.js';
import { type Command, requiredText } from '../command.js';
import { printTable, printTime } from '../table.js';

const toJson = ({ id, name, createdAtMs }: Project) => ({
  id: toPublicId('project', id),
  name,
  created_at: new Date(createdAtMs).toISOString(),
});

/** Projects: tenants that see nothing of each other. */
export const projectCommands: Command[] = [
  {
    name: 'projects create',
    usage: '--name NAME',
    summary: 'Makes a project; its keys are made with keys create --project NAME.',
    options: { name: { type: 'string' } },
    async run({ values, open, print }) {
      const name = requiredText(values, 'name');
      const { projects, actorIn } = await open();
      const project = await projects.create(await actorIn(undefined), { name });
      print(toJson(project), () => toPublicId('project', project.id));
    },
  },
  {
    name: 'projects list',
    usage: '',
    summary: 'Lists projects, the default one first.',
    async run({ open, print }) {
      const { projects } = await open();
      const found: Project[] = [];
      for (let after: string | null = null, isMore = true; isMore; ) {
        const page = await projects.list({ limit: 100, order: 'asc', after, before: null, fromEnd: false });
        found.push(...page.rows);
        after = page.rows.at(-1)?.id ?? null;
        isMore = page.hasNext;
      }
      print(found.map(toJson), () =>
        printTable(
          ['ID', 'CREATED', 'NAME'],
          found.map(({ id, name, createdAtMs }) => [
            toPublicId('project', id),
            printTime(createdAtMs).slice(0, 10),
            name,
          ]),
        ),
      );
    },
  },
];
