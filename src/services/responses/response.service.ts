import type { Budget } from '../../domain/budget.js';
import { errors, withoutRetry } from '../../domain/errors.js';
import { parsePublicId, toPublicId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Principal } from '../../domain/principal.js';
import type { RateState } from '../../domain/rate-limit.js';
import { isTerminal, type ResponseRecord, type ResponseWithOutput } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { noUsage } from '../../domain/usage.js';
import type { FirstPage } from '../../persistence/repositories/pages.js';
import type { ResponseFilter, ResponseRepository } from '../../persistence/repositories/response.repository.js';
import { ALL_MEMBERS, type ResponseMember } from '../../persistence/repositories/response-rows.js';
import { withKnownCursors } from '../cursors.js';
import { readItemPage } from '../item-pages.js';
import type { BackgroundRuns } from './background-runs.js';
import type { EventLog } from './event-log.js';
import type { Follower } from './follower.js';
import type { LiveRuns } from './live-runs.js';
import type { Presence } from './presence.js';
import { replayEvents } from './replay.js';
import type { RequestKeys } from './request-keys.js';
import type { ResponseRunner } from './response-runner.js';
import type { Run } from './run.js';
import type { RunEntry } from './run-entry.js';
import type { Recall, RunPlan, RunPlanner } from './run-plan.js';
import type { Idempotency } from './run-store.js';

export interface ResponseServiceOptions {
  responses: ResponseRepository;
  planner: RunPlanner;
  entry: RunEntry;
  runner: ResponseRunner;
  live: LiveRuns;
  eventLog: EventLog;
  background: BackgroundRuns;
  /** Tells the process that runs this response to stop it; there may be several processes. */
  requestCancel(responseId: string): Promise<void>;
  requestKeys: RequestKeys;
  presence: Presence;
  follower: Follower;
  /** How long an ended run that is not stored can be sent again. */
  unstoredKeepMs: number;
}

export interface CreateOptions {
  /** Unstored responses that the caller's connection remembers and may continue. */
  recall?: Recall | undefined;
  /**
   * The caller's name for this request: sent again within a day, it means the same response. A run that was refused before it
   * said anything frees its key.
   */
  idempotencyKey?: string | null | undefined;
}

/** A response that has been started: as it stands, and as it will end. */
export interface StartedResponse {
  /** UUID. */
  id: string;
  /** An earlier request with the same idempotency key began it. */
  isRepeated: boolean;
  /** Where it left the caller's rate limits; null if none applies. */
  rate: RateState | null;
  /** Everything that limits it: of its key, its project, its end user and its label. */
  budgets: readonly Budget[];
  current(): ResponseWithOutput;
  /**
   * The response once it has ended. While someone waits here the caller counts as present; when `signal` aborts it has left,
   * and the grace period begins.
   *
   * @throws the upstream's refusal, if it came before any output
   */
  settled(signal?: AbortSignal): Promise<ResponseWithOutput>;
  /** What a response that continues this one starts from: history, input and output so far. */
  transcript(): Item[];
}

/** A response that was only thought through: its events are all there is of it. */
export interface WarmedUp {
  /** UUID. */
  id: string;
  events: ResponseEvent[];
  transcript: Item[];
}

export type ResponseService = ReturnType<typeof createResponseService>;

/** The product's story: create a response, read it, follow it, end it. Ids in and out are public ids (`resp_…`). */
export function createResponseService(options: ResponseServiceOptions) {
  const { responses, planner, runner, live, eventLog, background, requestKeys, presence, entry, follower } = options;

  const toUuid = (id: string): string => {
    const uuid = parsePublicId('response', id);
    if (uuid === null) throw errors.notFound(id);
    return uuid;
  };

  /** Whoever runs it ends it; one that waits ends here. */
  const stopElsewhere = async (projectId: string, uuid: string): Promise<void> => {
    if ((await background.cancel(projectId, uuid)) === 'asked') await options.requestCancel(uuid);
  };

  const begin = async (
    principal: Principal,
    body: unknown,
    recall: Recall | undefined,
    idempotency: Idempotency | null,
  ): Promise<StartedResponse> => {
    live.enter();
    try {
      const plan = await planner.plan(principal, body, recall === undefined ? {} : { recall });
      const lease = entry.limits(principal) ? await entry.enter(plan) : null;
      const rate = lease?.state ?? null;
      const { id, projectId, background: isBackground } = plan.record;
      let run: Run | null;
      try {
        run = isBackground
          ? await background.submit(plan, idempotency)
          : live.add(await runner.start(plan, idempotency));
      } catch (error) {
        entry.leave(lease);
        if (idempotency === null) throw error;
        // The same request may have begun meanwhile; or the key was taken by a run that then could not begin.
        const holder = await requestKeys.find(projectId, idempotency);
        if (holder !== null && holder !== id) return repeated(principal, holder);
        await requestKeys.forget(projectId, idempotency, id);
        throw error;
      }
      if (run === null) {
        // What waits holds nothing: it is counted when it starts.
        entry.leave(lease);
        return elsewhere(principal, plan.record, rate);
      }
      entry.begun(run, lease);
      if (idempotency === null) return started(run, rate);
      const { settled } = run;
      const noted = settled.then(async (response) => {
        // Nothing came of it, so the same request may try again.
        if (run.refusal !== null) await requestKeys.forget(projectId, idempotency, id);
        return response;
      });
      noted.catch(() => undefined);
      if (!plan.record.store) keepUnstored(run);
      return started(run, rate, noted);
    } finally {
      live.entered();
    }
  };

  /** A run of this process. */
  const started = (run: Run, rate: RateState | null, settled = run.settled): StartedResponse => ({
    id: run.plan.record.id,
    rate,
    budgets: run.plan.principal.budgets,
    isRepeated: false,
    current: () => run.current(),
    transcript: () => transcriptOf(run.plan, run.current().output),
    async settled(signal) {
      const leave = live.attach(run.plan.record.id);
      // The caller may have left while the run was beginning.
      if (signal?.aborted === true) leave?.();
      if (leave !== null) signal?.addEventListener('abort', leave, { once: true });
      try {
        const response = await settled;
        if (run.refusal !== null) throw withoutRetry(run.refusal);
        return response;
      } finally {
        leave?.();
      }
    },
  });

  /** A response that another process runs, or that waits for one. */
  const elsewhere = (principal: Principal, response: ResponseWithOutput, rate: RateState | null): StartedResponse => ({
    id: response.id,
    rate,
    budgets: principal.budgets,
    isRepeated: false,
    current: () => response,
    transcript: () => [...response.output],
    async settled(signal) {
      const leave = response.background || isTerminal(response.status) ? null : presence.attend(response.id);
      try {
        return await service.ended(principal, toPublicId('response', response.id), signal);
      } finally {
        leave?.();
      }
    },
  });

  /** The response that an earlier request with the same key began. */
  const repeated = async (principal: Principal, id: string): Promise<StartedResponse> => {
    const run = live.find(principal.projectId, id) ?? unstored.get(id);
    if (run !== undefined) return { ...started(run, null), isRepeated: true };
    const response = await service.find(principal, toPublicId('response', id));
    if (response === null) throw errors.idempotentResponseGone();
    return { ...elsewhere(principal, response, null), isRepeated: true };
  };

  /** Runs with a key whose responses are not stored: they can be sent again from memory, for a while. */
  const unstored = new Map<string, Run>();
  const keepUnstored = (run: Run): void => {
    const { id } = run.plan.record;
    unstored.set(id, run);
    const forget = () => setTimeout(() => unstored.delete(id), options.unstoredKeepMs).unref();
    run.settled.then(forget, forget);
  };

  const service = {
    /**
     * Starts a run from a request body in the API's spelling. Resolves when its beginning is durable; the model is at work
     * then, unless it is a background run. Streaming and background runs keep their events, others only their end.
     *
     * @throws 400 for a bad body, 404 for an unknown conversation or prompt, 409 for a key of another request, 429 when a
     *   budget cannot cover it
     */
    async create(
      principal: Principal,
      body: unknown,
      { recall, idempotencyKey }: CreateOptions = {},
    ): Promise<StartedResponse> {
      if (typeof idempotencyKey !== 'string') return begin(principal, body, recall, null);
      const idempotency = requestKeys.read(principal, idempotencyKey, body);
      const earlier = await requestKeys.find(principal.projectId, idempotency);
      return earlier === null ? begin(principal, body, recall, idempotency) : repeated(principal, earlier);
    },

    /**
     * Checks a request and keeps its conversation for the next one, without calling the model: the answer has no output, is
     * not stored and costs nothing.
     *
     * @throws as `create`
     */
    async warmUp(principal: Principal, body: Record<string, unknown>, recall: Recall): Promise<WarmedUp> {
      live.checkCapacity();
      const plan = await planner.plan(principal, { ...body, store: false, stream: true }, { recall });
      if (entry.limits(principal)) await entry.pass(plan);
      const record: ResponseWithOutput = {
        ...plan.record,
        status: 'completed',
        completedAtMs: plan.record.createdAtMs,
        usage: noUsage,
      };
      return { id: record.id, events: replayEvents(record), transcript: transcriptOf(plan, []) };
    },

    /** Null if there is none by this id (unknown, deleted, another project's, not stored). */
    async find(principal: Principal, id: string): Promise<ResponseWithOutput | null> {
      const uuid = parsePublicId('response', id);
      if (uuid === null) return null;
      const stored = await responses.find(principal, uuid);
      if (stored === null || isTerminal(stored.status)) return stored;
      // A run of this process knows what it has said so far.
      const run = live.find(principal.projectId, uuid);
      return run === undefined ? stored : run.current();
    },

    /** @throws 404 */
    async get(principal: Principal, id: string): Promise<ResponseWithOutput> {
      const response = await service.find(principal, id);
      if (response === null) throw errors.notFound(id);
      return response;
    },

    findMany: (principal: Principal, uuids: readonly string[]): Promise<ResponseRecord[]> =>
      responses.findMany(principal, uuids),

    findOutputs: (principal: Principal, uuids: readonly string[]): Promise<Map<string, Item[]>> =>
      responses.findOutputs(principal, uuids),

    /** Newest first by default. Keys are UUIDs. Reads the ids and no members that are not asked for. */
    list: <Member extends ResponseMember>(
      principal: Principal,
      page: PageRequest<string>,
      filter: ResponseFilter,
      members: readonly Member[],
    ): Promise<Page<Pick<ResponseRecord, Member | 'id'>>> =>
      withKnownCursors(
        page,
        (ids) => responses.findMany(principal, ids),
        () => responses.list(principal, page, filter, members),
      ),

    /** The responses of one conversation, by its UUID. */
    listOfConversation: (
      principal: Principal,
      conversationId: string,
      page: PageRequest<string>,
    ): Promise<Page<ResponseRecord>> => service.list(principal, page, { conversationId }, ALL_MEMBERS),

    /** The first responses of many conversations, by UUID. */
    listOfConversations: (
      principal: Principal,
      uuids: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<ResponseRecord>>> => responses.listOfConversations(principal, uuids, page),

    /** The first input items of many responses, by UUID. */
    listInputItemsOfMany: (
      principal: Principal,
      uuids: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<Item>>> => responses.listInputItemsOfMany(principal, uuids, page),

    /** What the caller sent as input. Cursors are public item ids. @throws 404, 400 on an unknown cursor */
    listInputItems: (principal: Principal, id: string, page: PageRequest<string>): Promise<Page<Item>> =>
      readItemPage(id, page, (byUuid) => responses.listInputItems(principal, toUuid(id), byUuid)),

    /**
     * Hides the response at once; if it is still running it is stopped, paid, and removed when it ends. Items stay that a
     * conversation or a later response uses. @throws 404
     */
    async delete(principal: Principal, id: string): Promise<void> {
      const uuid = toUuid(id);
      const hidden = await responses.hide(principal, uuid);
      if (hidden === null) throw errors.notFound(id);
      const run = live.find(principal.projectId, uuid);
      if (run !== undefined) {
        run.cancel();
        await run.settled.catch(() => undefined);
      } else if (hidden.running) {
        return stopElsewhere(principal.projectId, uuid);
      }
      await responses.purge(principal.projectId, uuid);
    },

    /**
     * Stops a background or streamed run; answers the response as it ended. A response that has ended already is given
     * back unchanged. @throws 404, 400 for a foreground run that nobody can follow
     */
    async cancel(principal: Principal, id: string): Promise<ResponseWithOutput> {
      const response = await service.get(principal, id);
      if (!response.logged && !response.background)
        throw errors.invalidParameter(
          'not_cancellable',
          'response_id',
          `Response '${id}' was not created in the background.`,
        );
      if (isTerminal(response.status)) return response;
      const run = live.find(principal.projectId, response.id);
      if (run !== undefined) {
        run.cancel();
        return run.settled;
      }
      await stopElsewhere(principal.projectId, response.id);
      return service.ended(principal, id);
    },

    /** Waits for a response that another process runs. */
    async ended(principal: Principal, id: string, signal?: AbortSignal): Promise<ResponseWithOutput> {
      for (;;) {
        const response = await service.get(principal, id);
        if (isTerminal(response.status) || signal?.aborted === true) return response;
        await eventLog.changed(response.id, signal);
      }
    },

    /**
     * Every event with a number above `after` (-1: all), in order, without gaps, in batches as they come; ends after the
     * last. A response whose events were not kept is replayed from the record once it has ended. Unstored runs can be
     * followed in the process that runs them, until a minute after their end. @throws 404
     */
    async follow(
      principal: Principal,
      id: string,
      after: number,
      signal?: AbortSignal,
    ): Promise<AsyncGenerator<readonly ResponseEvent[]>> {
      const events = await follower.read(principal, toUuid(id), after, signal);
      if (events === null) throw errors.notFound(id);
      return events;
    },
  };
  return service;
}

const transcriptOf = (plan: RunPlan, output: readonly Item[]): Item[] => [
  ...plan.history,
  ...plan.input.map(({ item }) => item),
  ...output,
];
