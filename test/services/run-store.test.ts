import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/domain/clock.js';
import { newUuid } from '../../src/domain/ids.js';
import { noUsage } from '../../src/domain/usage.js';
import type { Queryable } from '../../src/persistence/database.js';
import type { BudgetRepository } from '../../src/persistence/repositories/budget.repository.js';
import type { RunEnding } from '../../src/persistence/statements/index.js';
import { createRunStore } from '../../src/services/responses/run-store.js';

const ending = (): RunEnding => ({
  projectId: newUuid(),
  responseId: newUuid(),
  attempt: 1,
  fenced: false,
  status: 'completed',
  model: 'm',
  endedAtMs: 0,
  error: null,
  incompleteReason: null,
  usage: noUsage,
  lastSequence: null,
  threadId: null,
  inputStart: 0,
  inputs: 0,
  outputs: [],
  appendTo: null,
  events: [],
  endUser: null,
  ledgerId: newUuid(),
  keyId: newUuid(),
  provider: 'p',
  estimated: false,
  cost: 0n,
});

/** A database that answers only once it is let go on. */
function stalled() {
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const db: Queryable = {
    async query(text, values) {
      await gate;
      const [firstColumn] = (typeof text === 'string' ? values : text.values) as unknown[][];
      const rows = (firstColumn ?? []).map(() => ({ mine: true }));
      return { rows } as never;
    },
  };
  return { db, go: () => go() };
}

describe('ends of runs', () => {
  it('are never refused, and say when they come faster than they are written', async () => {
    const { db, go } = stalled();
    const store = createRunStore({
      beginWriter: db,
      finishWriter: db,
      budgets: {} as BudgetRepository,
      owner: newUuid(),
      clock: systemClock,
    });
    const written = Array.from({ length: 11_000 }, () => store.finish(ending()));
    expect(store.isBehind).toBe(true);
    go();
    expect((await Promise.all(written)).every((mine) => mine)).toBe(true);
    expect(store.isBehind).toBe(false);
  });
});
