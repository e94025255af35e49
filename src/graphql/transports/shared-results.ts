import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FieldNode,
  GraphQLNonNull,
  type GraphQLSchema,
  getOperationAST,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import type { ResponseEvent } from '../../domain/response-event.js';
import type { Context } from '../context.js';
import type { EventReader } from '../events/event-reader.js';
import { EventFollower } from '../events/follow-events.js';
import { type Show, showPlainly } from '../execution/plain-selection.js';
import { eventTypeName } from '../types/event.types.js';

/** The root field whose events are the same for everyone who asks the same of them. */
const SHARED_FIELD = 'responseEvents';
/** Printed results that go out together, in characters, unless one alone is longer. */
const MAX_TOGETHER = 16_384;
/** Who a shared result is made for: a field that asks who is looking fails, and is executed for each. */
const NOBODY = {} as Context;
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
 * Subscriptions whose results are printed once for all that ask the same: events of a run of which only members are asked need
 * neither be executed nor printed for every follower.
 */
export function createSharedResults(schema: GraphQLSchema) {
  const known = new WeakMap<OperationDefinitionNode, SharedOperation>();
  const sharedBy = (args: ExecutionArgs): SharedOperation | null => {
    const operation = getOperationAST(args.document, args.operationName);
    const root = operation?.selectionSet.selections[0];
    if (!operation || root?.kind !== Kind.FIELD || root.name.value !== SHARED_FIELD) return null;
    const shared = known.get(operation) ?? new SharedOperation(schema, args.document, root);
    known.set(operation, shared);
    return shared;
  };

  return {
    /** The results of a subscription that can share them, or why it cannot run; null for any other operation. */
    async subscribe(args: ExecutionArgs): Promise<ResultStream | ExecutionResult | null> {
      const shared = sharedBy(args);
      if (shared === null) return null;
      const source = await createSourceEventStream(args);
      return source instanceof EventFollower ? new SharedStream(source, shared, args) : (source as ExecutionResult);
    },
  };
}

/** What a subscription asks of events, the same for everyone who sends its document. */
class SharedOperation {
  /** Printed results; they go when the event does. Null for events that each follower has executed. */
  private readonly printed = new WeakMap<ResponseEvent, Printed | null>();
  private readonly shows = new Map<string, Show | null>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly document: DocumentNode,
    private readonly root: FieldNode,
  ) {}

  /** The result for everyone; null if it may differ from one to the other. */
  print(event: ResponseEvent, reader: EventReader): Printed | null {
    let printed = this.printed.get(event);
    if (printed === undefined) {
      printed = this.printNew(event, reader);
      this.printed.set(event, printed);
    }
    return printed;
  }

  private printNew(event: ResponseEvent, reader: EventReader): Printed | null {
    const show = this.showOf(eventTypeName(event.type));
    if (show === null) return null;
    try {
      const shown = show(reader.read(event), NOBODY);
      return new Printed(JSON.stringify({ data: { [(this.root.alias ?? this.root.name).value]: shown } }));
    } catch {
      return null;
    }
  }

  /** What is shown of events of this type. */
  private showOf(name: string): Show | null {
    const known = this.shows.get(name);
    if (known !== undefined) return known;
    const { schema, document, root } = this;
    const type = schema.getType(name);
    const isPlain = isObjectType(type) && root.selectionSet !== undefined && !root.directives?.length;
    const show = isPlain ? showPlainly({ schema, document }, new GraphQLNonNull(type), [root.selectionSet]) : null;
    this.shows.set(name, show);
    return show;
  }
}

class SharedStream implements ResultStream {
  private batch: readonly ResponseEvent[] = [];
  private position = 0;
  /** A result of its reader's own that came behind printed ones. */
  private held: ExecutionResult | null = null;
  private isOver = false;

  constructor(
    private readonly events: EventFollower<ResponseEvent>,
    private readonly shared: SharedOperation,
    private readonly args: ExecutionArgs,
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
      if (pulled.done === true) return DONE;
      this.batch = pulled.value;
      this.position = 0;
    }
    const together: Printed[] = [];
    for (let length = 0; this.position < this.batch.length && length < MAX_TOGETHER; ) {
      if (this.isOver) return DONE;
      const event = this.batch[this.position++] as ResponseEvent;
      const result = this.shared.print(event, this.context.events) ?? (await this.execute(event));
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
    await this.events.return();
    return DONE;
  }

  async throw(thrown: unknown): Promise<never> {
    await this.return();
    throw thrown;
  }

  private get context(): Context {
    return this.args.contextValue as Context;
  }

  private async execute(event: ResponseEvent): Promise<ExecutionResult> {
    // An event must not see the state of the one before.
    this.context.renewLoaders();
    return execute({ ...this.args, rootValue: event });
  }
}
