import { newUuid, parseItemId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import { toResponseObject } from '../../domain/response.js';
import { printEvent } from '../../domain/response-event.js';
import { noUsage } from '../../domain/usage.js';
import type { Logger } from '../../observability/logger.js';
import type { EventRepository } from '../../persistence/repositories/event.repository.js';
import type { ResponseRepository } from '../../persistence/repositories/response.repository.js';
import type { ExpiredRun, RunRepository } from '../../persistence/repositories/run.repository.js';
import type { LiveRuns } from './live-runs.js';
import type { RunStore } from './run-store.js';

export interface RunKeeperOptions {
  runs: RunRepository;
  responses: ResponseRepository;
  events: EventRepository;
  store: RunStore;
  live: LiveRuns;
  /** Calls that are no responses but hold money: their rows have to stay alive too. */
  calls: { ids(): string[] };
  owner: string;
  logger: Logger;
  leaseMs: number;
  now(): number;
}

const CLAIM_BATCH = 100;

/**
 * Keeps the leases of this process's runs alive, and ends the runs of processes that died: they become `failed`, with the
 * events and items that were stored kept readable, and their money given back. A model is never called again for them.
 */
export function createRunKeeper(options: RunKeeperOptions) {
  const { runs, responses, events, store, live, calls, owner, logger, leaseMs } = options;
  let timer: NodeJS.Timeout | null = null;
  let working: Promise<void> = Promise.resolve();

  const heartbeat = async (): Promise<void> => {
    const ids = [...live.ids(), ...calls.ids()];
    if (ids.length === 0) return;
    const mine = await runs.renew(owner, ids, leaseMs);
    for (const id of ids) if (!mine.has(id) && live.isFenced(id)) live.interrupt(id);
  };

  const settle = async (run: ExpiredRun): Promise<void> => {
    const stored = run.stored === null ? null : await responses.findHidden(run.projectId, run.responseId);
    const logged = run.stored?.logged ? await events.readAll(run.projectId, run.responseId) : [];
    const output = itemsOf(logged.map((event) => event.json));
    const failure = {
      code: 'server_error',
      message: 'The server was stopped before this response was finished.',
    };
    const last = logged.at(-1)?.sequenceNumber ?? -1;
    const closing =
      stored === null || !run.stored?.logged
        ? []
        : [
            printEvent(
              last + 1,
              'response.failed',
              `"response":${JSON.stringify(
                toResponseObject({ ...stored, status: 'failed', error: failure, usage: noUsage, output }),
              )}`,
            ),
          ];
    await store.finish({
      projectId: run.projectId,
      responseId: run.responseId,
      attempt: run.attempt,
      status: 'failed',
      model: run.model,
      endedAtMs: options.now(),
      error: JSON.stringify(failure),
      incompleteReason: null,
      usage: noUsage,
      lastSequence: run.stored?.logged ? last + closing.length : null,
      threadId: run.stored?.threadId ?? null,
      inputStart: run.stored?.inputStart ?? 0,
      inputs: run.stored?.inputs ?? 0,
      outputs: run.stored === null ? [] : output.map(toRow),
      appendTo: null,
      events: closing.map((event) => ({ sequenceNumber: event.sequenceNumber, payload: event.json })),
      endUser: run.endUser,
      ledgerId: newUuid(),
      keyId: run.keyId,
      provider: 'unknown',
      estimated: true,
      cost: 0n,
    });
    if (stored !== null) await responses.purge(run.projectId, run.responseId);
    logger.warn({ responseId: run.responseId }, 'a run of a process that ended was closed');
  };

  const sweep = async (): Promise<number> => {
    const expired = await runs.claimExpired(owner, leaseMs, CLAIM_BATCH);
    for (const run of expired) await settle(run);
    return expired.length;
  };

  const tick = async (): Promise<void> => {
    try {
      await heartbeat();
      while ((await sweep()) === CLAIM_BATCH);
    } catch (err) {
      logger.warn({ err }, 'leases could not be renewed; trying again');
    }
  };

  return {
    /** Ends what other processes left. Resolves when all of it is done. */
    sweep,
    /** Starts the heartbeat: four beats to a lease, so that one may be lost. */
    start(): void {
      timer = setInterval(() => {
        working = working.then(tick);
      }, leaseMs / 4);
      timer.unref();
    },
    async close(): Promise<void> {
      if (timer !== null) clearInterval(timer);
      await working;
    },
  };
}

/** The output items that stored events tell of; what was not finished is shown as `incomplete`, with the text so far. */
function itemsOf(events: readonly string[]): Item[] {
  const items: Item[] = [];
  const texts = new Map<number, string>();
  for (const json of events) {
    const event = JSON.parse(json) as { type: string; output_index: number; item: Item; delta: string };
    if (event.type === 'response.output_item.added')
      items[event.output_index] = { ...event.item, status: 'incomplete' };
    if (event.type === 'response.output_item.done') {
      items[event.output_index] = event.item;
      texts.delete(event.output_index);
    }
    if (event.type === 'response.output_text.delta' || event.type === 'response.function_call_arguments.delta')
      texts.set(event.output_index, (texts.get(event.output_index) ?? '') + event.delta);
  }
  for (const [index, text] of texts) {
    const item = items[index];
    if (item?.type === 'message') item.content = [{ type: 'output_text', text, annotations: [] }];
    if (item?.type === 'function_call') item.arguments = text;
  }
  return items.filter((item) => item !== undefined);
}

const toRow = (item: Item) => ({ id: parseItemId(item.id ?? '') ?? newUuid(), payload: JSON.stringify(item) });
