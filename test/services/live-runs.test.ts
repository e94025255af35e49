import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { AdmissionGate } from '../../src/services/admission/gate.js';
import { createLiveRuns } from '../../src/services/responses/live-runs.js';
import type { Run } from '../../src/services/responses/run.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const wholeTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('runs of this process', () => {
  it('keeps nothing of a run that ended while a follower was still there', async () => {
    const live = createLiveRuns({
      limits: { graceMs: 1000 },
      gate: new AdmissionGate({
        limits: { maxRuns: 10, maxDatabaseQueue: 10, maxDatabaseDelayMs: null },
        running: () => 0,
        waiting: () => 0,
        delayMs: () => 0,
        isLate: () => false,
        onRefused: () => undefined,
      }),
      onStopped: () => undefined,
    });
    const followOnce = async (): Promise<WeakRef<Run>> => {
      const settled = Promise.resolve({});
      const run = { plan: { record: { id: 'a', projectId: 'p', background: false } }, settled } as unknown as Run;
      live.add(run);
      const leave = live.attach('a');
      await settled;
      await wholeTurn();
      expect(live.size).toBe(0);
      leave?.();
      return new WeakRef(run);
    };
    const forgotten = await followOnce();
    for (let tries = 0; tries < 50 && forgotten.deref() !== undefined; tries += 1) {
      await wholeTurn();
      collectGarbage();
    }
    expect(forgotten.deref()).toBeUndefined();
  });
});
