import { setTimeout as sleep } from 'node:timers/promises';
import { post } from '../gateway-api.js';
import { startWithHeap } from '../heap.js';
import { type Finding, once } from '../report.js';
import type { Setting } from '../setting.js';
import { FOLLOW_CONVERSATION, openSubscribers } from '../subscribers.js';
import { headers } from './create.js';

const CYCLES = 1000;
const AT_ONCE = 50;
const SETTLE_MS = 2000;

/** Subscribers that leave without a word: what they leave behind. */
export async function measureDrops(setting: Setting): Promise<Finding[]> {
  const { gateway, heap } = await startWithHeap(setting, 'drops');
  try {
    const { id } = await post(gateway.port, '/conversations', {});
    const drop = async (cycles: number): Promise<number> => {
      for (let done = 0; done < cycles; done += AT_ONCE) {
        const crowd = await openSubscribers(
          gateway.port,
          headers.authorization,
          { query: FOLLOW_CONVERSATION, id },
          AT_ONCE,
        );
        while (crowd.received() < AT_ONCE) await sleep(5);
        await crowd.close();
      }
      await sleep(SETTLE_MS);
      return heap.kilobytes();
    };
    // The first ones are for the compiler and the caches.
    const before = await drop(CYCLES);
    const after = await drop(CYCLES);
    heap.close();
    return [
      {
        scenario: `${CYCLES} subscriptions, each opened and dropped`,
        figure: 'heap, after over before',
        goal: 1.02,
        unit: '×',
        measured: once(after / before),
        note: `${(before / 1024).toFixed(1)} MiB before, ${(after / 1024).toFixed(1)} MiB after`,
      },
    ];
  } finally {
    await gateway.stop();
  }
}
