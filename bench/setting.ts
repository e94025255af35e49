import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Work } from './load.js';
import {
  GATEWAY_CORE,
  type Gateway,
  type GatewayOptions,
  type Helper,
  LOAD_CORE,
  type LoadGenerator,
  startGateway,
  startHelper,
  startLoad,
} from './processes.js';
import { cpuNs, startMeter } from './processor.js';
import type { Turn } from './rounds.js';

export const API_KEY = 'sk-antiphon-benchmark';

/** The parts that scenarios share. */
export interface Setting {
  /** Folder with package.json and dist/. */
  root: string;
  /** For data; removed at the end. */
  folder: string;
  upstream: Helper;
  bare: Helper;
  load: LoadGenerator;
  gateway: Gateway;
  /** The processes of this benchmark; what anybody else uses is foreign. A scenario that starts one adds it. */
  own: number[];
  /** Runs the work against a process and measures its CPU per unit. */
  measure(pid: number, work: Work, units: number): Promise<Turn>;
  close(): Promise<void>;
}

export async function createSetting(root: string): Promise<Setting> {
  const folder = mkdtempSync(path.join(tmpdir(), 'antiphon-bench-'));
  // The database runs as another user when this runs as root.
  chmodSync(folder, 0o755);
  const upstream = await startHelper('./upstream.ts', LOAD_CORE);
  const bare = await startHelper('./bare-proxy.ts', GATEWAY_CORE, [String(upstream.port)]);
  const load = await startLoad();
  const gateway = await startGateway(gatewayOptions(root, folder, upstream, 'data'));
  const own = [upstream.pid, bare.pid, load.pid, gateway.pid];
  return {
    root,
    folder,
    upstream,
    bare,
    load,
    gateway,
    own,
    async measure(pid, work, units) {
      const meter = startMeter(pid, [...own, pid]);
      const seen = await load.run(work);
      const used = meter.read();
      return {
        cpuUs: used.ns / units / 1000,
        childrenUs: used.childrenNs / units / 1000,
        foreignCores: used.foreignCores,
        rate: (units / seen.elapsedMs) * 1000,
        p50Ms: seen.p50Ms,
        p99Ms: seen.p99Ms,
        failures: seen.failures,
        firstFailure: seen.firstFailure,
        ownLagP99Ms: seen.ownLagP99Ms,
      };
    },
    async close() {
      await gateway.stop();
      await Promise.all([load.stop(), bare.stop(), upstream.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The built server as `npm start` runs it, without npm in between. The folder holds no config file, so defaults apply. */
export function builtServer(root: string, cwd: string): { command: string[]; cwd: string } {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const [, flags = ''] = /exec node (.*)dist\/main\.js$/.exec(scripts.start) ?? [];
  return { command: [process.execPath, ...flags.split(' ').filter(Boolean), path.join(root, 'dist', 'main.js')], cwd };
}

/** What the gateway that is measured is started with, but for its data: every figure belongs to this configuration. */
export const gatewayOptions = (root: string, folder: string, upstream: Helper, data: string): GatewayOptions => ({
  ...builtServer(root, folder),
  dataDir: path.join(folder, data),
  env: upstreamEnv(upstream),
});

export const upstreamEnv = (upstream: Helper): Record<string, string> => ({
  UPSTREAM_BASE_URL: `http://127.0.0.1:${upstream.port}/v1`,
  ANTIPHON_API_KEY: API_KEY,
});

/** Whether the machine can measure: Linux's accounting, two cores, taskset. */
export function obstacle(): string | null {
  if (process.platform !== 'linux') return 'CPU is read from /proc: this benchmark runs on Linux only.';
  return cpuNs(process.pid) > 0 ? null : 'The kernel keeps no schedstat, so CPU time cannot be read.';
}
