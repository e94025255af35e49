import { type Durability, durabilityLine } from './durability.js';
import type { Rounds, Spread, Turn } from './rounds.js';
import { figureOf, spreadOf } from './rounds.js';

/** One line of the result: what was promised and what came out. */
export interface Finding {
  scenario: string;
  figure: string;
  /** The most the figure may be, or the least. Null: shown for information. */
  goal: number | null;
  /** True if more is better. */
  isLeast?: boolean;
  unit: string;
  /** Null: no verdict, too few undisturbed rounds. */
  measured: Spread | null;
  note?: string;
}

/** The raw figures behind the findings of one scenario. */
export interface Detail {
  scenario: string;
  rounds: Rounds;
}

/** A figure that was measured once. */
export const once = (value: number): Spread => ({ median: value, min: value, max: value });

const digits = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(2) : Math.round(value).toString());

function print({ measured }: Finding): string {
  if (measured === null) return 'no verdict';
  const { median, min, max } = measured;
  return min === max ? digits(median) : `${digits(median)} [${digits(min)}..${digits(max)}]`;
}

/** Whether the figure keeps to its goal, or to one eased by a share of it. Null: there is no verdict. */
export function isReached({ goal, isLeast, measured }: Finding, easedBy = 0): boolean | null {
  if (goal === null || measured === null) return null;
  return isLeast === true ? measured.median >= goal * (1 - easedBy) : measured.median <= goal * (1 + easedBy);
}

function verdict(finding: Finding): string {
  if (finding.goal === null) return '';
  const reached = isReached(finding);
  if (reached === null) return 'no verdict';
  return reached ? 'reached' : '**missed**';
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** What the figures belong to. */
export interface Conditions {
  node: string;
  machine: string;
  /** Load average of the last minute before it began. */
  load: number;
  durability: Durability;
}

const conditionLines = ({ node, machine, load, durability }: Conditions): string =>
  [`Node ${node}, ${machine}, load ${load.toFixed(2)} before it began.`, durabilityLine(durability)].join('\n');

/** The conditions, findings against their goals, then what every target did, as Markdown. */
export function toMarkdown(conditions: Conditions, findings: readonly Finding[], details: readonly Detail[]): string {
  const goals = table(
    ['scenario', 'figure', 'goal', 'measured: median [range]', '', 'note'],
    findings.map((finding) => [
      finding.scenario,
      finding.figure,
      finding.goal === null ? '' : `${finding.isLeast === true ? '≥' : '≤'} ${finding.goal} ${finding.unit}`,
      `${print(finding)}${finding.measured === null ? '' : ` ${finding.unit}`}`,
      verdict(finding),
      finding.note ?? '',
    ]),
  );
  const columns: [string, (turn: Turn) => number][] = [
    ['CPU µs', (turn) => turn.cpuUs],
    ['database CPU µs', (turn) => turn.childrenUs],
    ['units/s', (turn) => turn.rate],
    ['p50 ms', (turn) => turn.p50Ms],
    ['p99 ms', (turn) => turn.p99Ms],
    ['failures', (turn) => turn.failures],
    ['loader lag p99 ms', (turn) => turn.ownLagP99Ms],
    ['foreign cores', (turn) => turn.foreignCores],
  ];
  const turns = details.flatMap(({ scenario, rounds }) =>
    [...(rounds.kept[0]?.keys() ?? [])].map((name) => [
      scenario,
      name,
      `${rounds.kept.length} kept, ${rounds.dropped} dropped`,
      ...columns.map(([, figure]) => {
        const spread = spreadOf(rounds.kept, figureOf(name, figure));
        return spread === null ? '–' : digits(spread.median);
      }),
    ]),
  );
  return [
    conditionLines(conditions),
    goals,
    table(['scenario', 'target', 'rounds', ...columns.map(([name]) => name)], turns),
  ].join('\n\n');
}

/** The same as data, every round included. */
export const toJson = (conditions: Conditions, findings: readonly Finding[], details: readonly Detail[]): string =>
  JSON.stringify(
    {
      at: new Date().toISOString(),
      conditions,
      findings,
      rounds: details.map(({ scenario, rounds }) => ({
        scenario,
        dropped: rounds.dropped,
        kept: rounds.kept.map((round) => Object.fromEntries(round)),
      })),
    },
    null,
    2,
  );
