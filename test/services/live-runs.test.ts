import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { AdmissionGate } from '../../src/services/admission/gate.js';
import { createLiveRuns } from '../../src/services/responses/live-runs.js';
import type { Run } from '../../src/services/responses/run.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const wholeTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const startLiveRuns = (graceMs = 1000) =>
  createLiveRuns({
    limits: { graceMs },
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

/** A run that ends when it is interrupted or cancelled. */
function startRun(id: string) {
  const was = { interrupted: false, cancelled: false };
  let end: (() => void) | undefined;
  const settled = new Promise<object>((resolve) => {
    end = () => resolve({});
  });
  const endAs = (how: keyof typeof was) => () => {
    was[how] = true;
    end?.();
  };
  const run = {
    plan: { record: { id, projectId: 'p', background: false } },
    settled,
    interrupt: endAs('interrupted'),
    cancel: endAs('cancelled'),
  } as unknown as Run;
  return { run, was };
}

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

  it('goes on while somebody is there, and is cancelled when it was left for the period of grace', async () => {
    const live = startLiveRuns(20);
    const [followed, left] = [startRun('a'), startRun('b')];
    live.add(followed.run);
    const leave = live.attach('a');
    const leaveToo = live.attach('a');
    leave?.();
    leave?.();
    live.add(left.run);
    // Periods end in the order in which they began: the first one's would have been over before this.
    await left.run.settled;
    expect([followed.was, left.was]).toEqual([
      { interrupted: false, cancelled: false },
      { interrupted: false, cancelled: true },
    ]);
    leaveToo?.();
    await followed.run.settled;
    expect(followed.was).toEqual({ interrupted: false, cancelled: true });
  });

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
    expect([isClosed, inTime.was.interrupted]).toEqual([false, false]);
    await closed;
    expect(inTime.was.interrupted).toBe(true);
    const tooLate = startRun('b');
    live.add(tooLate.run);
    live.entered();
    expect(tooLate.was.interrupted).toBe(true);
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
