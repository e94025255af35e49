// Everything that can be said about the code without running it. Every step runs, so that one round shows all faults.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const steps = [
  ['types', 'tsc', '--noEmit'],
  ['types of the playground', 'tsc', '--noEmit', '-p', 'src/playground/app'],
  ['lint and format', 'biome', 'ci', '--colors=off', '--error-on-warnings', '--max-diagnostics=100', '.'],
  ['dependency direction', 'depcruise', '--config', '.dependency-cruiser.js', 'src'],
  ['unused code', 'knip', '--no-progress'],
  ['generated files', 'node', 'scripts/generate.mjs', '--check'],
  ['GraphQL schema', 'eslint', 'schema/schema.graphql'],
  ['changes of the GraphQL schema', 'node', 'scripts/schema-diff.mjs'],
];
// The examples have packages of their own: npm ci --prefix examples.
const relayCompiler = join(root, 'examples', 'node_modules', '.bin', 'relay-compiler');
if (existsSync(relayCompiler)) {
  steps.push(['operations of the Relay example', relayCompiler]);
  steps.push(['types of the examples', 'tsc', '--noEmit', '-p', 'examples']);
} else console.log('skipped the types of the examples: their packages are not installed (npm ci --prefix examples)');
/** What is worth reading although nothing is wrong. */
const shown = new Set(['changes of the GraphQL schema']);

const failed = [];
for (const [name, command, ...args] of steps) {
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    // The Relay compiler looks for its settings, and for what they name, where it is run.
    cwd: command === relayCompiler ? join(root, 'examples') : root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (status === 0) {
    console.log(`ok      ${name} (${seconds} s)`);
    if (shown.has(name)) console.log(stdout.trimEnd().replaceAll(/^/gm, '        '));
    continue;
  }
  failed.push(name);
  console.log(`FAILED  ${name} (${seconds} s): ${[command, ...args].join(' ')}`);
  console.log([stdout, stderr, error?.message].filter(Boolean).join('\n').trimEnd());
}
console.log(failed.length === 0 ? 'check: all good' : `check: failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
