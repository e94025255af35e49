// Writes what is generated and committed: schema/ (but its operations), test/generated/, examples/generated/.
//   --check   write nothing; exit 1 and name the files that are not up to date
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

if (check) {
  const schemas = schemasAreCurrent();
  const operations = run('graphql-codegen', '--config', 'codegen.yml', '--check');
  if (!operations)
    console.error('Not up to date: test/generated/ or examples/generated/. Run "npm run generate" and commit.');
  process.exit(schemas && operations ? 0 : 1);
}
process.exit(run('tsx', 'src/cli/print-schema.ts') && run('graphql-codegen', '--config', 'codegen.yml') ? 0 : 1);
