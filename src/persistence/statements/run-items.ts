import type { PrintedJson } from '../../domain/json-literals.js';
import type { Placeholders } from './variants.js';

/** An item as it is kept: its UUID and its JSON. */
export interface ItemRow {
  id: string;
  payload: PrintedJson;
}

/** The table `item`: what runs were sent, or have said. */
export const itemTable = (next: Placeholders) =>
  next.table('item', {
    project_id: 'uuid',
    response_id: 'uuid',
    offset_in_run: 'int',
    id: 'uuid',
    payload: 'json',
  });

/** Its rows; `offset_in_run` counts from 0 in each run. */
export const itemRows = <Run extends { projectId: string; responseId: string }>(
  runs: readonly Run[],
  itemsOf: (run: Run) => readonly ItemRow[],
) =>
  runs.flatMap((run) =>
    itemsOf(run).map(({ id, payload }, offset) => ({
      project_id: run.projectId,
      response_id: run.responseId,
      offset_in_run: offset,
      id,
      payload,
    })),
  );
