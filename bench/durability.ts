import { setTimeout as sleep } from 'node:timers/promises';
import { databaseUrl, withDatabase } from './database.js';
import { openConnection, requestBytes } from './http-connection.js';
import { type Gateway, startGateway } from './processes.js';
import { descendantsOf } from './processor.js';
import { API_KEY, gatewayOptions, type Setting } from './setting.js';
import { modelOf } from './tokens.js';

/** What decides whether PostgreSQL has on disk what it says it has. */
const SETTINGS = ['fsync', 'synchronous_commit', 'full_page_writes', 'wal_level', 'wal_sync_method', 'commit_delay'];
const REQUIRED = ['fsync', 'synchronous_commit', 'full_page_writes'];
const CLIENTS = 32;
/** Responses that clients have got when the processes are killed. */
const ENOUGH = 1500;
const STREAMS = 8;
const STREAM_TOKENS = 1000;

export interface Durability {
  /** PostgreSQL's settings, of the gateway that is measured. */
  settings: Record<string, string>;
  /** Responses that clients had in whole when everything was killed, and how many of them were gone after the next start. */
  responses: { acknowledged: number; missing: number };
  /** Events of running streams, likewise. */
  events: { acknowledged: number; missing: number };
  /** Why figures of this configuration are not to be published. Empty: they may be. */
  faults: string[];
}

/**
 * Whether the configuration that is measured keeps what it acknowledges: a second gateway, started by the same command with the
 * same settings on a data folder of its own, is killed under load together with its database, and started again.
 */
export async function checkDurability(setting: Setting): Promise<Durability> {
  const options = gatewayOptions(setting.root, setting.folder, setting.upstream, 'durability-data');
  const first = await startGateway(options);
  const settings = await settingsOf(setting.gateway.dataDir);
  const tested = await settingsOf(first.dataDir);
  const responses = new Set<string>();
  const streams: { id: string; events: number }[] = [];
  const clients = [
    ...Array.from({ length: CLIENTS }, () => createUntilKilled(first.port, responses)),
    ...Array.from({ length: STREAMS }, () => streamUntilKilled(first.port, streams)),
  ];
  while (responses.size < ENOUGH || streams.length < STREAMS) await sleep(5);
  killAll(first);
  await Promise.all(clients);

  const second = await startGateway(options);
  try {
    const missing = await countMissing(second.port, [...responses]);
    let sent = 0;
    let lost = 0;
    for (const { id, events } of streams) {
      sent += events;
      const answer = await get(second.port, `/responses/${id}?stream=true`);
      lost += Math.max(0, events - countEvents(await answer.text()));
    }
    const faults = [
      ...REQUIRED.filter((name) => settings[name] !== 'on').map((name) => `${name} is ${settings[name]}`),
      ...SETTINGS.filter((name) => settings[name] !== tested[name]).map(
        (name) => `${name} differs from what was killed`,
      ),
      ...(missing > 0 ? [`kill -9 lost ${missing} of ${responses.size} acknowledged responses`] : []),
      ...(lost > 0 ? [`kill -9 lost ${lost} of ${sent} events that had been sent`] : []),
    ];
    return {
      settings,
      responses: { acknowledged: responses.size, missing },
      events: { acknowledged: sent, missing: lost },
      faults,
    };
  } finally {
    await second.stop();
  }
}

/** One line for whoever reads the figures. */
export const durabilityLine = ({ settings, responses, events }: Durability): string =>
  `Durability: ${REQUIRED.map((name) => `\`${name}\` ${settings[name]}`).join(', ')}; kill -9 of gateway and database under load: ${
    responses.acknowledged - responses.missing
  } of ${responses.acknowledged} acknowledged responses and ${events.acknowledged - events.missing} of ${events.acknowledged} sent events were there after the next start.`;

async function settingsOf(dataDir: string): Promise<Record<string, string>> {
  const { rows } = await withDatabase(await databaseUrl(dataDir), (client) =>
    client.query<{ name: string; setting: string }>('select name, setting from pg_settings where name = any($1)', [
      SETTINGS,
    ]),
  );
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}

/** The gateway, its database and every connection of it, with no time for last words. */
function killAll({ pid }: Gateway): void {
  for (const one of [pid, ...descendantsOf(pid)]) process.kill(one, 'SIGKILL');
}

const headers = { authorization: `Bearer ${API_KEY}` };

async function createUntilKilled(port: number, responses: Set<string>): Promise<void> {
  const connection = await openConnection(port);
  const request = requestBytes('/api/v1/responses', headers, JSON.stringify({ model: modelOf(0), input: 'Hello' }));
  try {
    for (;;) {
      const { status, body } = await connection.send(request);
      if (status !== 200) throw new Error(`A create answered ${status}: ${body.slice(0, 300)}`);
      responses.add((JSON.parse(body) as { id: string }).id);
    }
  } catch (error) {
    if (!isBroken(error)) throw error;
  }
}

async function streamUntilKilled(port: number, streams: { id: string; events: number }[]): Promise<void> {
  const connection = await openConnection(port);
  const body = { model: modelOf(STREAM_TOKENS), input: 'Hello', stream: true };
  const seen = { id: '', events: 0 };
  let text = '';
  try {
    await connection.send(requestBytes('/api/v1/responses', headers, JSON.stringify(body)), (piece) => {
      text += piece;
      const end = text.lastIndexOf('\n\n');
      if (end === -1) return;
      seen.events += countEvents(text.slice(0, end + 2));
      if (seen.id === '') {
        seen.id = /"id":"(resp_[^"]+)"/.exec(text)?.[1] ?? '';
        streams.push(seen);
      }
      text = text.slice(end + 2);
    });
  } catch (error) {
    if (!isBroken(error)) throw error;
  }
}

/** Whether the connection broke, as it does when its other end is killed. */
const isBroken = (error: unknown): boolean =>
  error instanceof Error && ('code' in error || error.message === 'The connection was closed.');

const countEvents = (frames: string): number => frames.match(/"sequence_number":/g)?.length ?? 0;

const get = (port: number, path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}/api/v1${path}`, { headers });

async function countMissing(port: number, ids: string[]): Promise<number> {
  let missing = 0;
  let next = 0;
  const reader = async (): Promise<void> => {
    while (next < ids.length) {
      const answer = await get(port, `/responses/${ids[next++]}`);
      const { status } = (await answer.json()) as { status?: string };
      if (status !== 'completed') missing += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, reader));
  return missing;
}
