import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { AdmissionGate } from '../../src/services/admission/gate.js';
import { createLiveRuns } from '../../src/services/responses/live-runs.js';
import type { Run } from '../../src/services/responses/run.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const wholeTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const startLiveRuns = () =>
  createLiveRuns({
    limits: { graceMs: 1000 },
    gate: new AdmissionGate({
      limits: { maxRuns: 10, maxDatabaseQueue: 10, maxDatabaseDelayMs: null },
      running: () => 0,
      waiting: () => 0,
      waitedMs: () => 0,
      aheadMs: () => 0,
      loop: { isLate: false, isStanding: false },
      onRefused: () => undefined,
    }),
    onStopped: () => undefined,
  });

describe('runs of this process', () => {
  it('keeps nothing of a run that ended while a follower was still there', async () => {
    const live = startLiveRuns();
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

  it('keeps a run that was taken again when its first attempt ends', async () => {
    const live = startLiveRuns();
    const { run: first } = startRun('a');
    const { run: second } = startRun('a');
    live.add(first);
    live.add(second);
    first.interrupt();
    await wholeTurn();
    expect(live.ids()).toEqual(['a']);
    second.interrupt();
    await wholeTurn();
    expect(live.ids()).toEqual([]);
  });

  /** A run that ends when it is interrupted. */
  function startRun(id: string): { run: Run; isInterrupted: () => boolean } {
    let interrupted = false;
    let end: (() => void) | undefined;
    const settled = new Promise<object>((resolve) => {
      end = () => resolve({});
    });
    const interrupt = () => {
      interrupted = true;
      end?.();
    };
    const run = { plan: { record: { id, projectId: 'p', background: false } }, settled, interrupt } as unknown as Run;
    return { run, isInterrupted: () => interrupted };
  }

  it('waits at its close for runs that are about to begin, and interrupts what begins too late', async () => {
    const live = startLiveRuns();
    live.enter();
    live.enter();
    let isClosed = false;
    const closed = live.close(50).then(() => {
      isClosed = true;
    });
    expect(() => live.enter()).toThrow('shutting down');
    const inTime = startRun('a');
    live.add(inTime.run);
    live.entered();
    await wholeTurn();
    expect([isClosed, inTime.isInterrupted()]).toEqual([false, false]);
    await closed;
    expect(inTime.isInterrupted()).toBe(true);
    const tooLate = startRun('b');
    live.add(tooLate.run);
    live.entered();
    expect(tooLate.isInterrupted()).toBe(true);
  });

  it('closes at once when nobody is there any more', async () => {
    const live = startLiveRuns();
    live.enter();
    const closed = live.close(60_000);
    live.entered();
    await closed;
    expect(live.size).toBe(0);
  });
});
