import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/domain/clock.js';
import { newUuid } from '../../src/domain/ids.js';
import type { Queryable } from '../../src/persistence/database.js';
import type { BudgetRepository } from '../../src/persistence/repositories/budget.repository.js';
import type { RunRepository } from '../../src/persistence/repositories/run.repository.js';
import type { ThresholdRepository } from '../../src/persistence/repositories/threshold.repository.js';
import type { Bill } from '../../src/persistence/statements/index.js';
import { createRunStore } from '../../src/services/responses/run-store.js';
import { runEnding } from '../support/runs.js';

/** A database that answers only once it is let go on. */
function stalled() {
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const db: Queryable = {
    async query(text, values) {
      await gate;
      const [firstColumn] = (typeof text === 'string' ? values : text.values) as [string];
      return { rows: [{ mine: firstColumn.split(',').map((_, index) => index + 1), notices: 0, due: 0 }] } as never;
    },
  };
  return { db, go: () => go() };
}

describe('ends and bills of runs', () => {
  const open = (own?: Queryable, onLost?: (bill: Bill, error: unknown) => void) => {
    const { db: waiting, go } = stalled();
    const db = own ?? waiting;
    const budgets = {} as BudgetRepository;
    const store = createRunStore({
      currency: 'USD',
      beginWriter: db,
      finishWriter: db,
      budgets,
      thresholds: {} as ThresholdRepository,
      runs: {} as RunRepository,
      owner: newUuid(),
      clock: systemClock,
      ...(onLost === undefined ? {} : { onLost }),
    });
    return { store, go };
  };

  it('are never refused', async () => {
    const { store, go } = open();
    const written = Array.from({ length: 11_000 }, () => store.finish(runEnding(newUuid())));
    go();
    expect((await Promise.all(written)).every((mine) => mine)).toBe(true);
  });

  it('wait before they are tried again, where nobody waits for them', async () => {
    const triedMs: number[] = [];
    const { store } = open({
      async query() {
        triedMs.push(performance.now());
        if (triedMs.length < 3) throw new Error('The database is away.');
        return { rows: [] } as never;
      },
    });
    expect(store.book(runEnding(newUuid()))).toBeNull();
    // Two of the waits are behind it when nothing is left to be done.
    await store.idle();
    const [first = 0, second = 0, third = 0] = triedMs;
    // 200 and 400 ms; a timer may be a little early.
    expect(second - first).toBeGreaterThan(190);
    expect(third - second).toBeGreaterThan(390);
    expect(triedMs).toHaveLength(3);
  });

  it('tell of a bill that could not be booked', async () => {
    const lost: unknown[] = [];
    const away = new Error('The database is away.');
    const { store } = open({ query: () => Promise.reject(away) }, (...what) => lost.push(what));
    const bill = runEnding(newUuid());
    store.book(bill);
    await store.idle();
    expect(lost).toEqual([[bill, away]]);
  });

  it('make whoever brings a bill wait when they come faster than they are written', async () => {
    const { store, go } = open();
    const booked = Array.from({ length: 1000 }, () => store.book(runEnding(newUuid())));
    const waiting = booked.findIndex((each) => each !== null);
    expect(waiting).toBeGreaterThan(256);
    expect(booked.slice(waiting).every((each) => each !== null)).toBe(true);
    go();
    await Promise.all(booked);
    expect(store.book(runEnding(newUuid()))).toBeNull();
  });
});
