import { attributionOf } from '../../domain/attribution.js';
import { newUuid, parseItemId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import { costOf } from '../../domain/money.js';
import { type ResponseError, type ResponseRecord, toResponseObject } from '../../domain/response.js';
import { printEvent, type ResponseEvent } from '../../domain/response-event.js';
import { countToolCalls } from '../../domain/tool-calls.js';
import { noUsage, type Usage } from '../../domain/usage.js';
import type { Logger } from '../../observability/logger.js';
import type { ConversationRepository } from '../../persistence/repositories/conversation.repository.js';
import type { EventRepository } from '../../persistence/repositories/event.repository.js';
import type { ResponseRepository } from '../../persistence/repositories/response.repository.js';
import type { ExpiredRun } from '../../persistence/repositories/run.repository.js';
import type { ModelRouter } from '../models/model-router.js';
import type { Route } from '../models/route.js';
import { estimateUsage } from '../usage/estimate.js';
import type { TokenCounter } from '../usage/token-counter.js';
import type { EventLog } from './event-log.js';
import { growItem } from './item-growth.js';
import type { RunStore } from './run-store.js';

export interface RunCloserOptions {
  responses: ResponseRepository;
  conversations: ConversationRepository;
  events: EventRepository;
  eventLog: EventLog;
  store: RunStore;
  router: ModelRouter;
  counter: TokenCounter;
  logger: Logger;
  now(): number;
}

/** How a run ends that no model works on any more. */
export type Closing = { status: 'cancelled' } | { status: 'failed'; error: ResponseError };

export type RunCloser = ReturnType<typeof createRunCloser>;

/**
 * Ends runs that this process has taken over and will not go on with: of a process that died, cancelled before they were
 * started, or impossible to start. What was stored stays readable, the log is closed, the held money is settled for the
 * tokens that were seen. A model is never called for them.
 */
export function createRunCloser(options: RunCloserOptions) {
  const { responses, conversations, events, eventLog, store, router, counter, logger } = options;

  const contextOf = async (record: ResponseRecord): Promise<Item[]> => {
    const { history, input } = await responses.findRunContext(record.projectId, record.id);
    if (record.conversationId === null) return [...history, ...input];
    const conversation = await conversations.findContext(record, record.conversationId);
    return [...(conversation?.items ?? []), ...input];
  };

  const routeOf = (projectId: string, model: string, atMs: number): Route | null => {
    try {
      return router.resolve(model, { projectId, atMs });
    } catch {
      return null;
    }
  };

  return {
    async close(run: ExpiredRun, closing: Closing): Promise<void> {
      const { projectId, responseId, stored } = run;
      const record = stored === null ? null : await responses.findHidden(projectId, responseId);
      const logged = stored?.logged ? await events.readAll(projectId, responseId) : [];
      const route = routeOf(projectId, run.model, run.createdAtMs);
      const { output, said } = readEvents(logged.map((event) => event.json));
      const usage = run.isSent
        ? await estimateUsage(counter, {
            record,
            context: () => (record === null ? Promise.resolve([]) : contextOf(record)),
            inputTokens: run.inputTokens,
            maxOutputTokens: record?.settings.max_output_tokens ?? route?.maxOutputTokens ?? null,
            output,
            said,
          })
        : noUsage;
      const toolCalls = countToolCalls(output);
      const last = logged.at(-1)?.sequenceNumber ?? -1;
      const rest = record !== null && stored?.logged ? lastEvents(record, closing, { last, output, usage }) : [];
      await store.finish({
        projectId,
        responseId,
        attempt: run.attempt,
        status: closing.status,
        model: run.model,
        endedAtMs: options.now(),
        error: closing.status === 'failed' ? JSON.stringify(closing.error) : null,
        incompleteReason: null,
        usage,
        lastSequence: stored?.logged ? last + rest.length : null,
        threadId: stored?.threadId ?? null,
        inputStart: stored?.inputStart ?? 0,
        inputs: stored?.inputs ?? 0,
        outputs: stored === null ? [] : output.map(toRow),
        conversationId: record?.conversationId ?? null,
        appendTo: null,
        events: rest.map((event) => ({ sequenceNumber: event.sequenceNumber, payload: event.json })),
        endUser: run.endUser,
        ledgerId: newUuid(),
        keyId: run.keyId,
        provider: route?.provider.id ?? 'unknown',
        estimated: run.isSent,
        cost: costOf(route?.price ?? null, usage, toolCalls),
        ...billedOf(run, record),
        toolCalls,
        noticeId: record?.background ? newUuid() : null,
        holdsMoney: true,
      });
      if (stored !== null) await responses.purge(projectId, responseId);
      eventLog.notice(responseId);
      logger.warn({ responseId, status: closing.status }, 'a run that nobody works on was closed');
    },
  };
}

/** Whom a run that nobody can ask any more is billed to. */
const billedOf = (run: ExpiredRun, record: ResponseRecord | null) => {
  const { endUser, label } = attributionOf(run, record?.settings ?? {}, record?.metadata);
  return { billedUser: endUser, label };
};

/** The events that are missing at the end of a log: at least its last one, unless the run was cancelled. */
function lastEvents(
  record: ResponseRecord,
  closing: Closing,
  { last, output, usage }: { last: number; output: Item[]; usage: Usage },
): ResponseEvent[] {
  const missing: ResponseEvent[] = [];
  const add = (type: string, members: Partial<ResponseRecord>, items: Item[] = []): void => {
    const response = toResponseObject({ ...record, ...members, output: items });
    missing.push(printEvent(last + 1 + missing.length, type, `"response":${JSON.stringify(response)}`));
  };
  const status = record.background ? 'queued' : 'in_progress';
  if (last < 0) add('response.created', { status });
  if (last < 1) add(`response.${status}`, { status });
  if (closing.status === 'failed') add('response.failed', { ...closing, usage }, output);
  return missing;
}

/** What stored events tell of: the output items, the unfinished ones as `incomplete` with their text so far, and all that was said. */
function readEvents(events: readonly string[]): { output: Item[]; said: string } {
  const items: Item[] = [];
  let said = '';
  for (const json of events) {
    const event = JSON.parse(json) as { type: string; output_index: number; item: Item; delta: unknown };
    const growing = items[event.output_index];
    if (event.type === 'response.output_item.added')
      items[event.output_index] = { ...event.item, status: 'incomplete' };
    else if (event.type === 'response.output_item.done') items[event.output_index] = event.item;
    else if (growing !== undefined) growItem(growing, event.type, event);
    if (event.type.endsWith('.delta') && typeof event.delta === 'string') said += event.delta;
  }
  return { output: items.filter((item) => item !== undefined), said };
}

const toRow = (item: Item) => ({ id: parseItemId(item.id ?? '') ?? newUuid(), payload: JSON.stringify(item) });
