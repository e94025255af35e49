import { parseArgs } from 'node:util';
import { startCountingUpstream } from './counting-upstream.js';
import { COMMON_DOORS, DOORS } from './doors.js';
import { startNaiveServer } from './naive-server.js';
import { type OwnServers, startOwnServers } from './own-servers.js';
import { type RaceOptions, type RaceReport, race } from './race.js';
import { type Till, tillOfApi, tillOfCommand } from './till.js';

/**
 * `npm run bench:budget`: whether a gateway keeps within its budgets when many ask at once, leave, break and die. Without options
 * it starts two processes of its own on one database, kills one of them in mid-race, and puts a gateway beside them that reads,
 * then runs, then writes, as a control. Ends with 1 if a budget was overspent, or the control was not.
 *
 *   --requests 10000   of the last race, whose every token is compared with the upstream's own books
 *   --concurrency 128  requests under way at once
 *   --seed 1           another course of events
 *
 * Any other server that speaks the API, with a budget that is about to run out:
 *
 *   --base-url https://host/v1 --key KEY --model NAME
 *   --read-money 'COMMAND'   prints [{"name", "limit", "settled", "reserved"}] as JSON; default: its GET /budgets, by --key
 *   --races 500              requests
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    races: { type: 'string', default: '500' },
    concurrency: { type: 'string', default: '128' },
    seed: { type: 'string', default: '1' },
    'base-url': { type: 'string' },
    key: { type: 'string' },
    model: { type: 'string' },
    'read-money': { type: 'string' },
  },
});

const concurrency = Number(values.concurrency);
const seed = Number(values.seed);
const races = Number(values.races);
const common = { maxTokens: 300, leaving: 0.15, failing: 0.1, endUsers: ['ann', 'ben', 'cay'], concurrency, seed };

/** One line per race, and what was wrong with it. */
function print(name: string, report: RaceReport, wrongs: readonly string[]): void {
  const { answered, denied, failed, left, lost } = report.outcomes;
  const seconds = (report.elapsedMs / 1000).toFixed(1);
  console.log(
    `${wrongs.length === 0 ? 'right' : 'WRONG'}  ${name}: ${answered} answered, ${denied} denied, ${left} left, ${failed} failed upstream, ${lost} lost with a killed process, in ${seconds} s; ${report.moments} looks into the books, fullest ${report.fullest} %`,
  );
  for (const wrong of wrongs.slice(0, 10)) console.log(`       ${wrong}`);
  if (wrongs.length > 0) process.exitCode = 1;
}

/** What any race has to keep to. */
const wrongsOf = (report: RaceReport, { isDenied = true } = {}): string[] => [
  ...report.overspent.map((words) => `overspent: ${words}`),
  ...report.faults,
  ...(isDenied === report.outcomes.denied > 0 ? [] : [isDenied ? 'nobody was denied: no race' : 'somebody was denied']),
];

async function settled(servers: OwnServers): Promise<string[]> {
  await servers.settle();
  const { data } = await servers.call('GET', '/budgets?limit=100');
  return [
    ...(await servers.mismatches()).map((found) => `ledger and window differ: ${found.settled} and ${found.booked}`),
    ...data
      .filter(({ reserved }: { reserved: string }) => reserved !== '0')
      .map(({ id }: { id: string }) => `${id} still holds money`),
  ];
}

async function clear(servers: OwnServers): Promise<void> {
  for (;;) {
    const { data } = await servers.call('GET', '/budgets?limit=100');
    if (data.length === 0) return;
    for (const { id } of data) await servers.call('DELETE', `/budgets/${id}`);
  }
}

const WINDOWS = [
  { scope: 'project', period: 'total' },
  { scope: 'project', period: 'day', time_zone: 'Asia/Kathmandu' },
  { scope: 'project', period: 'rolling', rolling_seconds: 3600 },
  { scope: 'key', period: 'week' },
  { scope: 'key', period: 'month', time_zone: 'America/New_York' },
  { scope: 'end_user', period: 'month' },
];

async function raceOwn(): Promise<void> {
  const upstream = await startCountingUpstream();
  const servers = await startOwnServers(upstream.url);
  const till = tillOfApi(() => servers.baseUrls()[0] ?? '', servers.key);
  const options = { ...common, doors: DOORS, model: servers.model, upstream, till, baseUrls: servers.baseUrls };
  try {
    const hot = await servers.call('POST', '/api_keys', { name: 'hot' });
    for (const window of WINDOWS)
      await servers.call('POST', '/budgets', {
        ...window,
        ...(window.scope === 'key' ? { key_id: hot.id } : {}),
        limit: '0.00003',
      });
    const both = servers.baseUrls();
    let isAlive = true;
    const hotReport = await race({
      ...options,
      keys: [hot.value],
      requests: races,
      baseUrls: () => (isAlive ? both : both.slice(0, 1)),
      onRequest(n) {
        if (n !== Math.floor(races / 3)) return;
        isAlive = false;
        void servers.killOne();
      },
    });
    print('one hot key, six windows, kill -9', hotReport, [...wrongsOf(hotReport), ...(await settled(servers))]);

    await clear(servers);
    const keys: string[] = [];
    for (let index = 0; index < 200; index += 1) {
      const { id, value } = await servers.call('POST', '/api_keys', { name: `key ${index}` });
      await servers.call('POST', '/budgets', { scope: 'key', key_id: id, period: 'total', limit: '0.000001' });
      keys.push(value);
    }
    await servers.call('POST', '/budgets', { scope: 'project', period: 'month', limit: '0.00003' });
    const many = await race({ ...options, keys, requests: races, first: 100_001 });
    print('200 keys and their project', many, [...wrongsOf(many), ...(await settled(servers))]);

    await clear(servers);
    await servers.call('POST', '/budgets', { scope: 'project', period: 'day', limit: '1000' });
    const requests = Number(values.requests);
    const first = 200_001;
    const exact = await race({ ...options, keys: [hot.value], requests, leaving: 0.3, first });
    const wrongs = [...wrongsOf(exact, { isDenied: false }), ...(await settled(servers))];
    const booked = await usageByLabel(servers);
    let tokens = 0;
    for (const [n, used] of upstream.used) {
      if (n < first) continue;
      tokens += used.inputTokens + used.outputTokens;
      const { input = 0, output = 0 } = booked.get(String(n)) ?? {};
      if (input !== used.inputTokens || output !== used.outputTokens)
        wrongs.push(
          `${n}: booked ${input} + ${output}, the upstream counted ${used.inputTokens} + ${used.outputTokens}`,
        );
    }
    print(`every token of ${requests} runs (${tokens})`, exact, wrongs);

    const naive = await startNaiveServer(upstream.url, 30_000n);
    const control = await race({
      ...options,
      baseUrls: () => [naive.baseUrl],
      till: naive.till,
      doors: ['whole'],
      keys: ['any'],
      requests: races,
      leaving: 0,
      failing: 0,
      first: 900_001,
    });
    await naive.close();
    const isOverspent = control.overspent.length > 0;
    print('control: read, run, write', control, isOverspent ? [] : ['it was not overspent: the race proves nothing']);
    console.log(
      `       overspent at ${control.overspent.length} of ${control.moments} looks, by up to ${control.fullest - 100} %`,
    );
  } finally {
    await servers.close();
    await upstream.close();
  }
}

/** Every label's tokens, from the server's own reports. */
async function usageByLabel(servers: OwnServers): Promise<Map<string, { input: number; output: number }>> {
  const found = new Map<string, { input: number; output: number }>();
  for (let after = ''; ; ) {
    const page = await servers.call('GET', `/usage?start_time=0&group_by=label&limit=1000${after}`);
    for (const row of page.data)
      found.set(row.label, { input: Number(row.input_tokens), output: Number(row.output_tokens) });
    if (page.has_more !== true) return found;
    after = `&after=${encodeURIComponent(page.last_id)}`;
  }
}

async function raceOther(baseUrl: string, key: string): Promise<void> {
  const command = values['read-money'];
  const till: Till = command === undefined ? tillOfApi(() => baseUrl, key) : tillOfCommand(command);
  const options: RaceOptions = {
    ...common,
    baseUrls: () => [baseUrl],
    keys: [key],
    model: values.model ?? '',
    doors: COMMON_DOORS,
    requests: races,
    upstream: null,
    till,
  };
  const report = await race(options);
  print(baseUrl, report, wrongsOf(report));
}

const { 'base-url': baseUrl, key, model } = values;
if (baseUrl === undefined) await raceOwn();
else if (key === undefined || model === undefined) {
  console.error('--base-url needs --key and --model.');
  process.exitCode = 2;
} else await raceOther(baseUrl.replace(/\/$/, ''), key);
