import { setTimeout as sleep } from 'node:timers/promises';
import type { CountingUpstream, Script } from './counting-upstream.js';
import { type Door, knock, type Outcome } from './doors.js';
import { between, oneOf, type Random, seeded } from './random.js';
import type { Purse, Till } from './till.js';

export interface RaceOptions {
  /** `…/v1` of the processes that take requests; asked before each, so that one may die. */
  baseUrls(): readonly string[];
  keys: readonly string[];
  model: string;
  doors: readonly Door[];
  till: Till;
  requests: number;
  /** Requests under way at once. */
  concurrency: number;
  /** Longest answer that is asked for. */
  maxTokens: number;
  /** Share of requests whose client leaves, or cancels. */
  leaving: number;
  /** Share of requests whose upstream refuses or breaks. */
  failing: number;
  endUsers: readonly string[];
  /** What the server's model really is. Null: somebody else's, so nobody knows when it falls silent. */
  upstream: CountingUpstream | null;
  seed: number;
  /** Called before each request with its number, from 1. */
  onRequest?(n: number): void;
  /** Number of the first request, so that races of one upstream can be told apart. @default 1 */
  first?: number;
}

export interface RaceReport {
  outcomes: Record<Outcome | 'lost', number>;
  /** How often the books were looked into while money moved. */
  moments: number;
  /** Purses that held more than their limit, in words; empty is how it has to be. */
  overspent: string[];
  /** The fullest any purse was, in percent of its limit. */
  fullest: number;
  /** Which process each request was sent to. */
  sentTo: Map<number, string>;
  /** What no budget explains, in words. */
  faults: string[];
  elapsedMs: number;
}

/** How long a client waits before it leaves a model that says nothing any more: what it said has arrived by then. */
const LINGER_MS = 400;

/**
 * Requests of random cost through random doors, by clients some of whom leave, to a model that sometimes breaks; and all the
 * while a look into the books.
 */
export async function race(options: RaceOptions): Promise<RaceReport> {
  const random = seeded(options.seed);
  const report: RaceReport = {
    outcomes: { answered: 0, denied: 0, failed: 0, left: 0, lost: 0 },
    moments: 0,
    overspent: [],
    fullest: 0,
    sentTo: new Map(),
    faults: [],
    elapsedMs: 0,
  };
  const startedMs = performance.now();
  const watching = watch(options.till, report);
  let next = options.first ?? 1;
  const end = next + options.requests;
  const client = async (): Promise<void> => {
    while (next < end) {
      const n = next;
      next += 1;
      options.onRequest?.(n);
      report.outcomes[await run(n, options, random, report)] += 1;
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, client));
  await watching.stop();
  report.elapsedMs = performance.now() - startedMs;
  return report;
}

async function run(n: number, options: RaceOptions, random: Random, report: RaceReport): Promise<Outcome | 'lost'> {
  const { upstream } = options;
  const door = oneOf(random, options.doors);
  const chance = random();
  const leaves = chance < options.leaving && door !== 'embeddings';
  const fails = !leaves && chance < options.leaving + options.failing;
  const tokens = between(random, 1, options.maxTokens);
  const fate = leaves ? 'silent' : fails ? oneOf(random, ['broken', 'refused'] as const) : 'whole';
  const script: Script = { n, tokens, fate: upstream === null ? 'whole' : fate };
  const leaving = new AbortController();
  const baseUrl = oneOf(random, options.baseUrls());
  report.sentTo.set(n, baseUrl);
  const key = oneOf(random, options.keys);
  const call = {
    baseUrl,
    key,
    model: options.model,
    script,
    maxTokens: Math.max(16, between(random, Math.ceil(tokens / 2), options.maxTokens)),
    endUser: oneOf(random, options.endUsers),
    signal: leaving.signal,
  };
  const quiet =
    upstream === null ? sleep(between(random, 1, 200)) : upstream.fellSilent(n).then(() => sleep(LINGER_MS));
  if (leaves && door !== 'background') void quiet.then(() => leaving.abort());
  try {
    return await knock(door, call, async (id) => {
      if (leaves) await cancel(call, id, quiet);
    });
  } catch (error) {
    if (leaving.signal.aborted) return 'left';
    // A process that was killed takes its connections with it.
    if (error instanceof TypeError || !options.baseUrls().includes(baseUrl)) return 'lost';
    report.faults.push(`${door} ${n}: ${(error as Error).message}`);
    return 'failed';
  }
}

/** Cancels a background response once its model is silent; it may have been refused before. */
async function cancel(
  { baseUrl, key }: { baseUrl: string; key: string },
  id: string,
  quiet: Promise<unknown>,
): Promise<void> {
  await Promise.race([quiet, sleep(20_000, undefined, { ref: false })]);
  const answer = await fetch(`${baseUrl}/responses/${id}/cancel`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
  });
  await answer.text();
}

/** Looks into the books again and again. */
function watch(till: Till, report: RaceReport): { stop(): Promise<void> } {
  let isOver = false;
  const look = (purse: Purse): void => {
    const held = purse.settled + purse.reserved;
    if (held > purse.limit)
      report.overspent.push(`${purse.name}: ${purse.settled} + ${purse.reserved} of ${purse.limit}`);
    if (purse.limit > 0n) report.fullest = Math.max(report.fullest, Number((held * 1000n) / purse.limit) / 10);
  };
  const watching = (async () => {
    while (!isOver) {
      const purses = await till.read();
      for (const purse of purses) look(purse);
      report.moments += 1;
    }
  })();
  return {
    async stop() {
      isOver = true;
      await watching;
    },
  };
}
