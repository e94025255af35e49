import { attributionOf } from '../../domain/attribution.js';
import { newUuid } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import { type Literals, printJson } from '../../domain/json-literals.js';
import { costOf } from '../../domain/money.js';
import type { ResponseSettings, ResponseWithOutput, TerminalStatus } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { countToolCalls } from '../../domain/tool-calls.js';
import type { Bill, RunBeginning, RunEnding } from '../../persistence/statements/index.js';
import type { StoredItem } from '../items.schema.js';
import type { RunPlan } from './run-plan.js';
import type { Ending, Spending } from './tool-loop.js';

const toRow = ({ uuid, item }: StoredItem, literals: Literals | null) => ({
  id: uuid,
  payload: printJson(item, literals),
});

/** A plan as the rows of its run's beginning. */
export function toBeginning(
  { record, input, parent, literals }: RunPlan,
  leaseMs: number,
  rest: Pick<RunBeginning, 'windows' | 'amount' | 'extra'>,
): RunBeginning {
  return {
    projectId: record.projectId,
    responseId: record.id,
    leaseMs,
    keyId: record.keyId,
    endUser: record.endUser,
    model: record.model,
    createdAtMs: record.createdAtMs,
    previousResponseId: record.previousResponseId,
    conversationId: record.conversationId,
    promptId: record.promptId,
    promptVersion: record.promptVersion,
    background: record.background,
    logged: record.logged,
    stored: record.store,
    settings: record.store ? printJson(record.settings, literals) : '{}',
    metadata: record.store ? JSON.stringify(record.metadata) : '{}',
    parent,
    inputs: record.store ? input.map((item) => toRow(item, literals)) : [],
    ...rest,
  };
}

/** The tier that served the response, once the upstream has named it. */
const withTier = (settings: ResponseSettings, tier: string | null): ResponseSettings =>
  tier === null ? settings : { ...settings, service_tier: tier };

/** The response as it ended. */
export function toEnded(
  record: ResponseWithOutput,
  ending: Ending,
  spending: Spending,
  output: Item[],
  endedAtMs: number,
): ResponseWithOutput & { status: TerminalStatus } {
  return {
    ...record,
    status: ending.status,
    model: spending.model ?? record.model,
    settings: withTier(record.settings, spending.serviceTier),
    completedAtMs: ending.status === 'completed' ? endedAtMs : null,
    error:
      ending.status === 'failed' ? { code: ending.error.code ?? 'server_error', message: ending.error.message } : null,
    incompleteReason: ending.status === 'incomplete' ? ending.reason : null,
    usage: spending.usage,
    output,
  };
}

type Ended = ResponseWithOutput & { status: TerminalStatus };

/** What an ended response is billed. */
export function toBill(
  { principal, record, route }: RunPlan,
  ended: Ended,
  { usage, isEstimated }: Spending,
  output: readonly StoredItem[],
  endedAtMs: number,
): Bill {
  const { endUser, label } = attributionOf(principal, record.settings, record.metadata);
  const toolCalls = countToolCalls(output.map(({ item }) => item));
  return {
    projectId: ended.projectId,
    responseId: ended.id,
    ledgerId: newUuid(),
    status: ended.status,
    keyId: ended.keyId,
    endUser: ended.endUser,
    billedUser: endUser,
    label,
    toolCalls,
    model: ended.model,
    provider: route.provider.id,
    usage,
    estimated: isEstimated,
    cost: costOf(route.price, usage, toolCalls),
    endedAtMs,
  };
}

/** An ended response as the rows of its run's end. */
export function toEnding(
  plan: RunPlan,
  ended: Ended,
  bill: Bill,
  output: readonly StoredItem[],
  facts: {
    attempt: number;
    place: { threadId: string; inputStart: number } | null;
    closing: readonly ResponseEvent[];
    appendTo: string | null;
    holdsMoney: boolean;
  },
): RunEnding {
  const { place } = facts;
  return {
    ...bill,
    attempt: facts.attempt,
    settings: ended.settings === plan.record.settings ? null : JSON.stringify(ended.settings),
    error: ended.error === null ? null : JSON.stringify(ended.error),
    incompleteReason: ended.incompleteReason,
    lastSequence: ended.lastSequence,
    threadId: place?.threadId ?? null,
    inputStart: place?.inputStart ?? 0,
    inputs: plan.input.length,
    outputs: ended.store ? output.map((item) => toRow(item, null)) : [],
    conversationId: ended.conversationId,
    appendTo: facts.appendTo,
    events: ended.store
      ? facts.closing.map((event) => ({ sequenceNumber: event.sequenceNumber, payload: event.json }))
      : [],
    noticeId: ended.background ? newUuid() : null,
    holdsMoney: facts.holdsMoney,
  };
}
