import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FieldNode,
  type GraphQLSchema,
  getOperationAST,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import type { ResponseEvent } from '../../domain/response-event.js';
import type { Context } from '../context.js';
import type { EventFollower } from '../events/follow-events.js';
import { eventTypeName } from '../types/event.types.js';
import { asksOnlyMembers } from './asks-only-members.js';

/** The root field whose events are the same for everyone who asks the same of them. */
const SHARED_FIELD = 'responseEvents';
/** Printed results that go out together, in characters, unless one alone is longer. */
const MAX_TOGETHER = 16_384;
const DONE = { done: true, value: undefined } as const;

/** A result that was printed once for all. */
export class Printed {
  /** Its bytes and a closing brace: the end of a message that carries it. Made when the first socket needs them. */
  private bytes: Buffer | null = null;

  constructor(readonly json: string) {}

  get tail(): Buffer {
    this.bytes ??= Buffer.from(`${this.json}}`);
    return this.bytes;
  }
}

/** What comes of the next events: printed results, as many as came together, or one that is its reader's own. */
export type Results = readonly Printed[] | ExecutionResult;

export const isPrinted = (results: Results): results is readonly Printed[] => Array.isArray(results);

export type SharedResults = ReturnType<typeof createSharedResults>;

export type ResultStream = AsyncIterableIterator<Results>;

/**
 * Subscriptions whose results are printed once for all that ask the same: events of a run that only their own members are asked
 * of need neither be executed nor printed for every follower.
 */
export function createSharedResults(schema: GraphQLSchema) {
  /** Printed results by event and operation; they go when the event does. */
  const printed = new WeakMap<ResponseEvent, Map<OperationDefinitionNode, Printed>>();
  const shareable = new WeakMap<OperationDefinitionNode, Map<string, boolean>>();

  const isShareable = (args: ExecutionArgs, operation: OperationDefinitionNode, root: FieldNode, type: string) => {
    const known = shareable.get(operation) ?? new Map<string, boolean>();
    shareable.set(operation, known);
    let answer = known.get(type);
    if (answer === undefined) {
      const object = schema.getType(type);
      answer = isObjectType(object) && asksOnlyMembers({ schema, document: args.document }, root.selectionSet, object);
      known.set(type, answer);
    }
    return answer;
  };

  /** The result of an event, printed if it can be shared. */
  const resultOf = async (
    args: ExecutionArgs,
    operation: OperationDefinitionNode,
    root: FieldNode,
    event: ResponseEvent,
  ): Promise<Printed | ExecutionResult> => {
    // An event must not see the state of the one before.
    (args.contextValue as Context).renewLoaders();
    const result = await execute({ ...args, rootValue: event });
    if (result.errors !== undefined || !isShareable(args, operation, root, eventTypeName(event.type))) return result;
    const made = new Printed(JSON.stringify(result));
    const texts = printed.get(event);
    if (texts === undefined) printed.set(event, new Map([[operation, made]]));
    else texts.set(operation, made);
    return made;
  };

  return {
    /** The results of a subscription that can share them, or why it cannot run; null for any other operation. */
    async subscribe(args: ExecutionArgs): Promise<ResultStream | ExecutionResult | null> {
      const operation = getOperationAST(args.document, args.operationName);
      const root = operation?.selectionSet.selections[0];
      if (!operation || root?.kind !== Kind.FIELD || root.name.value !== SHARED_FIELD) return null;
      const source = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in source)) return source;
      return new SharedStream(
        source as EventFollower<ResponseEvent>,
        (event) => printed.get(event)?.get(operation),
        (event) => resultOf(args, operation, root, event),
      );
    },
  };
}

class SharedStream implements ResultStream {
  private batch: readonly ResponseEvent[] = [];
  private position = 0;
  /** A result of its reader's own that came behind printed ones. */
  private held: ExecutionResult | null = null;
  private isOver = false;

  constructor(
    private readonly events: EventFollower<ResponseEvent>,
    private readonly find: (event: ResponseEvent) => Printed | undefined,
    private readonly make: (event: ResponseEvent) => Promise<Printed | ExecutionResult>,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Results, undefined>> {
    if (this.held !== null) {
      const value = this.held;
      this.held = null;
      return this.isOver ? DONE : { done: false, value };
    }
    if (this.position >= this.batch.length) {
      const pulled = await this.events.nextBatch();
      if (pulled === null) return DONE;
      this.batch = pulled;
      this.position = 0;
    }
    const together: Printed[] = [];
    for (let length = 0; this.position < this.batch.length && length < MAX_TOGETHER; ) {
      if (this.isOver) return DONE;
      const event = this.batch[this.position++] as ResponseEvent;
      const result = this.find(event) ?? (await this.make(event));
      if (result instanceof Printed) {
        together.push(result);
        length += result.json.length;
      } else if (together.length === 0) return this.isOver ? DONE : { done: false, value: result };
      else {
        this.held = result;
        break;
      }
    }
    return this.isOver ? DONE : { done: false, value: together };
  }

  async return(): Promise<IteratorResult<Results, undefined>> {
    this.isOver = true;
    await this.events.return?.();
    return DONE;
  }

  async throw(thrown: unknown): Promise<never> {
    await this.return();
    throw thrown;
  }
}
