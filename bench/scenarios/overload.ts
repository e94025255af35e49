import { once as onceOf } from 'node:events';
import type { Work } from '../load.js';
import type { OpenSeen, OpenWork } from '../open-load.js';
import { LOAD_CORE, startHelper } from '../processes.js';
import { type Finding, once } from '../report.js';
import type { Setting } from '../setting.js';
import { createWork, SMALL } from './create.js';
import { askGraphQL } from './doors.js';

const TIMES = 3;
const WARM_UP = 12_000;
const REQUESTS = 10_000;
const CLIENTS = 64;
const QUIET_SHARE = 0.3;
const QUIET_SECONDS = 4;
const OVERLOAD_SECONDS = 10;
const AFTER_SECONDS = 6;
const CONNECTIONS = 4000;
/** An answer within this many times the quiet p99 counts as one of a server that has recovered. */
const RECOVERED_TIMES = 3;

/**
 * Stored creates at three times what the gateway can take, sent whether or not answers come: what still gets done, how long
 * those wait that were let in, and when everything is as before. Load, upstream and database share the other core, so at
 * three times the load that core is part of the limit.
 */
export async function measureOverload(setting: Setting): Promise<Finding[]> {
  const rest = createWork(setting.gateway.port, {}, CLIENTS, REQUESTS);
  const overGraphQL = await measureDoor(setting, 'stored creates over GraphQL', { ...rest, ...askGraphQL(SMALL) });
  return [...(await measureDoor(setting, 'stored creates', rest)), ...overGraphQL];
}

async function measureDoor({ load }: Setting, creates: string, work: Work): Promise<Finding[]> {
  await load.run({ ...work, count: WARM_UP });
  const { elapsedMs } = await load.run(work);
  const capacity = (REQUESTS / elapsedMs) * 1000;

  const helper = await startHelper('./open-load.ts', LOAD_CORE);
  const send = async (perSecond: number, seconds: number, slowMs: number): Promise<OpenSeen> => {
    const { port, path, headers, body } = work;
    const open: OpenWork = { port, path, headers, body, perSecond, seconds, connections: CONNECTIONS };
    helper.child.send({ work: open, slowMs });
    const [answer] = (await onceOf(helper.child, 'message')) as [{ seen: OpenSeen } | { error: string }];
    if ('error' in answer) throw new Error(`The load generator failed: ${answer.error}`);
    return answer.seen;
  };
  try {
    const quiet = await send(capacity * QUIET_SHARE, QUIET_SECONDS, Number.POSITIVE_INFINITY);
    const loaded = await send(capacity * TIMES, OVERLOAD_SECONDS, Number.POSITIVE_INFINITY);
    const after = await send(capacity * QUIET_SHARE, AFTER_SECONDS, quiet.acceptedP99Ms * RECOVERED_TIMES);
    const scenario = `${TIMES}× overload for ${OVERLOAD_SECONDS} s, ${creates}`;
    const perSecond = (loaded.accepted / loaded.elapsedMs) * 1000;
    const note = `${Math.round(capacity)}/s at ${CLIENTS} clients; ${loaded.sent} sent, ${loaded.held} held back by the load generator's ${CONNECTIONS} connections`;
    return [
      {
        scenario,
        figure: 'what a full load gets done, times what still does',
        goal: 2,
        unit: '×',
        measured: once(capacity / perSecond),
        note,
      },
      {
        scenario,
        figure: 'share refused',
        goal: null,
        unit: '%',
        measured: once((100 * loaded.refused) / loaded.sent),
      },
      { scenario, figure: 'accepted, p50', goal: null, unit: 'ms', measured: once(loaded.acceptedP50Ms) },
      {
        scenario,
        figure: 'accepted, p99',
        goal: 2000,
        unit: 'ms',
        measured: once(loaded.acceptedP99Ms),
        note: `quiet: p50 ${quiet.acceptedP50Ms.toFixed(1)} ms, p99 ${quiet.acceptedP99Ms.toFixed(1)} ms`,
      },
      {
        scenario,
        figure: 'neither answered nor refused',
        goal: 0,
        unit: '',
        measured: once(loaded.failures),
        note: loaded.firstFailure ?? '',
      },
      { scenario, figure: 'refused, p50', goal: null, unit: 'ms', measured: once(loaded.refusedP50Ms) },
      {
        scenario: `after it, ${creates}`,
        figure: `until nothing is refused or takes ${RECOVERED_TIMES} times as long as before`,
        goal: 2000,
        unit: 'ms',
        measured: once(after.lastBadMs),
      },
    ];
  } finally {
    await helper.stop();
  }
}
