import { errors, GatewayError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import type { Logger } from '../../observability/logger.js';
import type { ConversationRepository } from '../../persistence/repositories/conversation.repository.js';
import type { EventRepository } from '../../persistence/repositories/event.repository.js';
import type { ResponseRepository } from '../../persistence/repositories/response.repository.js';
import type { QueuedRun, RunRepository } from '../../persistence/repositories/run.repository.js';
import type { Sealer } from '../access/sealer.js';
import { toStored } from '../items.schema.js';
import type { LiveRuns } from './live-runs.js';
import type { ResponseRunner } from './response-runner.js';
import type { Admission, Run } from './run.js';
import type { RunCloser } from './run-closer.js';
import type { RunEntry } from './run-entry.js';
import type { RunPlan, RunPlanner } from './run-plan.js';
import type { Idempotency } from './run-store.js';

export interface BackgroundRunsOptions {
  runs: RunRepository;
  responses: ResponseRepository;
  conversations: ConversationRepository;
  events: EventRepository;
  planner: RunPlanner;
  runner: ResponseRunner;
  closer: RunCloser;
  live: LiveRuns;
  entry: RunEntry;
  sealer: Sealer;
  logger: Logger;
  owner: string;
  /** Read whenever they are needed: they may change. */
  limits: {
    leaseMs: number;
    /** Background runs at once in this process; more wait in the database for a free place in any process. */
    maxBackgroundRuns: number;
    /** Runs of one project that may wait; more are refused. */
    maxQueuedRuns: number;
  };
  /** Tells other processes that a run waits. */
  announce(): Promise<void>;
}

/** Processes that died while starting the same run, until it counts as the run's fault. */
const MAX_ATTEMPTS = 10;

export type BackgroundRuns = ReturnType<typeof createBackgroundRuns>;

/**
 * Runs that belong to no client. Each is written down with its command before it is answered, so that any process can start
 * it: this one at once if it has a free place, otherwise whichever has one first, now or after a crash.
 */
export function createBackgroundRuns(options: BackgroundRunsOptions) {
  const {
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
  } = options;
  let active = 0;
  let isClosing = false;
  let isPolling = false;
  let isAsked = false;

  const leavePlace = (): void => {
    active -= 1;
    void poll();
  };

  const launch = (plan: RunPlan, admission: Admission): Run => {
    const run = live.add(runner.launch(plan, admission));
    run.settled.then(leavePlace, leavePlace);
    return run;
  };

  const commandOf = (plan: RunPlan, { held, cutTo }: { held: bigint; cutTo: number | null }): string => {
    const { budgets, ...principal } = plan.principal;
    const command: Command = {
      body: plan.command,
      principal: { ...principal, budgets: budgets.map((budget) => ({ ...budget, cap: String(budget.cap) })) },
      held: String(held),
      cutTo,
    };
    return sealer.seal(JSON.stringify(command), plan.record.id);
  };

  /** The plan of a run that was written down, and what it was begun with. */
  const revive = async (run: QueuedRun): Promise<{ plan: RunPlan; admission: Admission }> => {
    const { projectId, responseId, attempt, stored } = run;
    const command = JSON.parse(sealer.open(run.command, responseId)) as Command;
    // Runs that were queued before an update know of no rate limits.
    const { budgets, rateLimits = [], ...principal } = command.principal;
    const record = await responses.findHidden(projectId, responseId);
    if (record === null) throw errors.internal(new Error('A queued run has no response.'));
    const { history, input } = await responses.findRunContext(projectId, responseId);
    const conversation =
      record.conversationId === null ? null : await conversations.findContext(record, record.conversationId);
    const plan = await planner.plan(
      { ...principal, rateLimits, budgets: budgets.map((budget) => ({ ...budget, cap: BigInt(budget.cap) })) },
      command.body,
      {
        begun: {
          record: { ...record, output: [] },
          input: input.map(toStored),
          history: [...(conversation?.items ?? []), ...history],
        },
      },
    );
    const lastSequence = await events.lastSequence(projectId, responseId);
    return {
      plan,
      admission: { attempt, lastSequence, place: stored, held: BigInt(command.held), cutTo: command.cutTo ?? null },
    };
  };

  /** Starts a run that this process has taken, or ends it if it cannot be. */
  const resume = async (run: QueuedRun): Promise<void> => {
    try {
      if (run.isCancelled) {
        await closer.close(run, { status: 'cancelled' });
        return leavePlace();
      }
      const { plan, admission } = await revive(run);
      const launched = launch(plan, admission);
      if (entry.limits(plan.principal)) void entry.resumed(launched);
    } catch (thrown) {
      leavePlace();
      logger.warn({ err: thrown, responseId: run.responseId, attempt: run.attempt }, 'a queued run was not started');
      const isFinal = thrown instanceof GatewayError || run.attempt >= MAX_ATTEMPTS;
      if (!isFinal) return;
      const { code, message } = thrown instanceof GatewayError ? thrown : errors.internal(thrown);
      await closer
        .close(run, { status: 'failed', error: { code: code ?? 'server_error', message } })
        .catch((err: unknown) => logger.error({ err, responseId: run.responseId }, 'a queued run was not ended'));
    }
  };

  const take = async (): Promise<void> => {
    while (!isClosing && active < limits.maxBackgroundRuns) {
      const places = Math.min(limits.maxBackgroundRuns - active, CLAIM_BATCH);
      active += places;
      let taken: QueuedRun[] = [];
      try {
        taken = await runs.claimQueued(owner, limits.leaseMs, places, live.ids());
      } finally {
        active -= places - taken.length;
      }
      for (const run of taken) void resume(run);
      if (taken.length < places) return;
    }
  };

  /** Takes what waits, as far as there are free places. Never rejects. */
  const poll = async (): Promise<void> => {
    isAsked = true;
    if (isPolling) return;
    isPolling = true;
    try {
      while (isAsked) {
        isAsked = false;
        await take();
      }
    } catch (err) {
      logger.warn({ err }, 'queued runs could not be taken; trying again');
    } finally {
      isPolling = false;
    }
  };

  return {
    /**
     * Writes a run down and starts it if there is a free place; null if it waits.
     *
     * @throws 429 when a budget cannot cover it or too many of the project wait, 400 `conversation_locked`
     */
    async submit(plan: RunPlan, idempotency: Idempotency | null): Promise<Run | null> {
      const isTaken = !isClosing && active < limits.maxBackgroundRuns;
      if (isTaken) active += 1;
      try {
        if (!isTaken && (await runs.countQueued(plan.record.projectId, limits.maxQueuedRuns)) >= limits.maxQueuedRuns)
          throw errors.rateLimited('Too many background responses of this project are waiting.', {
            retryAfterMs: 5000,
          });
        const admission = await runner.enqueue(plan, isTaken, (money) => commandOf(plan, money), idempotency);
        if (isTaken) return launch(plan, admission);
        await runner.announceQueued(plan, admission);
        await options.announce();
        return null;
      } catch (error) {
        if (isTaken) leavePlace();
        throw error;
      }
    },

    poll,

    /** Ends a run that this process does not have, wherever it is: one that waits at once, another through its owner. */
    async cancel(projectId: string, responseId: string): Promise<'ended' | 'asked'> {
      if (!(await runs.requestCancel(projectId, responseId))) return 'ended';
      const waiting = await runs.claimWaiting(owner, limits.leaseMs, projectId, responseId);
      if (waiting === null) return 'asked';
      await closer.close(waiting, { status: 'cancelled' });
      return 'ended';
    },

    /** Takes nothing more. */
    close(): void {
      isClosing = true;
    },
  };
}

const CLAIM_BATCH = 32;

interface Command {
  body: unknown;
  principal: Omit<Principal, 'budgets'> & { budgets: (Omit<Principal['budgets'][number], 'cap'> & { cap: string })[] };
  held: string;
  /** Missing in commands of earlier versions. */
  cutTo?: number | null;
}
