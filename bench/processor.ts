import { readdirSync, readFileSync } from 'node:fs';

/** CPU time as Linux accounts for it. Everything here reads /proc. */

/** Nanoseconds of CPU that the process has used, all threads. 0 if it is gone. */
export function cpuNs(pid: number): number {
  let sum = 0;
  for (const task of list(`/proc/${pid}/task`))
    sum += Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ', 1)[0] || 0);
  return sum;
}

/** Children, their children, and so on. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of list('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    // The program's name stands in parentheses and may hold anything.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ', 1)[0]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  const visit = (parent: number): void => {
    for (const child of children.get(parent) ?? []) {
      found.push(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

export const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();

/** Resident memory in MiB. */
export const rssMiB = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;

const TICK_NS = 10_000_000;

/** Nanoseconds of CPU that this machine has spent on anything, all cores, stolen time included. */
export function machineNs(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = read('/proc/stat')
    .split('\n', 1)[0]!
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_NS;
}

export interface CpuMeter {
  /** What was used since the meter was made. */
  read(): { ns: number; childrenNs: number; foreignCores: number };
}

/**
 * Starts measuring a process and its children.
 *
 * @param own every process of this benchmark; what anybody else uses is foreign
 */
export function startMeter(pid: number, own: readonly number[]): CpuMeter {
  const ownPids = (): number[] => [process.pid, ...own, ...own.flatMap(descendantsOf)];
  const childrenOf = (): Map<number, number> => new Map(descendantsOf(pid).map((child) => [child, cpuNs(child)]));
  const sumOf = (before: Map<number, number>, after: Map<number, number>): number => {
    let sum = 0;
    for (const [child, ns] of after) sum += ns - (before.get(child) ?? 0);
    return sum;
  };
  const usageOf = (): Map<number, number> => new Map(ownPids().map((one) => [one, cpuNs(one)]));
  const before = {
    ns: cpuNs(pid),
    children: childrenOf(),
    own: usageOf(),
    machine: machineNs(),
    at: performance.now(),
  };
  return {
    read() {
      const ns = cpuNs(pid) - before.ns;
      const childrenNs = sumOf(before.children, childrenOf());
      const elapsedNs = (performance.now() - before.at) * 1e6;
      const foreignNs = machineNs() - before.machine - sumOf(before.own, usageOf());
      return { ns, childrenNs, foreignCores: Math.max(0, foreignNs / elapsedNs) };
    },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
