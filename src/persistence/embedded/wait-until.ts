import { setTimeout as sleep } from 'node:timers/promises';

/** Looks every 20 ms; false if the condition did not come true in time. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, patienceMs: number): Promise<boolean> {
  const end = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() >= end) return false;
    await sleep(20);
  }
  return true;
}
