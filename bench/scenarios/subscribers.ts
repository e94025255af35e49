import { setTimeout as sleep } from 'node:timers/promises';
import { post } from '../gateway-api.js';
import { startWithHeap } from '../heap.js';
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

/** One run that many follow over GraphQL, and what those cost who wait for nothing. */
export async function measureSubscribers(setting: Setting): Promise<Finding[]> {
  return [await measureFollowers(setting), ...(await measureIdle(setting))];
}

async function measureFollowers({ gateway, upstream, load, bare }: Setting): Promise<Finding> {
  const own = [gateway.pid, upstream.pid, load.pid, bare.pid];
  const { port } = gateway;
  const perToken: number[] = [];
  let delivered = 0;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const run = { model: modelOf(TOKENS, 20), input: 'Say something long.', background: true };
    const { id } = await post(port, '/responses', run);
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
  return {
    scenario: `${FOLLOWERS} subscribers of one run, over WebSocket`,
    figure: 'CPU per token and subscriber',
    goal: 14,
    unit: 'µs',
    measured: spreadOfValues(perToken),
    note: `${Math.round(delivered)} events each while it was measured`,
  };
}

/** In a process that has served nobody, because what others have left free would be taken first; garbage is collected before each look. */
async function measureIdle(setting: Setting): Promise<Finding[]> {
  const { gateway, heap } = await startWithHeap(setting, 'idle');
  try {
    const { port } = gateway;
    const quiet = { query: FOLLOW_CONVERSATION, ...(await post(port, '/conversations', {})) };
    const settled = async (): Promise<{ resident: number; heap: number }> => {
      await sleep(SETTLE_MS);
      const kilobytes = await heap.kilobytes();
      return { resident: rssMiB(gateway.pid) * MIB_KB, heap: kilobytes };
    };
    const empty = await settled();
    const idle = await openSubscribers(port, headers.authorization, quiet, IDLE);
    while (idle.received() < IDLE) await sleep(100);
    const alone = await settled();
    // They fit where connecting left room, so it is the heap that tells what they need.
    idle.add(SHARED_SOCKETS, FURTHER);
    while (idle.received() < IDLE + SHARED_SOCKETS * FURTHER) await sleep(100);
    const together = await settled();
    await idle.close();
    return [
      {
        scenario: `${IDLE} idle subscriptions, a socket each`,
        figure: 'resident memory each',
        goal: 25,
        unit: 'KB',
        measured: once((alone.resident - empty.resident) / IDLE),
      },
      {
        scenario: `${SHARED_SOCKETS * FURTHER} further ones, ${FURTHER} on each of ${SHARED_SOCKETS} of those sockets`,
        figure: 'heap each',
        goal: 3,
        unit: 'KB',
        measured: once((together.heap - alone.heap) / (SHARED_SOCKETS * FURTHER)),
      },
    ];
  } finally {
    heap.close();
    await gateway.stop();
  }
}
