/** What one turn of one target measured. */
export interface Turn {
  /** CPU of the target's own process per unit of work, in microseconds. */
  cpuUs: number;
  /** CPU of its children (the database) per unit of work, in microseconds. */
  childrenUs: number;
  /** Cores that processes outside of this benchmark used meanwhile. */
  foreignCores: number;
  /** Units per second. */
  rate: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
  firstFailure: string | null;
  ownLagP99Ms: number;
}

export interface Target {
  name: string;
  turn(): Promise<Turn>;
}

/** One turn of every target, by name. */
export type Round = ReadonlyMap<string, Turn>;

export interface RoundsOptions {
  /** Rounds to keep. */
  rounds: number;
  /** Rounds to try; a busy machine spoils some. */
  maxRounds: number;
  /** A round in which others used more than this is dropped, not averaged. */
  maxForeignCores: number;
}

export interface Rounds {
  kept: Round[];
  dropped: number;
}

/** Runs targets in turns, A B C then C B A, so that neither order nor drift favours one. */
export async function alternate(targets: readonly Target[], options: RoundsOptions): Promise<Rounds> {
  const kept: Round[] = [];
  let dropped = 0;
  for (let tried = 0; tried < options.maxRounds && kept.length < options.rounds; tried += 1) {
    const round = new Map<string, Turn>();
    for (const target of tried % 2 === 0 ? targets : targets.toReversed()) round.set(target.name, await target.turn());
    const isQuiet = [...round.values()].every((turn) => turn.foreignCores <= options.maxForeignCores);
    if (isQuiet) kept.push(round);
    else dropped += 1;
  }
  return { kept, dropped };
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Fewer rounds than this say nothing. */
export const LEAST_ROUNDS = 3;

/** A figure of every round, as median and range; null, no verdict, if there were too few rounds. */
export const spreadOf = (rounds: readonly Round[], figure: (round: Round) => number): Spread | null =>
  rounds.length < LEAST_ROUNDS ? null : spreadOfValues(rounds.map(figure));

/** Median and range. */
export function spreadOfValues(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] as number)
      : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number };
}

/** The same figure of one target in every round. */
export const figureOf =
  (name: string, figure: (turn: Turn) => number) =>
  (round: Round): number =>
    figure(round.get(name) as Turn);
