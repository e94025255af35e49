import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A program that has loaded 60 MB and then makes garbage of what lives for a while, `ringMb` of it at any moment.
 * Answers how large its heap became, in MB.
 */
async function largestHeapMb(ringMb: number, isBounded = true): Promise<number> {
  const program = `
    import { setImmediate } from 'node:timers/promises';
    import { boundHeapGrowth } from './src/observability/heap-growth.ts';
    import { releaseStartUpMemory } from './src/observability/start-up-memory.ts';
    const kilobyte = () => Array.from({ length: 128 }, (_, n) => n);
    globalThis.loaded = Array.from({ length: 60_000 }, kilobyte);
    releaseStartUpMemory();
    if (${isBounded}) boundHeapGrowth();
    const ring = Array.from({ length: ${ringMb * 1000} }, () => null);
    let largest = 0;
    for (let n = 0; n < 400_000; n += 1) {
      ring[n % ring.length] = kilobyte();
      if (n % 500 === 0) {
        await setImmediate();
        largest = Math.max(largest, process.memoryUsage().heapUsed);
      }
    }
    console.log(largest / 1e6);
  `;
  const flags = ['--max-semi-space-size=4', '--import', 'tsx', '--input-type=module', '-e', program];
  return Number((await promisify(execFile)(process.execPath, flags, { cwd: root })).stdout);
}

it('a heap grows by little before V8 looks through it, and by more once it holds more', async () => {
  const [small, large, unbounded] = await Promise.all([largestHeapMb(5), largestHeapMb(120), largestHeapMb(5, false)]);
  expect(small).toBeLessThan(0.6 * unbounded);
  expect(large).toBeGreaterThan(2.9 * small);
});
