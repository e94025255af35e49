import type { PrintedJson } from '../../domain/json-literals.js';
import type { Queryable } from '../database.js';
import { BEGIN_DETAILS, beginStatement } from './begin-statement.js';
import { isAnythingIn } from './recordset.js';
import { type ItemRow, itemRows } from './run-items.js';

/** What is written before a run's first token: the response, its input items, its money. */
export interface RunBeginning {
  projectId: string;
  responseId: string;
  leaseMs: number;
  keyId: string;
  endUser: string | null;
  model: string;
  createdAtMs: number;
  previousResponseId: string | null;
  conversationId: string | null;
  promptId: string | null;
  promptVersion: number | null;
  /** Waits in the queue until it is taken. */
  background: boolean;
  logged: boolean;
  /** False writes the run and its money only: nothing of what was said. */
  stored: boolean;
  /** JSON text of the echoed request settings. */
  settings: PrintedJson;
  /** JSON text of the metadata map. */
  metadata: string;
  /** Where the response `previousResponseId` ended, whose thread this one continues or leaves; null to begin anew. */
  parent: { threadId: string; end: number } | null;
  inputs: ItemRow[];
  /** The same amount is held in each of these windows. Empty for keys without a budget. */
  windows: { budgetId: string; startMs: number }[];
  /** Nano-units. */
  amount: bigint;
  /** What only some runs write. A batch without any is a shorter statement. */
  extra?: RunExtra | undefined;
}

export interface RunExtra {
  /** What is needed to start the run in another process, sealed; null for a run that starts where it begins. */
  command: string | null;
  /** Tokens that the upstream is sent, for a run whose request cannot be read back; null otherwise. */
  inputTokens: number | null;
  /** The caller's key, which lets one run begin and no second one; `hash` (hex) tells the same request from another. */
  idempotency: { key: string; hash: string } | null;
}

/** How a beginning ended. `placed` says where the response's items lie; `opened` is the same for a run that is not stored. */
export type BeginOutcome =
  | { kind: 'placed'; threadId: string; inputStart: number }
  | { kind: 'opened' }
  | { kind: 'over-budget' }
  /** Another run has the conversation, or the idempotency key. */
  | { kind: 'locked' };

interface Row {
  opened: boolean;
  stored: boolean;
  thread_id: string;
  input_start: number;
  refused: boolean;
}

const NO_METADATA = '{}';

/**
 * Writes the beginnings of up to a batch of runs; outcomes come in the order given.
 *
 * @param owner the process that keeps their leases
 * @param notify payload that wakes followers of conversations in other processes; empty for none
 * @param isRepeated whether some may have begun already, their answer lost: those are `locked` now
 */
export async function beginRuns(
  db: Queryable,
  owner: string,
  runs: readonly RunBeginning[],
  notify: string,
  isRepeated = false,
): Promise<BeginOutcome[]> {
  const extras = runs.flatMap((r) => (r.extra === undefined ? [] : [{ ...r.extra, ...r }]));
  const table = runs.map((r) => ({
    project_id: r.projectId,
    response_id: r.responseId,
    lease_ms: r.leaseMs,
    key_id: r.keyId,
    model: r.model,
    created_ms: r.createdAtMs,
    logged: r.logged,
    stored: r.stored,
    settings: r.settings,
    inputs: r.inputs.length,
    end_user: r.endUser,
    previous_response_id: r.previousResponseId,
    conversation_id: r.conversationId,
    prompt_id: r.promptId,
    prompt_version: r.promptVersion,
    parent_thread_id: r.parent?.threadId ?? null,
    parent_end: r.parent?.end ?? null,
    background: r.background,
    metadata: r.metadata === NO_METADATA ? null : r.metadata,
  }));
  const { name, text, run, item, charge, extra } = beginStatement([
    isAnythingIn(BEGIN_DETAILS, table) && 'details',
    runs.some((r) => r.windows.length > 0) && 'money',
    runs.some((r) => r.parent !== null) && 'continue',
    extras.length > 0 && 'extras',
    isRepeated && 'repeated',
    notify !== '' && 'notify',
  ]);
  const values = [
    ...run.params(table),
    owner,
    ...item.params(itemRows(runs, ({ inputs }) => inputs)),
    ...(charge?.params(
      runs.flatMap((r) =>
        r.windows.map((window) => ({
          project_id: r.projectId,
          response_id: r.responseId,
          budget_id: window.budgetId,
          window_ms: window.startMs,
          amount: String(r.amount),
        })),
      ),
    ) ?? []),
    ...(extra?.params(
      extras.map((r) => ({
        project_id: r.projectId,
        response_id: r.responseId,
        command: r.command,
        input_tokens: r.inputTokens,
        idempotency_key: r.idempotency?.key,
        request_hash: r.idempotency?.hash,
      })),
    ) ?? []),
    ...(notify === '' ? [] : [notify]),
  ];
  const { rows } = await db.query<Row>({ name, text, values });
  return rows.map((row) => {
    if (!row.opened) return { kind: row.refused ? 'over-budget' : 'locked' };
    return row.stored ? { kind: 'placed', threadId: row.thread_id, inputStart: row.input_start } : { kind: 'opened' };
  });
}
