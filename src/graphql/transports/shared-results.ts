import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isLeafType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  subscribe,
} from 'graphql';
import type { WebSocket } from 'ws';
import type { ResponseEvent } from '../../domain/response-event.js';
import { eventTypeName } from '../types/event.types.js';

/** The root field whose events are the same for everyone who asks the same of them. */
const SHARED_FIELD = 'responseEvents';
/** More than this waiting for the network, and the next message waits for it too. */
const MAX_WAITING_BYTES = 16_384;

/** Where the messages of one operation go. */
export interface Wire {
  socket: WebSocket;
  /** The operation's id on that socket. */
  id: string;
}

/**
 * Subscriptions whose results are printed once for all that ask the same: events of a run that only their own members are asked
 * of need neither be executed nor printed for every follower. Everything else takes graphql's own way.
 */
export function createSharedResults(schema: GraphQLSchema) {
  /** Printed results by event and operation; they go when the event does. */
  const printed = new WeakMap<ResponseEvent, Map<OperationDefinitionNode, string>>();
  const shareable = new WeakMap<OperationDefinitionNode, Map<string, boolean>>();

  const isShareable = (args: ExecutionArgs, operation: OperationDefinitionNode, root: FieldNode, type: string) => {
    const known = shareable.get(operation) ?? new Map<string, boolean>();
    shareable.set(operation, known);
    let answer = known.get(type);
    if (answer === undefined) {
      const object = schema.getType(type);
      answer = isObjectType(object) && asksOnlyMembers(args, root.selectionSet, object);
      known.set(type, answer);
    }
    return answer;
  };

  /** The result of an event: printed where it can be shared. */
  const resultOf = async (
    args: ExecutionArgs,
    operation: OperationDefinitionNode,
    root: FieldNode,
    event: ResponseEvent,
  ): Promise<string | ExecutionResult> => {
    const texts = printed.get(event);
    const known = texts?.get(operation);
    if (known !== undefined) return known;
    const result = await execute({ ...args, rootValue: event });
    if (result.errors !== undefined || !isShareable(args, operation, root, eventTypeName(event.type))) return result;
    const text = JSON.stringify(result);
    if (texts === undefined) printed.set(event, new Map([[operation, text]]));
    else texts.set(operation, text);
    return text;
  };

  return {
    /** As graphql's own; what is shared goes to the wire by itself, the rest comes out of the iterator. */
    async subscribe(
      args: ExecutionArgs,
      wire: Wire | undefined,
    ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
      const operation = getOperationAST(args.document, args.operationName);
      const root = operation?.selectionSet.selections[0];
      const isShared = root?.kind === Kind.FIELD && root.name.value === SHARED_FIELD;
      if (wire === undefined || !operation || !isShared) return subscribe(args);
      const source = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in source)) return source;
      const events = source[Symbol.asyncIterator]() as AsyncIterator<ResponseEvent>;
      return deliver(events, (event) => resultOf(args, operation, root, event), wire);
    },
  };
}

function deliver(
  events: AsyncIterator<ResponseEvent>,
  resultOf: (event: ResponseEvent) => Promise<string | ExecutionResult>,
  { socket, id }: Wire,
): AsyncIterableIterator<ExecutionResult> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const done = { done: true, value: undefined } as const;
  let isOver = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      for (;;) {
        const pulled = await events.next();
        if (pulled.done === true || isOver) return done;
        const result = await resultOf(pulled.value);
        if (isOver) return done;
        if (typeof result !== 'string') return { done: false, value: result };
        await send(socket, `${head}${result}}`);
      }
    },
    async return() {
      isOver = true;
      await events.return?.();
      return done;
    },
    async throw(thrown: unknown) {
      isOver = true;
      await events.return?.();
      throw thrown;
    },
  };
}

/** Hands a message over; waits for the network only when it is behind. */
function send(socket: WebSocket, text: string): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return undefined;
  if (socket.bufferedAmount <= MAX_WAITING_BYTES) {
    socket.send(text);
    return undefined;
  }
  return new Promise((resolve) => {
    socket.send(text, () => resolve());
  });
}

/** Whether everything that is asked of this type is a member of it that needs nobody's eyes: no objects, no directives. */
function asksOnlyMembers(
  { document }: Pick<ExecutionArgs, 'document'>,
  selection: SelectionSetNode | undefined,
  type: GraphQLObjectType,
): boolean {
  const applies = (condition: string | undefined): boolean =>
    condition === undefined || condition === type.name || type.getInterfaces().some(({ name }) => name === condition);
  return (selection?.selections ?? []).every((node) => {
    if (node.directives !== undefined && node.directives.length > 0) return false;
    if (node.kind === Kind.FIELD) {
      if (node.name.value === '__typename') return true;
      const field = type.getFields()[node.name.value];
      return field !== undefined && isLeafType(getNamedType(field.type));
    }
    const fragment =
      node.kind === Kind.INLINE_FRAGMENT
        ? node
        : document.definitions.find(
            (one): one is FragmentDefinitionNode =>
              one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === node.name.value,
          );
    if (fragment === undefined) return false;
    return !applies(fragment.typeCondition?.name.value) || asksOnlyMembers({ document }, fragment.selectionSet, type);
  });
}
