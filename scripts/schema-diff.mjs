// What changed in the GraphQL schema: every change, breaking ones named as such.
//   node scripts/schema-diff.mjs [base] [--strict]
// `base` is a commit or a file. Default: the last commit, or the one before it if nothing has changed since, so that a
// change shows before it is committed and in the build of its commit. --strict: exit 1 when something breaks clients.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const root = fileURLToPath(new URL('..', import.meta.url));
const FILE = 'schema/schema.graphql';
const MARKS = { [CriticalityLevel.Breaking]: 'BREAKING', [CriticalityLevel.Dangerous]: 'dangerous' };

const args = process.argv.slice(2);
const isStrict = args.includes('--strict');
const named = args.find((arg) => !arg.startsWith('--'));

/** The schema as a commit has it, or null. */
function committed(commit) {
  const { status, stdout } = spawnSync('git', ['show', `${commit}:${FILE}`], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return status === 0 ? stdout : null;
}

const current = readFileSync(new URL(`../${FILE}`, import.meta.url), 'utf8');

/** The base and its schema. Where there is no history (a shallow clone, a package) there is nothing to compare with. */
function findBase() {
  if (named !== undefined) return [named, existsSync(named) ? readFileSync(named, 'utf8') : committed(named)];
  const head = committed('HEAD');
  return head === current ? ['HEAD~1', committed('HEAD~1')] : ['HEAD', head];
}

const [base, earlier] = findBase();
if (earlier === null) {
  console.log(`There is no ${FILE} at ${base} to compare with.`);
  process.exit(named === undefined ? 0 : 2);
}

const changes = await diff(buildSchema(earlier), buildSchema(current));
const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
console.log(
  changes.length === 0
    ? `The schema is the one of ${base}.`
    : `${changes.length} changes of the schema since ${base}, ${breaking.length} breaking:`,
);
const rank = ({ criticality }) => [CriticalityLevel.Breaking, CriticalityLevel.Dangerous].indexOf(criticality.level);
for (const change of changes.sort((a, b) => (rank(b) >= 0) - (rank(a) >= 0) || rank(a) - rank(b)))
  console.log(`${(MARKS[change.criticality.level] ?? 'safe').padEnd(10)} ${change.path ?? ''}: ${change.message}`);
process.exit(isStrict && breaking.length > 0 ? 1 : 0);
