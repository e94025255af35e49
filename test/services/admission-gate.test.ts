import { describe, expect, it } from '@jest/globals';
import { AdmissionGate } from '../../src/services/admission/gate.js';

describe('room for new work', () => {
  const open = () => {
    const state = {
      running: 0,
      waiting: 0,
      waitedMs: 0,
      aheadMs: 0,
      nowMs: 0,
      loop: { isLate: false, isStanding: false },
    };
    const refused: string[] = [];
    const limits = { maxRuns: 10, maxDatabaseQueue: 20, maxDatabaseDelayMs: 500 as number | null };
    const gate = new AdmissionGate({
      limits,
      running: () => state.running,
      waiting: () => state.waiting,
      waitedMs: () => state.waitedMs,
      aheadMs: () => state.aheadMs,
      loop: state.loop,
      onRefused: (reason) => refused.push(reason),
      now: () => state.nowMs,
    });
    /** Whether there is room now. */
    const hasRoom = (): boolean => gate.refuse() === null;
    return { state, limits, gate, refused, hasRoom };
  };

  it('ends where a limit is reached, and says which', () => {
    const { state, limits, hasRoom, refused } = open();
    expect(hasRoom()).toBe(true);
    state.running = limits.maxRuns;
    expect(hasRoom()).toBe(false);
    state.running -= 1;
    state.waitedMs = 500;
    state.aheadMs = 500;
    expect(hasRoom()).toBe(true);
    state.waiting = limits.maxDatabaseQueue;
    expect(hasRoom()).toBe(false);
    state.waiting -= 1;
    state.waitedMs = 501;
    expect(hasRoom()).toBe(false);
    state.waitedMs = 0;
    state.nowMs += 5000;
    state.aheadMs = 501;
    expect(hasRoom()).toBe(false);
    state.aheadMs = 0;
    state.loop.isStanding = true;
    expect(hasRoom()).toBe(false);
    expect(refused).toEqual(['runs', 'database', 'database', 'database', 'delay']);
  });

  it('refuses with 503 and a time to come back within half a second and one and a half, not the same for all', () => {
    const { state, gate } = open();
    state.loop.isStanding = true;
    const times = Array.from({ length: 50 }, () => {
      try {
        gate.check();
      } catch (error) {
        expect(error).toMatchObject({ status: 503, type: 'server_error', code: 'server_error', retryable: true });
        return (error as { retryAfterMs: number }).retryAfterMs;
      }
      return 0;
    });
    expect(Math.min(...times)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...times)).toBeLessThanOrEqual(1500);
    expect(new Set(times).size).toBeGreaterThan(5);
  });

  it('lets less gather before the database once too much did, and all the limit allows five seconds after the last refusal', () => {
    const { state, hasRoom } = open();
    const roomFor = (aheadMs: number): boolean => {
      state.aheadMs = aheadMs;
      return hasRoom();
    };
    expect([roomFor(500), roomFor(501), roomFor(101), roomFor(100)]).toEqual([true, false, false, true]);
    state.nowMs = 2500;
    expect([roomFor(300), roomFor(301), roomFor(101)]).toEqual([true, false, false]);
    state.nowMs += 4999;
    expect(roomFor(499)).toBe(true);
    expect(roomFor(500)).toBe(false);
    state.nowMs += 5000;
    expect(roomFor(500)).toBe(true);
  });

  it('does not mind that every write waits, as with a slow disk, after there was too much', () => {
    const { state, hasRoom } = open();
    state.waitedMs = 501;
    expect(hasRoom()).toBe(false);
    state.waitedMs = 500;
    expect(hasRoom()).toBe(true);
  });

  it('takes a late turn of the event loop for a queue only where there just was one', () => {
    const { state, hasRoom } = open();
    state.loop.isLate = true;
    expect(hasRoom()).toBe(true);
    state.loop.isStanding = true;
    expect(hasRoom()).toBe(false);
    state.loop.isStanding = false;
    expect(hasRoom()).toBe(false);
    state.nowMs += 4999;
    expect(hasRoom()).toBe(false);
    state.loop.isLate = false;
    expect(hasRoom()).toBe(true);
    state.nowMs += 5000;
    state.loop.isLate = true;
    expect(hasRoom()).toBe(true);
  });

  it('is as strict as before after too many runs: they say nothing of how long others wait', () => {
    const { state, limits, hasRoom } = open();
    state.running = limits.maxRuns;
    expect(hasRoom()).toBe(false);
    state.running = 0;
    state.aheadMs = 500;
    state.loop.isLate = true;
    expect(hasRoom()).toBe(true);
  });

  it('has no end of waiting without a limit on it', () => {
    const { state, limits, hasRoom } = open();
    state.waitedMs = 1e9;
    state.aheadMs = 1e9;
    expect(hasRoom()).toBe(false);
    limits.maxDatabaseDelayMs = null;
    expect(hasRoom()).toBe(true);
  });
});
