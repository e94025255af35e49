import type { Contenders } from './contenders.js';
import type { Detail, Finding } from './report.js';
import type { RoundsOptions } from './rounds.js';
import { measureChain } from './scenarios/chain.js';
import { measureCreates } from './scenarios/create.js';
import { measureDocuments } from './scenarios/documents.js';
import { measureDoors } from './scenarios/doors.js';
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
import { measureRefusals } from './scenarios/refusals.js';
import { measureSearch } from './scenarios/search.js';
import { measureSoak } from './scenarios/soak.js';
import { measureStalled } from './scenarios/stalled.js';
import { measureStart } from './scenarios/start.js';
import { countStatements } from './scenarios/statements.js';
import { measureStreams } from './scenarios/streams.js';
import { measureSubscribers } from './scenarios/subscribers.js';
import type { Setting } from './setting.js';

export interface PartOptions {
  rounds: RoundsOptions;
  /** Length of the soak. */
  minutes: number;
  /** Of the drift. */
  requests: number;
}

type Measured = Finding[] | { findings: Finding[]; details: Detail[] };

/** What `--only` can name. */
export interface Part {
  name: string;
  /** Takes long: runs only when it is named. */
  isLong?: true;
  measure(setting: Setting, options: PartOptions): Promise<Measured> | Measured;
}

/** A part that compares with other gateways. */
export interface Contest {
  name: string;
  compare(setting: Setting, contenders: Contenders, options: PartOptions): Promise<Measured>;
}

/** In the order in which they run: contests come together, because the others are started for them. */
export const PARTS: readonly (Part | Contest)[] = [
  { name: 'create', measure: (setting, { rounds }) => measureCreates(setting, rounds) },
  { name: 'peers', compare: (setting, contenders, { rounds }) => measurePeers(setting, contenders, rounds) },
  { name: 'pace', compare: (setting, contenders, { rounds }) => measurePace(setting, contenders, rounds) },
  { name: 'streams', compare: (setting, contenders, { rounds }) => measureStreams(setting, contenders, rounds) },
  { name: 'prompts', compare: (setting, contenders, { rounds }) => measurePrompts(setting, contenders, rounds) },
  { name: 'hot-budget', measure: (setting, { rounds }) => measureHotBudget(setting, rounds) },
  { name: 'chain', measure: measureChain },
  { name: 'drift', isLong: true, measure: (setting, { requests }) => measureDrift(setting, requests) },
  { name: 'soak', isLong: true, measure: (setting, { minutes }) => measureSoak(setting, minutes) },
  { name: 'documents', measure: measureDocuments },
  { name: 'statements', measure: countStatements },
  { name: 'ingest', measure: measureIngest },
  { name: 'doors', measure: (setting, { rounds }) => measureDoors(setting, rounds) },
  { name: 'lists', measure: (setting, { rounds }) => measureLists(setting, rounds) },
  { name: 'pages', measure: (setting, { rounds }) => measurePages(setting, rounds) },
  { name: 'subscribers', measure: measureSubscribers },
  { name: 'drops', measure: measureDrops },
  { name: 'stalled', measure: measureStalled },
  { name: 'search', measure: measureSearch },
  { name: 'money', measure: (setting, { rounds }) => measureMoney(setting, rounds) },
  { name: 'refusals', measure: (setting, { rounds }) => measureRefusals(setting, rounds) },
  { name: 'overload', measure: measureOverload },
  { name: 'start', measure: ({ root, folder }) => measureStart(root, folder) },
];

export const isLong = (part: Part | Contest): boolean => 'isLong' in part;
