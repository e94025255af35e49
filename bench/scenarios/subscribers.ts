import { setTimeout as sleep } from 'node:timers/promises';
import { rssMiB, startMeter } from '../processor.js';
import { type Finding, once } from '../report.js';
import { spreadOfValues } from '../rounds.js';
import type { Setting } from '../setting.js';
import { FOLLOW_CONVERSATION, FOLLOW_RESPONSE, openSubscribers } from '../subscribers.js';
import { modelOf } from '../tokens.js';
import { headers } from './create.js';

const FOLLOWERS = 500;
const TOKENS = 200;
const ROUNDS = 3;
const IDLE = 10_000;
/** So few that one key may have all of these subscriptions at once. */
const SHARED_SOCKETS = 1000;
const FURTHER = 9;
const SETTLE_MS = 3000;
const MIB_KB = 1048.576;

const post = async (port: number, path: string, body: object): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return ((await answer.json()) as { id: string }).id;
};

/** One run that many follow over GraphQL, and what those cost who wait for nothing. */
export async function measureSubscribers({ gateway, upstream, load, bare }: Setting): Promise<Finding[]> {
  const own = [gateway.pid, upstream.pid, load.pid, bare.pid];
  const { port } = gateway;
  const perToken: number[] = [];
  let delivered = 0;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const run = { model: modelOf(TOKENS, 20), input: 'Say something long.', background: true };
    const id = await post(port, '/responses', run);
    const crowd = await openSubscribers(port, headers.authorization, { query: FOLLOW_RESPONSE, id }, FOLLOWERS);
    const before = crowd.received();
    const meter = startMeter(gateway.pid, own);
    await crowd.completed;
    const { ns } = meter.read();
    delivered = (crowd.received() - before) / FOLLOWERS;
    // The first round is for the compiler.
    if (round > 0) perToken.push(ns / 1000 / (crowd.received() - before));
    await crowd.close();
  }

  const quiet = { query: FOLLOW_CONVERSATION, id: await post(port, '/conversations', {}) };
  const settled = async (): Promise<number> => {
    await sleep(SETTLE_MS);
    return rssMiB(gateway.pid) * MIB_KB;
  };
  const empty = await settled();
  const idle = await openSubscribers(port, headers.authorization, quiet, IDLE);
  while (idle.received() < IDLE) await sleep(100);
  const alone = await settled();
  // On sockets that are there already: what was freed would be taken again first.
  idle.add(SHARED_SOCKETS, FURTHER);
  while (idle.received() < IDLE + SHARED_SOCKETS * FURTHER) await sleep(100);
  const together = await settled();
  await idle.close();
  return [
    {
      scenario: `${FOLLOWERS} subscribers of one run, over WebSocket`,
      figure: 'CPU per token and subscriber',
      goal: 14,
      unit: 'µs',
      measured: spreadOfValues(perToken),
      note: `${Math.round(delivered)} events each while it was measured`,
    },
    {
      scenario: `${IDLE} idle subscriptions, a socket each`,
      figure: 'resident memory each',
      goal: 25,
      unit: 'KB',
      measured: once((alone - empty) / IDLE),
    },
    {
      scenario: `${SHARED_SOCKETS * FURTHER} further ones, ${FURTHER} on each of ${SHARED_SOCKETS} of those sockets`,
      figure: 'resident memory each',
      goal: 3,
      unit: 'KB',
      measured: once((together - alone) / (SHARED_SOCKETS * FURTHER)),
    },
  ];
}
