import { errors } from '../../domain/errors.js';
import { toPublicId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { Literals } from '../../domain/json-literals.js';
import type { Principal } from '../../domain/principal.js';
import type { RateState } from '../../domain/rate-limit.js';
import { isTerminal, type ResponseWithOutput } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import type { Signal } from '../../domain/signal.js';
import { noUsage } from '../../domain/usage.js';
import type { BackgroundRuns } from './background-runs.js';
import type { LiveRuns } from './live-runs.js';
import type { Presence } from './presence.js';
import { replayEvents } from './replay.js';
import type { RequestKeys } from './request-keys.js';
import type { ResponseRunner } from './response-runner.js';
import type { Run } from './run.js';
import type { RunEntry } from './run-entry.js';
import type { Recall, RunPlanner } from './run-plan.js';
import type { Idempotency } from './run-store.js';
import { StartedHere, type StartedResponse, transcriptOf } from './started-response.js';

export interface ResponseStartOptions {
  planner: RunPlanner;
  entry: RunEntry;
  runner: ResponseRunner;
  live: LiveRuns;
  background: BackgroundRuns;
  requestKeys: RequestKeys;
  presence: Presence;
  /** How long an ended run that is not stored can be sent again. */
  unstoredKeepMs: number;
}

/** How responses of other processes are read. Ids are public ids. */
export interface StoredResponses {
  find(principal: Principal, id: string): Promise<ResponseWithOutput | null>;
  /** Waits for its end, or until the signal aborts. */
  ended(principal: Principal, id: string, signal?: Signal): Promise<ResponseWithOutput>;
}

export interface CreateOptions {
  /** Unstored responses that the caller's connection remembers and may continue. */
  recall?: Recall | undefined;
  /**
   * The caller's name for this request: sent again within a day, it means the same response. A run that was refused before it
   * said anything frees its key.
   */
  idempotencyKey?: string | null | undefined;
  /** Long texts of the body as they were written. */
  literals?: Literals | null;
}

/** A response that was only thought through: its events are all there is of it. */
export interface WarmedUp {
  /** UUID. */
  id: string;
  events: ResponseEvent[];
  transcript: Item[];
}

/** How responses begin: planned, let in, started here or queued; or found again, where the caller names a request of before. */
export function createResponseStart(options: ResponseStartOptions, stored: StoredResponses) {
  const { planner, runner, live, background, requestKeys, presence, entry } = options;

  const begin = async (
    principal: Principal,
    body: unknown,
    { recall, literals }: CreateOptions,
    idempotency: Idempotency | null,
  ): Promise<StartedResponse> => {
    live.enter();
    try {
      const plan = await planner.plan(principal, body, { recall, literals });
      const lease = entry.limits(principal) ? await entry.enter(plan) : null;
      const rate = lease?.state ?? null;
      const { id, projectId, background: isBackground } = plan.record;
      let run: Run | null;
      try {
        if (isBackground) run = await background.submit(plan, idempotency);
        else {
          const made = runner.start(plan, idempotency);
          run = live.add(made instanceof Promise ? await made : made);
        }
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

  const started = (run: Run, rate: RateState | null, settled = run.settled): StartedResponse =>
    new StartedHere(live, run, rate, settled, false);

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
        return await stored.ended(principal, toPublicId('response', response.id), signal);
      } finally {
        leave?.();
      }
    },
  });

  /** The response that an earlier request with the same key began. */
  const repeated = async (principal: Principal, id: string): Promise<StartedResponse> => {
    const run = live.find(principal.projectId, id) ?? unstored.get(id);
    if (run !== undefined) return new StartedHere(live, run, null, run.settled, true);
    const response = await stored.find(principal, toPublicId('response', id));
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

  const beginOnce = async (
    principal: Principal,
    body: unknown,
    how: CreateOptions,
    key: string,
  ): Promise<StartedResponse> => {
    const idempotency = requestKeys.read(principal, key, body);
    const earlier = await requestKeys.find(principal.projectId, idempotency);
    return earlier === null ? begin(principal, body, how, idempotency) : repeated(principal, earlier);
  };

  return {
    /**
     * Starts a run from a request body in the API's spelling. Resolves when its beginning is durable; the model is at work
     * then, unless it is a background run. Streaming and background runs keep their events, others only their end.
     *
     * @throws 400 for a bad body, 404 for an unknown conversation or prompt, 409 for a key of another request, 429 when a
     *   budget cannot cover it
     */
    create(principal: Principal, body: unknown, how: CreateOptions = {}): Promise<StartedResponse> {
      const { idempotencyKey } = how;
      return typeof idempotencyKey === 'string'
        ? beginOnce(principal, body, how, idempotencyKey)
        : begin(principal, body, how, null);
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
  };
}
