import {
  type DocumentNode,
  type ExecutionArgs,
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
import { type Show, showPlainly } from '../execution/plain-selection.js';
import { eventTypeName } from '../types/event.types.js';

/** The root field whose events are the same for everyone who asks the same of them. */
const SHARED_FIELD = 'responseEvents';
/** Who a shared result is made for: a field that asks who is looking fails, and is executed for each. */
const NOBODY = {} as Context;
/** Text of results shorter than this is kept beside their bytes. */
const SHORT = 4_096;

/** A result that was printed once for all: a text, or once a socket has needed them its bytes; of a long one not both. */
export class Printed {
  /** In characters. */
  readonly length: number;
  private text: string | null;
  private bytes: Buffer | null = null;

  constructor(json: string) {
    this.text = json;
    this.length = json.length;
  }

  get json(): string {
    return this.text ?? (this.bytes as Buffer).toString('utf8', 0, (this.bytes as Buffer).length - 1);
  }

  /** Its bytes and a closing brace: the end of a message that carries it. */
  get tail(): Buffer {
    this.bytes ??= Buffer.from(`${this.text}}`);
    if (this.length > SHORT) this.text = null;
    return this.bytes;
  }
}

/**
 * What prints the results of a subscription once for all that ask the same: events of a run of which only members are asked need
 * neither be executed nor printed for every follower. Null for other subscriptions.
 */
export function createSharing(schema: GraphQLSchema): (args: ExecutionArgs) => SharedOperation | null {
  const known = new WeakMap<OperationDefinitionNode, SharedOperation>();
  return ({ document, operationName }) => {
    const operation = getOperationAST(document, operationName);
    const root = operation?.selectionSet.selections[0];
    if (!operation || root?.kind !== Kind.FIELD || root.name.value !== SHARED_FIELD) return null;
    const shared = known.get(operation) ?? new SharedOperation(schema, document, root);
    known.set(operation, shared);
    return shared;
  };
}

/** What a subscription asks of events, the same for everyone who sends its document. */
export class SharedOperation {
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
