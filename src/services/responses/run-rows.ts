import { attributionOf } from '../../domain/attribution.js';
import { newUuid } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import { type Literals, printJson } from '../../domain/json-literals.js';
import { costOf } from '../../domain/money.js';
import type { ResponseSettings, ResponseWithOutput, TerminalStatus } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { countToolCalls } from '../../domain/tool-calls.js';
import type { RunBeginning, RunEnding } from '../../persistence/statements/index.js';
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
  owner: string,
  leaseMs: number,
  rest: Pick<RunBeginning, 'windows' | 'amount' | 'extra'>,
): RunBeginning {
  return {
    projectId: record.projectId,
    responseId: record.id,
    owner,
    leaseMs,
    keyId: record.keyId,
    endUser: record.endUser,
    status: record.background ? 'queued' : 'in_progress',
    model: record.model,
    createdAtMs: record.createdAtMs,
    expiresAtMs: null,
    previousResponseId: record.previousResponseId,
    conversationId: record.conversationId,
    promptId: record.promptId,
    promptVersion: record.promptVersion,
    background: record.background,
    logged: record.logged,
    stored: record.store,
    settings: record.store ? printJson(record.settings, literals) : '{}',
    metadata: record.store ? JSON.stringify(record.metadata) : '{}',
    newThreadId: newUuid(),
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

const billedOf = ({ principal, record: { settings, metadata } }: RunPlan) => {
  const { endUser, label } = attributionOf(principal, settings, metadata);
  return { billedUser: endUser, label };
};

/** An ended response as the rows of its run's end. */
export function toEnding(
  plan: RunPlan,
  ended: ResponseWithOutput & { status: TerminalStatus },
  facts: {
    attempt: number;
    endedAtMs: number;
    place: { threadId: string; inputStart: number } | null;
    output: readonly StoredItem[];
    closing: readonly ResponseEvent[];
    appendTo: string | null;
    holdsMoney: boolean;
    spending: Spending;
  },
): RunEnding {
  const { place, spending } = facts;
  const toolCalls = countToolCalls(facts.output.map(({ item }) => item));
  return {
    projectId: ended.projectId,
    responseId: ended.id,
    attempt: facts.attempt,
    status: ended.status,
    model: ended.model,
    settings: ended.settings === plan.record.settings ? null : JSON.stringify(ended.settings),
    endedAtMs: facts.endedAtMs,
    error: ended.error === null ? null : JSON.stringify(ended.error),
    incompleteReason: ended.incompleteReason,
    usage: spending.usage,
    lastSequence: ended.lastSequence,
    threadId: place?.threadId ?? null,
    inputStart: place?.inputStart ?? 0,
    inputs: plan.input.length,
    outputs: ended.store ? facts.output.map((item) => toRow(item, null)) : [],
    conversationId: ended.conversationId,
    appendTo: facts.appendTo,
    events: ended.store
      ? facts.closing.map((event) => ({ sequenceNumber: event.sequenceNumber, payload: event.json }))
      : [],
    endUser: ended.endUser,
    ledgerId: newUuid(),
    keyId: ended.keyId,
    provider: plan.route.provider.id,
    estimated: spending.isEstimated,
    ...billedOf(plan),
    toolCalls,
    cost: costOf(plan.route.price, spending.usage, toolCalls),
    noticeId: ended.background ? newUuid() : null,
    holdsMoney: facts.holdsMoney,
  };
}
