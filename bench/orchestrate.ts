import { existsSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CLAIMS, unkeptClaims } from './claims.js';
import { type Contenders, startContenders } from './contenders.js';
import { checkDurability } from './durability.js';
import { type Contest, isLong, PARTS, type Part, type PartOptions } from './parts.js';
import { rssMiB } from './processor.js';
import { type Detail, type Finding, once, toJson, toMarkdown } from './report.js';
import { createSetting, obstacle, type Setting } from './setting.js';

/**
 * `npm run bench`: measures the built server against a bare proxy and prints every goal beside what came out, once kill -9 has
 * lost nothing that this very configuration had acknowledged. Goals are not enforced unless asked: ratios belong to a quiet
 * machine and to whoever reads them. Other gateways are measured beside it once they are installed: npm ci --prefix bench/peers.
 *
 *   --only create,streams   some of the parts (parts.ts); without it, all that do not take long
 *   --minutes 10            length of the soak
 *   --requests 1000000      of the drift
 *   --rounds 5              undisturbed rounds to keep
 *   --foreign 0.3           cores that others may use in a round that counts
 *   --gate                  ends with 1 if a goal that docs/performance.md claims (claims.ts) is missed; never for CI
 *   --json file             every round as data
 *   --root folder           measure the build in another folder
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    minutes: { type: 'string', default: '10' },
    requests: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    foreign: { type: 'string', default: '0.3' },
    json: { type: 'string' },
    gate: { type: 'boolean', default: false },
    root: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
  },
});

async function bench(parts: readonly (Part | Contest)[]): Promise<void> {
  const rounds = Number(values.rounds);
  const options: PartOptions = {
    rounds: { rounds, maxRounds: rounds * 4, maxForeignCores: Number(values.foreign) },
    minutes: Number(values.minutes),
    requests: Number(values.requests),
  };
  const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim()}, Linux ${release()}`;
  const load = loadavg()[0] ?? 0;
  const setting = await createSetting(path.resolve(values.root));
  try {
    const durability = await checkDurability(setting);
    if (durability.faults.length > 0) {
      console.error(`Nothing is measured, because this configuration loses data:\n${durability.faults.join('\n')}`);
      process.exitCode = 1;
      return;
    }
    const conditions = { node: process.version, machine, load, durability };
    const { findings, details } = await measureAll(setting, parts, options);
    console.log(toMarkdown(conditions, findings, details));
    if (values.json !== undefined) writeFileSync(values.json, `${toJson(conditions, findings, details)}\n`);
    if (values.gate) gate(findings, new Set(parts.map(({ name }) => name)));
  } finally {
    await setting.close();
  }
}

/** One part after another. One that fails is told of and makes the whole fail, but the others are measured. */
async function measureAll(
  setting: Setting,
  parts: readonly (Part | Contest)[],
  options: PartOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const findings: Finding[] = [];
  const details: Detail[] = [];
  let contenders: Contenders | null = null;
  for (const [index, part] of parts.entries()) {
    const startedMs = performance.now();
    const tell = (how: string): void =>
      console.error(
        `${index + 1}/${parts.length} ${part.name}: ${how} ${((performance.now() - startedMs) / 1000).toFixed(0)} s`,
      );
    try {
      if ('compare' in part) contenders ??= await startContenders(setting);
      else if (contenders !== null) {
        await contenders.stop();
        contenders = null;
      }
      const measured = await ('compare' in part
        ? part.compare(setting, contenders as Contenders, options)
        : part.measure(setting, options));
      findings.push(...(Array.isArray(measured) ? measured : measured.findings));
      if (!Array.isArray(measured)) details.push(...measured.details);
      tell('measured in');
    } catch (error) {
      tell('failed after');
      console.error(error);
      process.exitCode = 1;
    }
  }
  await contenders?.stop();
  findings.push({
    scenario: 'after the load above',
    figure: 'resident memory of the gateway process',
    goal: null,
    unit: 'MiB',
    measured: once(rssMiB(setting.gateway.pid)),
  });
  return { findings, details };
}

function gate(findings: readonly Finding[], parts: ReadonlySet<string>): void {
  const unkept = unkeptClaims(CLAIMS, findings, parts);
  console.log(unkept.length === 0 ? '\nGate: every claim holds.' : `\nGate: not kept:\n${unkept.join('\n')}`);
  if (unkept.length > 0) process.exitCode = 1;
}

const names = values.only?.split(',');
const unknown = names?.filter((name) => !PARTS.some((part) => part.name === name)) ?? [];
const hindrance =
  obstacle() ??
  (unknown.length > 0
    ? `There is no part ${unknown.join(', ')}: ${PARTS.map((part) => part.name).join(', ')}.`
    : null) ??
  (existsSync(path.join(values.root, 'dist', 'main.js')) ? null : 'Nothing is built. Run "npm run build" first.');
if (hindrance === null)
  await bench(PARTS.filter((part) => (names === undefined ? !isLong(part) : names.includes(part.name))));
else {
  console.error(hindrance);
  process.exitCode = 1;
}
