// Compiles the server and bundles the playground into dist/.
//   (no flag)       build
//   --if-missing    build unless dist/ is there already (npm start)
//   --if-possible   build unless the build tools were left out of the install (npm ci --omit=dev)
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const staging = join(root, 'dist.tmp');
const source = join(root, 'src');
const playground = join(source, 'playground', 'app');
const flags = process.argv.slice(2);

if (flags.includes('--if-missing') && existsSync(join(dist, 'main.js'))) process.exit(0);

const hasTools = ['typescript', 'vite'].every((name) => existsSync(join(root, 'node_modules', name)));
if (!hasTools) {
  const optional = flags.includes('--if-possible');
  console.error(
    optional
      ? 'Not building: the build tools are not installed (--omit=dev). "npm start" needs dist/ from a full install.'
      : 'Cannot build: the build tools are not installed. Run "npm ci" without --omit=dev, or bring a built dist/ along.',
  );
  process.exit(optional ? 0 : 1);
}

const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);

/** Runs one build tool; the build ends with its exit code if it fails. */
function run(command, ...args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: path },
  });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
}

// Built beside dist/ and renamed at the end: a build that stops half way never looks like a finished one,
// and files of deleted sources do not linger.
rmSync(staging, { recursive: true, force: true });
run('tsc', '-p', 'tsconfig.build.json', '--outDir', staging);
cpSync(source, staging, {
  recursive: true,
  filter: (file) => !file.startsWith(playground) && !/\.tsx?$/.test(file.split(sep).at(-1)),
});
run('vite', 'build', playground, '--outDir', join(staging, 'playground'), '--logLevel', 'warn');
rmSync(dist, { recursive: true, force: true });
renameSync(staging, dist);
