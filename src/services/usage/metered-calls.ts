import type { Attribution } from '../../domain/attribution.js';
import type { Clock } from '../../domain/clock.js';
import { errors, GatewayError } from '../../domain/errors.js';
import { newUuid } from '../../domain/ids.js';
import { costOf, highestCost } from '../../domain/money.js';
import type { Principal } from '../../domain/principal.js';
import type { RateState } from '../../domain/rate-limit.js';
import type { ToolCalls } from '../../domain/tool-calls.js';
import { noUsage, totalTokens, type Usage } from '../../domain/usage.js';
import type { Logger } from '../../observability/logger.js';
import type { Bill, RunBeginning, RunEnding } from '../../persistence/statements/index.js';
import type { AdmissionGate } from '../admission/gate.js';
import type { ExpectedTokens } from '../limits/rate-lease.js';
import type { RateLimiter } from '../limits/rate-limiter.js';
import type { Route } from '../models/route.js';
import type { RunStore } from '../responses/run-store.js';
import { affordableTokens } from './affordable.js';
import { roughCounter, type TokenCounter } from './token-counter.js';

export interface MeteredCallsOptions {
  store: RunStore;
  rates: RateLimiter;
  counter: TokenCounter;
  /** The caller with every budget that limits a call. */
  limiting(principal: Principal, attribution: Attribution): Principal | Promise<Principal>;
  clock: Clock;
  logger: Logger;
  gate: AdmissionGate;
  /** Read whenever they are needed: they may change. */
  limits: {
    /** How long the row of a budgeted call counts as alive without a heartbeat. */
    leaseMs: number;
    /** A short budget cuts an answer down to this many tokens before it refuses it; null: it never does. */
    leastOutputTokens: number | null;
  };
}

/** What a call has used in the end. */
export interface Spent {
  usage: Usage;
  /** The gateway counted, because the upstream did not. */
  isEstimated: boolean;
  /** Calls of the server's tools that were made. @default none */
  toolCalls?: ToolCalls | null;
}

/** What a call is about. */
export interface CallSubject extends Attribution {
  model: string;
  route: Route;
  /** Its answer is read as it comes. */
  stream?: boolean;
  /** How many answers are asked for. @default 1 */
  answers?: number;
  /** Calls of the server's tools that it makes at most. @default none */
  toolCalls?: ToolCalls | null;
}

/** A model call that is no response: it is paid like one, and leaves nothing but its bill. */
export interface MeteredCall {
  readonly id: string;
  /** Whether a budget holds its price, so that its answer must not be longer than was said. */
  readonly hasBudget: boolean;
  /** What a short budget has cut each answer down to, in tokens; null: nothing was cut. */
  readonly cutTo: number | null;
  /** Where it left the caller's rate limits; null if none applies. */
  readonly rate: RateState | null;
  /** Aborts when the client leaves or the server stops. */
  readonly signal: AbortSignal;
  /** Holds more money for a call that goes on. The error that says why not, or null. */
  extend(amount: bigint): Promise<GatewayError | null>;
  /** Books what was used and gives the rest back. Exactly once per call, however it ended. */
  settle(spent: Spent): Promise<void>;
}

export type MeteredCalls = ReturnType<typeof createMeteredCalls>;

/** Money for calls beside the responses: held before the upstream is called, settled when it has answered. */
export function createMeteredCalls(options: MeteredCallsOptions) {
  const { store, rates, counter, clock, logger, gate, limits } = options;
  /** Calls under way, each with what stops it. */
  const underWay = new Map<string, { stop: AbortController; ended: Promise<void> }>();
  let isClosing = false;

  const admit = (): void => {
    if (isClosing) throw errors.shuttingDown();
    gate.check();
  };

  return {
    /**
     * Opens a call. Budgets hold the price of `atMost` until it is settled; keys without one write nothing before its end. Should
     * this process die, whoever closes the call books its input.
     *
     * @param atMost the most the call can use, by this counter
     * @throws 429 `insufficient_quota` when a budget cannot cover it, `rate_limit_exceeded`, 503 when full or shutting down
     */
    async open(
      caller: Principal,
      { model, route, stream = false, answers = 1, toolCalls = null, endUser: billedUser, label }: CallSubject,
      atMost: (by: TokenCounter) => Promise<Usage>,
      client: AbortSignal,
    ): Promise<MeteredCall> {
      admit();
      const lease = rates.limits(caller)
        ? await rates.acquire(caller, model, { run: true, stream, tokens: () => expectedTokens(atMost) })
        : null;
      const id = newUuid();
      const stop = new AbortController();
      let end: () => void = () => undefined;
      underWay.set(id, { stop, ended: new Promise((resolve) => (end = resolve)) });
      const leave = (usedTokens: number): void => {
        lease?.release(usedTokens);
        lease?.stream?.leave();
      };
      const forget = (): void => {
        underWay.delete(id);
        end();
      };
      const { projectId, keyId, endUser } = caller;
      let principal = caller;
      let hasBudget = false;
      let cutTo: number | null = null;
      try {
        principal = await options.limiting(caller, { endUser: billedUser, label });
        hasBudget = principal.budgets.length > 0;
        if (hasBudget) {
          const most = await atMost(counter);
          const windows = await store.openWindows(principal);
          const begin = (usage: Usage) =>
            store.begin(principal, {
              ...nothingStored,
              projectId,
              responseId: id,
              leaseMs: limits.leaseMs,
              keyId,
              endUser,
              model,
              createdAtMs: clock.now(),
              windows,
              amount:
                route.price === null ? 0n : highestCost(route.price, usage) + costOf(route.price, noUsage, toolCalls),
              extra: { command: null, inputTokens: usage.inputTokens, idempotency: null },
            });
          await begin(most).catch(async (error: unknown) => {
            const { leastOutputTokens } = limits;
            const tokens = await affordableTokens({
              error,
              price: route.price,
              wanted: most.outputTokens,
              least: leastOutputTokens === null ? null : leastOutputTokens * answers,
              inputTokens: async () => most.inputTokens,
            });
            if (tokens === null) throw error;
            cutTo = Math.floor(tokens / answers);
            return begin({ ...most, outputTokens: cutTo * answers });
          });
        }
      } catch (error) {
        leave(0);
        forget();
        throw error;
      }
      return {
        id,
        hasBudget,
        cutTo,
        rate: lease?.state ?? null,
        signal: AbortSignal.any([client, stop.signal]),
        async extend(amount) {
          if (!hasBudget || amount <= 0n) return null;
          return (await store.extend(projectId, id, amount)) ? null : store.overBudget(principal, amount);
        },
        async settle({ usage, isEstimated, toolCalls: made = null }) {
          leave(totalTokens(usage));
          const bill: Bill = {
            projectId,
            responseId: id,
            status: 'completed',
            model,
            endedAtMs: clock.now(),
            usage,
            endUser,
            billedUser,
            label,
            toolCalls: made,
            ledgerId: newUuid(),
            keyId,
            provider: route.provider.id,
            estimated: isEstimated,
            cost: costOf(route.price, usage, made),
          };
          try {
            if (!hasBudget) await store.book(bill);
            else if (!(await store.finish({ ...nothingKept, ...bill })))
              logger.warn({ callId: id }, 'a call was settled by another process');
          } catch (err) {
            logger.error({ err, callId: id }, 'a ledger row was lost');
          } finally {
            forget();
          }
        },
      };
    },

    /** Calls that go on right now. */
    get size(): number {
      return underWay.size;
    },

    /** Calls whose rows have to stay alive, for heartbeats. */
    ids: (): string[] => [...underWay.keys()],

    /** Takes no more calls, gives the present ones `drainMs` to end, then stops them and waits for them, and for bills that hold money. */
    async close(drainMs: number): Promise<void> {
      isClosing = true;
      const all = Promise.all([...underWay.values()].map(({ ended }) => ended));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, drainMs);
      });
      await Promise.race([all, late]);
      clearTimeout(timer);
      for (const { stop } of underWay.values()) stop.abort(errors.shuttingDown());
      await all;
    },
  };
}

/** As the rate limits need it: about right, and at once. */
async function expectedTokens(atMost: (by: TokenCounter) => Promise<Usage>): Promise<ExpectedTokens> {
  const { inputTokens, outputTokens } = await atMost(roughCounter);
  return { input: inputTokens, output: outputTokens };
}

/** Why a call was cut off: the server stops, or its client has left and reads no answer any more. */
export const whyCut = ({ reason }: AbortSignal): GatewayError =>
  reason instanceof GatewayError ? reason : errors.providerUnavailable('The client has left.');

/** The parts of a run's beginning that a call without a response leaves empty. */
const nothingStored = {
  previousResponseId: null,
  conversationId: null,
  promptId: null,
  promptVersion: null,
  background: false,
  logged: false,
  stored: false,
  settings: '{}',
  metadata: '{}',
  parent: null,
  inputs: [],
} satisfies Partial<RunBeginning>;

/** The same of its end. */
const nothingKept = {
  attempt: 1,
  error: null,
  incompleteReason: null,
  lastSequence: null,
  threadId: null,
  inputStart: 0,
  inputs: 0,
  outputs: [],
  conversationId: null,
  appendTo: null,
  events: [],
  noticeId: null,
  holdsMoney: true,
} satisfies Partial<RunEnding>;
