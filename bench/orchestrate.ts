import { existsSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CLAIMS, unkeptClaims } from './claims.js';
import { startContenders } from './contenders.js';
import { checkDurability } from './durability.js';
import { rssMiB } from './processor.js';
import { type Conditions, type Detail, type Finding, once, toJson, toMarkdown } from './report.js';
import type { RoundsOptions } from './rounds.js';
import { measureChain } from './scenarios/chain.js';
import { measureCreates } from './scenarios/create.js';
import { measureDocuments } from './scenarios/documents.js';
import { measureDrift } from './scenarios/drift.js';
import { measureDrops } from './scenarios/drops.js';
import { measureHotBudget } from './scenarios/hot-budget.js';
import { measureIngest } from './scenarios/ingest.js';
import { measureLists } from './scenarios/lists.js';
import { measureMoney } from './scenarios/money.js';
import { measureOverload } from './scenarios/overload.js';
import { measurePace } from './scenarios/pace.js';
import { measurePages } from './scenarios/pages.js';
import { measurePeers } from './scenarios/peers.js';
import { measurePrompts } from './scenarios/prompts.js';
import { measureSearch } from './scenarios/search.js';
import { measureSoak } from './scenarios/soak.js';
import { measureStart } from './scenarios/start.js';
import { countStatements } from './scenarios/statements.js';
import { measureStreams } from './scenarios/streams.js';
import { measureSubscribers } from './scenarios/subscribers.js';
import { createSetting, obstacle } from './setting.js';

/** What runs unless `--only` says otherwise, and what only runs when it is named, because it takes long. */
const PARTS = [
  ...['create', 'peers', 'pace', 'prompts', 'hot-budget', 'streams', 'chain', 'start', 'statements', 'documents'],
  ...['ingest', 'search', 'lists', 'pages', 'subscribers', 'drops', 'money', 'overload'],
];
const LONG_PARTS = ['drift', 'soak'];

/**
 * `npm run bench`: measures the built server against a bare proxy and prints every goal beside what came out, once kill -9 has
 * lost nothing that this very configuration had acknowledged. Goals are not enforced unless asked: ratios belong to a quiet
 * machine and to whoever reads them. Other gateways are measured beside it once they are installed: npm ci --prefix bench/peers.
 *
 *   --only create,streams   some of PARTS and LONG_PARTS
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
    only: { type: 'string', default: PARTS.join(',') },
    minutes: { type: 'string', default: '10' },
    requests: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    foreign: { type: 'string', default: '0.3' },
    json: { type: 'string' },
    gate: { type: 'boolean', default: false },
    root: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
  },
});

async function bench(): Promise<void> {
  const only = new Set(values.only.split(','));
  const root = path.resolve(values.root);
  const rounds = Number(values.rounds);
  const options: RoundsOptions = { rounds, maxRounds: rounds * 4, maxForeignCores: Number(values.foreign) };
  const findings: Finding[] = [];
  const details: Detail[] = [];
  const add = (measured: { findings: Finding[]; details: Detail[] }): void => {
    findings.push(...measured.findings);
    details.push(...measured.details);
  };

  const load = loadavg()[0] ?? 0;
  const setting = await createSetting(root);
  let conditions: Conditions;
  try {
    const durability = await checkDurability(setting);
    if (durability.faults.length > 0) {
      console.error(`Nothing is measured, because this configuration loses data:\n${durability.faults.join('\n')}`);
      process.exitCode = 1;
      return;
    }
    const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim()}, Linux ${release()}`;
    conditions = { node: process.version, machine, load, durability };
    if (only.has('create')) add(await measureCreates(setting, options));
    if (['peers', 'pace', 'prompts', 'streams'].some((part) => only.has(part))) {
      const contenders = await startContenders(setting);
      try {
        if (only.has('peers')) add(await measurePeers(setting, contenders, options));
        if (only.has('pace')) add(await measurePace(setting, contenders, options));
        if (only.has('streams')) add(await measureStreams(setting, contenders, options));
        if (only.has('prompts')) add(await measurePrompts(setting, contenders, options));
      } finally {
        await contenders.stop();
      }
    }
    if (only.has('hot-budget')) add(await measureHotBudget(setting, options));
    if (only.has('chain')) findings.push(...(await measureChain(setting)));
    if (only.has('drift')) findings.push(...(await measureDrift(setting, Number(values.requests))));
    if (only.has('soak')) findings.push(...(await measureSoak(setting, Number(values.minutes))));
    if (only.has('documents')) findings.push(...measureDocuments());
    if (only.has('statements')) findings.push(...(await countStatements(setting)));
    if (only.has('ingest')) findings.push(...(await measureIngest(setting)));
    if (only.has('lists')) add(await measureLists(setting, options));
    if (only.has('pages')) add(await measurePages(setting, options));
    if (only.has('subscribers')) findings.push(...(await measureSubscribers(setting)));
    if (only.has('drops')) findings.push(...(await measureDrops(setting)));
    if (only.has('search')) findings.push(...(await measureSearch(setting)));
    if (only.has('money')) add(await measureMoney(setting, options));
    if (only.has('overload')) findings.push(...(await measureOverload(setting)));
    if (only.has('start')) findings.push(...(await measureStart(root, setting.folder)));
    findings.push({
      scenario: 'after the load above',
      figure: 'resident memory of the gateway process',
      goal: null,
      unit: 'MiB',
      measured: once(rssMiB(setting.gateway.pid)),
    });
  } finally {
    await setting.close();
  }
  console.log(toMarkdown(conditions, findings, details));
  if (values.json !== undefined) writeFileSync(values.json, `${toJson(conditions, findings, details)}\n`);
  if (!values.gate) return;
  const unkept = unkeptClaims(CLAIMS, findings, only);
  console.log(unkept.length === 0 ? '\nGate: every claim holds.' : `\nGate: not kept:\n${unkept.join('\n')}`);
  if (unkept.length > 0) process.exitCode = 1;
}

const unknown = values.only.split(',').filter((part) => ![...PARTS, ...LONG_PARTS].includes(part));
const hindrance =
  obstacle() ??
  (unknown.length > 0 ? `There is no part ${unknown.join(', ')}: ${[...PARTS, ...LONG_PARTS].join(', ')}.` : null) ??
  (existsSync(path.join(values.root, 'dist', 'main.js')) ? null : 'Nothing is built. Run "npm run build" first.');
if (hindrance === null) await bench();
else {
  console.error(hindrance);
  process.exitCode = 1;
}
