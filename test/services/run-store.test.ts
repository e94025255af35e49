import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/domain/clock.js';
import { newUuid } from '../../src/domain/ids.js';
import type { Queryable } from '../../src/persistence/database.js';
import type { BudgetRepository } from '../../src/persistence/repositories/budget.repository.js';
import type { RunRepository } from '../../src/persistence/repositories/run.repository.js';
import type { ThresholdRepository } from '../../src/persistence/repositories/threshold.repository.js';
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
      return { rows: firstColumn.split(',').map(() => ({ mine: true })) } as never;
    },
  };
  return { db, go: () => go() };
}

describe('ends and bills of runs', () => {
  const open = () => {
    const { db, go } = stalled();
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
    });
    return { store, go };
  };

  it('are never refused', async () => {
    const { store, go } = open();
    const written = Array.from({ length: 11_000 }, () => store.finish(runEnding(newUuid())));
    go();
    expect((await Promise.all(written)).every((mine) => mine)).toBe(true);
  });

  it('say when bills come faster than they are written', async () => {
    const { store, go } = open();
    const written = Array.from({ length: 1000 }, () => store.bill(runEnding(newUuid())));
    expect(store.isBehind).toBe(true);
    go();
    await Promise.all(written);
    expect(store.isBehind).toBe(false);
  });
});
