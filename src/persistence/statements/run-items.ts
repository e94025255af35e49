import type { PrintedJson } from '../../domain/json-literals.js';
import type { Placeholders } from './variants.js';

/** An item as it is kept: its UUID and its JSON. */
export interface ItemRow {
  id: string;
  payload: PrintedJson;
}

/** The table `item`: what runs were sent, or have said. `run` is the number of the run's row, `place` counts from 0 in each. */
export const itemTable = (next: Placeholders) =>
  next.table('item', { run: 'int', place: 'int', id: 'uuid', payload: 'json' });

/** Its rows, for runs that are sent in this order. */
export const itemRows = <Run>(runs: readonly Run[], itemsOf: (run: Run) => readonly ItemRow[]) =>
  runs.flatMap((run, index) => itemsOf(run).map(({ id, payload }, place) => ({ run: index + 1, place, id, payload })));
