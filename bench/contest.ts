import type { Contender, Question } from './contenders.js';
import type { Work } from './load.js';
import { alternate, figureOf, type Rounds, type RoundsOptions, type Spread, spreadOf, type Turn } from './rounds.js';
import type { Setting } from './setting.js';

/** Fewer requests than this have no p50 worth the name. */
const FEWEST = 150;

/** How a question is put: by so many clients one after another, or so many times a second. */
export type Manner = Pick<Work, 'clients' | 'count' | 'perSecond'>;

export const workOf = (contender: Contender, question: Question, manner: Manner): Work => ({
  port: contender.port,
  ...contender.ask(question),
  ...manner,
});

/** Puts one question to all of them, in turns. A slow one is asked less often, unless it is asked by the clock. */
export const contest = (
  setting: Setting,
  contenders: readonly Contender[],
  question: Question,
  manner: Manner,
  options: RoundsOptions,
): Promise<Rounds> =>
  alternate(
    contenders.map((contender) => {
      const least = Math.min(manner.count, FEWEST);
      const count =
        manner.perSecond === undefined ? Math.max(Math.round(manner.count * contender.share), least) : manner.count;
      return {
        name: contender.name,
        turn: () => setting.measure(contender.pid, workOf(contender, question, { ...manner, count }), count),
      };
    }),
    options,
  );

export const cpu = (turn: Turn): number => turn.cpuUs;
export const rate = (turn: Turn): number => turn.rate;
export const p50 = (turn: Turn): number => turn.p50Ms;
export const p99 = (turn: Turn): number => turn.p99Ms;

/** One contender's figure over another's, round by round. */
export const ratio = (rounds: Rounds, figure: (turn: Turn) => number, name: string, to: string): Spread | null =>
  spreadOf(rounds.kept, (round) => figureOf(name, figure)(round) / figureOf(to, figure)(round));

/** One contender's figure less another's, round by round. */
export const difference = (rounds: Rounds, figure: (turn: Turn) => number, name: string, less: string): Spread | null =>
  spreadOf(rounds.kept, (round) => figureOf(name, figure)(round) - figureOf(less, figure)(round));
