import { errors, type GatewayError } from '../../domain/errors.js';
import { type ResponseWithOutput, toResponseObject } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { LightSignal } from '../../domain/signal.js';
import type { RunEnding } from '../../persistence/statements/index.js';
import type { ModelRequest } from '../../providers/provider.js';
import { countPrompt } from '../usage/prompt-tokens.js';
import { announceQueued, announceStart } from './announcements.js';
import type { OpenTurn } from './model-turn.js';
import { retried } from './retried.js';
import type { Admission, Run } from './run.js';
import { refreshed } from './run-context.js';
import type { RunLog } from './run-log.js';
import { firstRequest } from './run-money.js';
import type { RunPlan } from './run-plan.js';
import { toBill, toEnded, toEnding } from './run-rows.js';
import { RunWork } from './run-work.js';
import type { RunnerOptions } from './runner-options.js';
import type { Ending } from './tool-loop.js';

/** A foreground run whose model is at work already, or about to be. */
export interface Begun {
  request: ModelRequest;
  stopping: LightSignal;
  /** Or why it could not be sent anything; null when something has to happen first: a compaction, lists of MCP tools. */
  first: OpenTurn | GatewayError | null;
  isFenced: boolean;
}

/**
 * One run from its admission to its end. A class, because there is one per response: closures over this much state would cost
 * every request more than the work they do.
 */
export class RunExecution implements Run {
  readonly plan: RunPlan;
  readonly isFenced: boolean;
  readonly settled: Promise<ResponseWithOutput>;
  readonly #parts: RunnerOptions;
  readonly #admission: Admission;
  readonly #begun: Begun | null;
  readonly #log: RunLog | null;
  readonly #work: RunWork;
  #isSent: boolean;
  #hindrance: GatewayError | null = null;
  #refusal: GatewayError | null = null;
  #ended: ResponseWithOutput | null = null;

  /** Goes to work at once. A background run is sent upstream once it is written down that it is. */
  constructor(parts: RunnerOptions, plan: RunPlan, admission: Admission, begun: Begun | null) {
    const { record } = plan;
    this.plan = plan;
    this.#parts = parts;
    this.#admission = admission;
    this.#begun = begun;
    this.isFenced = begun?.isFenced ?? true;
    this.#isSent = begun !== null;
    const request = begun?.request ?? firstRequest(plan);
    if (admission.cutTo !== null) request.maxOutputTokens = admission.cutTo;
    const stopping = begun?.stopping ?? new LightSignal();
    const log = openLog(parts, plan, admission);
    this.#log = log;
    this.#work = new RunWork(parts, plan, { request, stopping, log, held: admission.held });
    this.settled = this.#execute();
    this.settled.catch((err: unknown) => {
      parts.logger.error({ err, responseId: record.id }, 'the end of a run was not written');
      // Whoever takes the run over closes its log; one that is not stored has nobody else.
      if (record.store) log?.release();
      else log?.close([]);
    });
  }

  current(): ResponseWithOutput {
    if (this.#ended !== null) return this.#ended;
    const { record } = this.plan;
    return {
      ...record,
      model: this.#work.spending.model ?? record.model,
      status: this.#isSent ? 'in_progress' : record.status,
      output: this.#work.visible(),
    };
  }

  get refusal(): GatewayError | null {
    return this.#refusal;
  }

  cancel(): void {
    this.#work.stop('cancelled');
  }

  interrupt(): void {
    this.#work.stop('interrupted');
  }

  async #execute(): Promise<ResponseWithOutput> {
    const log = this.#log;
    const work = this.#work;
    const { record } = this.plan;
    if (!this.#isSent) await this.#prepareToSend();
    if (!this.#isSent && work.stopped === 'interrupted') {
      // Nothing was sent, so another process, or the next start, can run it.
      await log?.flush();
      await this.#parts.store.release(record.projectId, record.id, this.#admission.attempt);
      log?.release();
      return record;
    }
    let ending: Ending = { status: 'cancelled' };
    if (this.#isSent) {
      if (log !== null) announceStart(log, record);
      ending = await work.run(this.#begun?.first ?? this.#hindrance);
    }
    if (work.stopped === 'cancelled') ending = { status: 'cancelled' };
    if (work.stopped === 'interrupted') ending = { status: 'failed', error: errors.shuttingDown() };
    if (ending.status === 'failed' && !work.builder.hasOutput) this.#refusal = ending.error;
    work.close(ending);
    return this.#end(ending);
  }

  /** Asks for leave to call the upstream; without it the run has ended, or is not this process's any more. */
  async #prepareToSend(): Promise<void> {
    const { counter, store } = this.#parts;
    const { request, stopping } = this.#work;
    const { record } = this.plan;
    if (this.#log !== null) announceQueued(this.#log, record);
    if (this.plan.refresh !== null) this.#hindrance = await refreshed(this.plan, this.plan.refresh, request);
    const inputTokens = await countPrompt(counter, request);
    if (stopping.aborted) return;
    const leave = await retried(() =>
      store.markSent(record.projectId, record.id, this.#admission.attempt, inputTokens),
    );
    if (leave === 'lost') throw takenOver();
    if (leave === 'cancelled') this.cancel();
    this.#isSent = leave === 'sent';
  }

  async #end(ending: Ending): Promise<ResponseWithOutput> {
    const { record } = this.plan;
    const log = this.#log;
    const { builder, spending } = this.#work;
    const output = builder.snapshot();
    builder.dispose();
    const endedAtMs = this.#parts.clock.now();
    const response = toEnded(record, ending, spending, this.#work.visible(output), endedAtMs);
    // A cancelled run ends without an event: its log is closed by its last number.
    let closing: ResponseEvent[] = [];
    if (log !== null && ending.status !== 'cancelled')
      closing = log.prepare([
        { type: `response.${ending.status}`, members: `"response":${JSON.stringify(toResponseObject(response))}` },
      ]);
    response.lastSequence = log?.lastSequence ?? null;

    const isKept = ending.status === 'completed' || ending.status === 'incomplete';
    const appendTo = isKept ? record.conversationId : null;
    if (appendTo !== null && !record.store) {
      const items = [...this.plan.input, ...output].map(({ item }) => item);
      await this.#parts.appendToConversation(record, appendTo, items);
    }
    const bill = toBill(this.plan, response, spending, output, endedAtMs);
    if (this.isFenced) {
      const rows = toEnding(this.plan, response, bill, output, {
        attempt: this.#admission.attempt,
        place: this.#admission.place,
        closing,
        appendTo: record.store ? appendTo : null,
        holdsMoney: this.#admission.held !== null,
      });
      if (log !== null) await log.flush();
      await this.#finish(rows);
    } else {
      const booked = this.#parts.store.book(bill);
      if (booked !== null) await booked;
    }
    this.#ended = response;
    log?.close(closing);
    return response;
  }

  async #finish(rows: RunEnding): Promise<void> {
    const isMine = await retried(() => this.#parts.store.finish(rows));
    if (!isMine) throw takenOver();
  }
}

function openLog({ eventLog, limits }: RunnerOptions, { record }: RunPlan, admission: Admission): RunLog | null {
  if (!record.logged) return null;
  return record.store
    ? eventLog.open(record, record.id, admission.attempt, admission.lastSequence)
    : eventLog.openUnstored(record, record.id, limits.unstoredKeepMs);
}

const takenOver = () => errors.providerFailed('The run was taken over by another process.');
