// Writes what is generated and committed: schema/ (but its operations), test/generated/, examples/generated/.
//   --check   write nothing; exit 1 and name the files that are not up to date
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, generate } from '@graphql-codegen/cli';

const root = fileURLToPath(new URL('..', import.meta.url));
const printed = ['schema.graphql', 'openapi.json', 'antiphon-config.schema.json'];
const check = process.argv.includes('--check');

/** Runs a local tool and tells whether it succeeded. */
function run(command, ...args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
  });
  if (error) console.error(error.message);
  return status === 0;
}

const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : null);

/** Prints the schemas beside the committed ones and compares. */
function schemasAreCurrent() {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-schema-'));
  try {
    const ran = run('tsx', 'src/cli/print-schema.ts', folder);
    const stale = ran ? printed.filter((file) => read(join(folder, file)) !== read(join(root, 'schema', file))) : [];
    if (stale.length > 0)
      console.error(`Not up to date: schema/${stale.join(', schema/')}. Run "npm run generate" and commit.`);
    return ran && stale.length === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What codegen.yml makes, as [path, text]. Nobody runs eslint here, so the line that switches it off is left out. */
async function typedOperations() {
  const context = await createContext({ config: join(root, 'codegen.yml'), project: undefined, silent: true });
  context.updateConfig({ cwd: root });
  const files = await generate(context, false);
  return files.map(({ filename, content }) => [join(root, filename), content.replace('/* eslint-disable */\n', '')]);
}

const schemasAreRight = check ? schemasAreCurrent() : run('tsx', 'src/cli/print-schema.ts');
const operations = schemasAreRight ? await typedOperations() : [];
const stale = operations.filter(([path, content]) => read(path) !== content);
if (check && stale.length > 0) {
  const names = stale.map(([path]) => relative(root, path)).join(', ');
  console.error(`Not up to date: ${names}. Run "npm run generate" and commit.`);
}
if (!check)
  for (const [path, content] of stale) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
process.exit(schemasAreRight && (!check || stale.length === 0) ? 0 : 1);
