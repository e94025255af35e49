import type { Queryable } from '../database.js';
import type { Bill } from './bill-runs.js';
import { FINISH_DETAILS, finishStatement } from './finish-statement.js';
import { isAnythingIn } from './recordset.js';
import { type ItemRow, itemRows } from './run-items.js';

/** What is written when a run ends: the response's end, its output, its last events, its bill. */
export interface RunEnding extends Bill {
  attempt: number;
  /** JSON text of the settings, if the end has changed them: the upstream named the tier that served the run. */
  settings?: string | null;
  /** JSON text of the error object, or null. */
  error: string | null;
  incompleteReason: string | null;
  /** The number of the last event in the log, or null if no events are kept. */
  lastSequence: number | null;
  /** Null for a run that is not stored. */
  threadId: string | null;
  inputStart: number;
  inputs: number;
  outputs: ItemRow[];
  /** The conversation that the run is in, whose followers are told. */
  conversationId: string | null;
  /** Set when the run's items are to be appended to this conversation. */
  appendTo: string | null;
  /** Closing events of a logged run; they become visible together with the response's end. */
  events: { sequenceNumber: number; payload: string }[];
  /** Id of the event that webhooks are told of (the end of a background response), or null. */
  noticeId: string | null;
  /** False: it was begun without a budget, so that no money can be held for it. */
  holdsMoney: boolean;
}

/**
 * Ends up to a batch of runs. `mine` says for each, in the order given, whether it was still this process's to end;
 * `notices` is how many webhook deliveries came of them, `due` how many budget windows passed a threshold.
 *
 * @param notify payload that wakes followers in other processes; empty for none
 */
export async function finishRuns(
  db: Queryable,
  runs: readonly RunEnding[],
  notify: string,
): Promise<{ mine: boolean[]; notices: number; due: number }> {
  const noticed = runs.filter((run) => run.noticeId !== null);
  const table = runs.map((r) => ({
    project_id: r.projectId,
    response_id: r.responseId,
    attempt: r.attempt,
    thread_id: r.threadId,
    append_to: r.appendTo,
    input_start: r.inputStart,
    inputs: r.inputs,
    outputs: r.outputs.length,
    end_user: r.endUser,
    status: r.status,
    model: r.model,
    settings: r.settings,
    ended_ms: r.endedAtMs,
    error: r.error,
    incomplete_reason: r.incompleteReason,
    input_tokens: r.usage.inputTokens,
    cached_input_tokens: r.usage.cachedInputTokens,
    output_tokens: r.usage.outputTokens,
    reasoning_tokens: r.usage.reasoningTokens,
    last_sequence: r.lastSequence,
    ledger_id: r.ledgerId,
    key_id: r.keyId,
    provider: r.provider,
    estimated: r.estimated,
    cost: String(r.cost),
    billed_user: r.billedUser,
    label: r.label,
    tool_calls: r.toolCalls === null ? null : JSON.stringify(r.toolCalls),
  }));
  const { name, text, fin, item, event, notice } = finishStatement([
    isAnythingIn(FINISH_DETAILS, table) && 'details',
    runs.some((run) => run.holdsMoney) && 'money',
    runs.some((run) => run.appendTo !== null) && 'append',
    runs.some((run) => run.events.length > 0) && 'events',
    noticed.length > 0 && 'notices',
    notify !== '' && 'notify',
  ]);
  const values = [
    ...fin.params(table),
    ...item.params(itemRows(runs, ({ outputs }) => outputs)),
    ...(event?.params(
      runs.flatMap((r) =>
        r.events.map((e) => ({
          project_id: r.projectId,
          response_id: r.responseId,
          sequence_number: e.sequenceNumber,
          payload: e.payload,
        })),
      ),
    ) ?? []),
    ...(notice?.params(noticed.map(toNotice)) ?? []),
    ...(notify === '' ? [] : [notify]),
  ];
  const { rows } = await db.query<{ mine: number[]; notices: number; due: number }>({ name, text, values });
  const { mine, notices, due } = rows[0] ?? { mine: [], notices: 0, due: 0 };
  const ended = new Set(mine);
  return { mine: runs.map((_, index) => ended.has(index + 1)), notices, due };
}

const toNotice = (run: RunEnding) => ({
  project_id: run.projectId,
  response_id: run.responseId,
  event_id: run.noticeId,
  event_type: `response.${run.status}`,
});
