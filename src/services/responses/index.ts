import type { Clock } from '../../domain/clock.js';
import { newUuid } from '../../domain/ids.js';
import type { Logger } from '../../observability/logger.js';
import type { Queryable } from '../../persistence/database.js';
import type { Notifier } from '../../persistence/notifier.js';
import type { ConversationRepository } from '../../persistence/repositories/conversation.repository.js';
import type { EventRepository } from '../../persistence/repositories/event.repository.js';
import { createIdempotencyRepository } from '../../persistence/repositories/idempotency.repository.js';
import { createResponseRepository } from '../../persistence/repositories/response.repository.js';
import type { RunRepository } from '../../persistence/repositories/run.repository.js';
import { createPatternMatcher } from '../../tools/grammar/matcher.js';
import { createSchemaChecker } from '../../tools/json-schema/checker.js';
import type { McpConnector } from '../../tools/mcp/connector.js';
import type { ToolRegistry } from '../../tools/registry.js';
import type { Sealer } from '../access/sealer.js';
import type { AdmissionGate } from '../admission/gate.js';
import type { CompactionItems } from '../compaction/compaction-items.js';
import type { Compactor } from '../compaction/compactor.js';
import type { ModelRouter } from '../models/model-router.js';
import type { PromptService } from '../prompts/prompt.service.js';
import type { MeteredCalls } from '../usage/metered-calls.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { type BackgroundRunsOptions, createBackgroundRuns } from './background-runs.js';
import { DeltaBeat } from './delta-beat.js';
import type { EventLog } from './event-log.js';
import { createFollower } from './follower.js';
import { createLiveRuns, type LiveRunsOptions } from './live-runs.js';
import { createPresence } from './presence.js';
import { createRequestKeys } from './request-keys.js';
import { createResponseService } from './response.service.js';
import { createResponseRunner } from './response-runner.js';
import { createRunCloser } from './run-closer.js';
import type { RunEntry } from './run-entry.js';
import { createRunKeeper } from './run-keeper.js';
import { createRunPlanner, type RunPlannerOptions } from './run-plan.js';
import type { RunStore } from './run-store.js';
import type { RunnerLimits } from './runner-options.js';
import { createThoughtSeal } from './thought-seal.js';

export interface ResponsesOptions {
  sql: Queryable;
  notifier: Notifier;
  conversations: ConversationRepository;
  events: EventRepository;
  runs: RunRepository;
  store: RunStore;
  eventLog: EventLog;
  calls: MeteredCalls;
  entry: RunEntry;
  gate: AdmissionGate;
  limiting: RunPlannerOptions['limiting'];
  prompts: PromptService;
  router: ModelRouter;
  files: RunPlannerOptions['files'];
  tools: ToolRegistry;
  checkStores: RunPlannerOptions['checkStores'];
  connector: McpConnector;
  counter: TokenCounter;
  compactor: Compactor;
  compactions: CompactionItems;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
  /** Id of this process among those that share the database. */
  owner: string;
  /** Read whenever they are needed: they may change. */
  limits: RunnerLimits & { coalesceMs: number } & LiveRunsOptions['limits'] & BackgroundRunsOptions['limits'];
}

export type Responses = ReturnType<typeof createResponses>;

/** Responses from the request to the stored end, here and beside other processes: everything they are made of, joined. */
export function createResponses(options: ResponsesOptions) {
  const { sql, notifier, conversations, events, runs, store, eventLog, calls, entry, router } = options;
  const { connector, counter, compactor, compactions, sealer, clock, logger, owner, limits } = options;
  const responses = createResponseRepository(sql);
  const thoughts = createThoughtSeal(sealer);
  const matcher = createPatternMatcher();
  const schemas = createSchemaChecker();
  const tell = async (channel: string, text: string): Promise<void> => {
    await sql.query('select pg_notify($1, $2)', [channel, text]);
  };

  const runner = createResponseRunner({
    thoughts,
    schemas,
    compactor,
    compactions,
    store,
    eventLog,
    beat: new DeltaBeat(limits.coalesceMs),
    counter,
    matcher,
    connector,
    clock,
    logger,
    owner,
    limits,
    appendToConversation: async (appender, conversationId, items) => {
      const rows = items.map((item) => ({ id: newUuid(), payload: JSON.stringify(item) }));
      await conversations.append(appender, conversationId, rows);
    },
  });
  const live = createLiveRuns({
    limits,
    gate: options.gate,
    onStopped: ({ plan: { record } }) => {
      // Whoever deleted it could not wait for its end.
      responses
        .purge(record.projectId, record.id)
        .catch((err: unknown) => logger.warn({ err, responseId: record.id }, 'a deleted response was not removed'));
    },
  });
  const now = () => clock.now();
  const closer = createRunCloser({ responses, conversations, events, eventLog, store, router, counter, logger, now });
  const planner = createRunPlanner({
    limiting: options.limiting,
    responses,
    conversations,
    prompts: options.prompts,
    router,
    thoughts,
    schemas,
    files: options.files,
    tools: options.tools,
    checkStores: options.checkStores,
    compactions,
    connector,
    clock,
  });
  const background = createBackgroundRuns({
    runs,
    responses,
    conversations,
    events,
    planner,
    runner,
    closer,
    live,
    entry,
    sealer,
    logger,
    owner,
    limits,
    announce: () => tell('antiphon_queue', ''),
  });
  notifier.on('antiphon_queue', () => void background.poll());
  notifier.on('antiphon_cancel', (id) => live.stop(id));
  const presence = createPresence({
    live,
    owner,
    tell: (text) => tell('antiphon_presence', text),
    onError: (err) => logger.warn({ err }, 'another process was not told who follows its runs'),
  });
  notifier.on('antiphon_presence', presence.hear);
  const keeper = createRunKeeper({
    runs,
    closer,
    live,
    calls,
    owner,
    logger,
    leaseMs: limits.leaseMs,
    onBeat: background.poll,
  });
  const requestKeys = createRequestKeys(createIdempotencyRepository(sql));
  const follower = createFollower({ responses, live, eventLog, presence, entry });
  const service = createResponseService({
    entry,
    responses,
    planner,
    runner,
    live,
    eventLog,
    background,
    requestKeys,
    presence,
    follower,
    unstoredKeepMs: limits.unstoredKeepMs,
    requestCancel: (id) => tell('antiphon_cancel', id),
  });

  return {
    service,
    planner,
    follower,
    /** Runs of this process right now. */
    running: (): number => live.size,

    /** Ends what dead processes left, then keeps the runs of this one alive and takes up those that wait. */
    async start(): Promise<void> {
      while ((await keeper.sweep()) > 0);
      keeper.start();
      void background.poll();
    },

    /** Removes keys of requests that have expired. */
    sweep: () => requestKeys.sweep(),

    /** Takes no more runs and waits for the present ones, for a while. */
    async drain(ms: number): Promise<void> {
      background.close();
      await live.close(ms);
    },

    async close(): Promise<void> {
      await keeper.close();
      presence.close();
      await matcher.close();
      await schemas.close();
    },
  };
}
