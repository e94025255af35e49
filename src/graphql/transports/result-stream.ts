import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
} from 'graphql';
import type { ResponseEvent } from '../../domain/response-event.js';
import type { Context } from '../context.js';
import { EventFollower } from '../events/follow-events.js';
import { FEW_FAULTS } from '../limits.js';
import { createSharing, type Printed, type SharedOperation } from './shared-results.js';

/** Printed results that go out together, in characters, unless one alone is longer. */
const MAX_TOGETHER = 16_384;
const DONE = { done: true, value: undefined } as const;
const NONE: readonly never[] = [];

/** What comes of the next events: printed results, as many as came together, or one that is its reader's own. */
export type Results = readonly Printed[] | ExecutionResult;

export const isPrinted = (results: Results): results is readonly Printed[] => Array.isArray(results);

/** The results of a subscription, or why it cannot run. */
export type Subscribe = (args: ExecutionArgs) => Promise<ResultStream | ExecutionResult>;

/** Subscribes for every transport. */
export function createSubscribe(schema: GraphQLSchema): Subscribe {
  const sharedBy = createSharing(schema);
  return async (args) => {
    const source = await createSourceEventStream({ ...args, options: FEW_FAULTS });
    if (!(source instanceof EventFollower)) return source as ExecutionResult;
    return new ResultStream(source, sharedBy(args), args);
  };
}

/**
 * The results of one subscription, for a reader that pulls. On a socket that is behind nothing is read, executed or printed before
 * it is this subscription's turn; what is executed for this reader alone is made one at a time on a socket.
 */
export class ResultStream implements AsyncIterableIterator<Results> {
  private batch: readonly unknown[] = NONE;
  private position = 0;
  private turns = 0;
  private isOver = false;

  /** @param shared what prints results for everyone; null if they are this reader's own */
  constructor(
    private readonly events: EventFollower<unknown>,
    private readonly shared: SharedOperation | null,
    private readonly args: ExecutionArgs,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Results, undefined>> {
    const { turn } = this.context;
    if (this.position >= this.batch.length) {
      // What has been handed on is this reader's no longer.
      this.batch = NONE;
      this.giveTurns();
      const wait = turn?.pass() ?? null;
      if (wait !== null) {
        await this.inTurn(wait);
        if (this.isOver) return DONE;
        // The next event may be long in coming.
        this.giveTurns();
      }
      const pulled = await this.events.nextBatch();
      if (pulled.done === true) return DONE;
      this.batch = pulled.value;
      this.position = 0;
    }
    const wait = turn?.pass() ?? null;
    if (wait !== null) await this.inTurn(wait);
    const together = this.printed();
    if (this.isOver) return DONE;
    if (together.length > 0) return { done: false, value: together };
    const own = this.batch[this.position];
    if (turn !== undefined) {
      this.turns += 1;
      await turn.take();
      if (this.isOver) return DONE;
    }
    this.position += 1;
    const value = await this.execute(own);
    return this.isOver ? DONE : { done: false, value };
  }

  async return(): Promise<IteratorResult<Results, undefined>> {
    this.isOver = true;
    this.giveTurns();
    await this.events.return();
    return DONE;
  }

  async throw(thrown: unknown): Promise<IteratorResult<Results, undefined>> {
    await this.return();
    throw thrown;
  }

  private get context(): Context {
    return this.args.contextValue as Context;
  }

  /** The next results that are the same for everyone. */
  private printed(): Printed[] {
    const together: Printed[] = [];
    if (this.shared === null) return together;
    for (let length = 0; this.position < this.batch.length && length < MAX_TOGETHER; this.position += 1) {
      const printed = this.shared.print(this.batch[this.position] as ResponseEvent, this.context.events);
      if (printed === null) break;
      together.push(printed);
      length += printed.length;
    }
    return together;
  }

  private async inTurn(wait: Promise<void>): Promise<void> {
    this.turns += 1;
    await wait;
  }

  private giveTurns(): void {
    for (; this.turns > 0; this.turns -= 1) this.context.turn?.give();
  }

  private async execute(event: unknown): Promise<ExecutionResult> {
    const result = await execute({ ...this.args, rootValue: event });
    // The next event must not see the state of this one, and until then nobody needs it.
    this.context.renewLoaders();
    return result;
  }
}
