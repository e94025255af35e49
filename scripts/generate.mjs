// Writes what is generated and committed: schema/schema.graphql, schema/openapi.json, test/generated/.
//   --check   write nothing; exit 1 and name the files that are not up to date
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const printed = ['schema/schema.graphql', 'schema/openapi.json'];
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

const read = (file) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : null);

/** Prints the schemas, compares them with the committed ones, and puts those back. */
function schemasAreCurrent() {
  const committed = new Map(printed.map((file) => [file, read(file)]));
  const ran = run('tsx', 'src/cli/print-schema.ts');
  const stale = printed.filter((file) => read(file) !== committed.get(file));
  for (const [file, text] of committed) {
    if (text === null) rmSync(join(root, file), { force: true });
    else writeFileSync(join(root, file), text);
  }
  if (stale.length > 0) console.error(`Not up to date: ${stale.join(', ')}. Run "npm run generate" and commit.`);
  return ran && stale.length === 0;
}

if (check) {
  const schemas = schemasAreCurrent();
  const operations = run('graphql-codegen', '--config', 'codegen.yml', '--check');
  if (!operations) console.error('Not up to date: test/generated/. Run "npm run generate" and commit.');
  process.exit(schemas && operations ? 0 : 1);
}
process.exit(run('tsx', 'src/cli/print-schema.ts') && run('graphql-codegen', '--config', 'codegen.yml') ? 0 : 1);
