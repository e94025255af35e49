import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { handleProtocols, type Context as SocketContext } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { errors, toGatewayError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { LightSignal } from '../../domain/signal.js';
import { isNestedTooDeeply, MAX_JSON_NESTING } from '../../http/json-nesting.js';
import { newRequestId } from '../../http/request-id.js';
import { careForSockets } from '../../http/socket-care.js';
import { SocketTurn } from '../../http/socket-gate.js';
import type { Upgrades } from '../../http/upgrades.js';
import type { Logger } from '../../observability/logger.js';
import type { KeyWatch } from '../../services/access/key-watch.js';
import type { Caller, Context } from '../context.js';
import type { Documents, ReadDocument } from '../documents.js';
import { printError } from '../errors.js';
import type { GraphQLLimits } from '../limits.js';
import type { Operations } from '../operations.js';
import type { TrustedDocuments } from '../trusted-documents.js';
import type { Subscribe } from './result-stream.js';
import { type SocketExtra, serveSockets } from './serve-sockets.js';
import { answerOnSocket } from './socket-answer.js';
import { SocketResults, type Wire } from './socket-results.js';

export interface WsTransportOptions {
  upgrades: Upgrades;
  path: string;
  schema: GraphQLSchema;
  documents: Documents;
  subscribe: Subscribe;
  limits: GraphQLLimits;
  logger: Logger;
  suggestions: boolean;
  operations: Operations;
  trusted: TrustedDocuments | null;
  keyWatch: KeyWatch;
  authenticate(authorization: string | undefined): Promise<Principal>;
  contextOf(caller: Caller): Context;
}

/** What a socket keeps beside graphql-ws's own state. */
interface Session {
  authorization: string | undefined;
  /** Running operations by their payloads: an id may be used again before its last operation has ended. */
  running: Map<object, Operation>;
  unwatch(): void;
}

interface Operation {
  /** For its errors. */
  requestId: string;
  left: LightSignal;
  turn: SocketTurn;
  /** No longer counts as running. */
  leave(): void;
}

type Ctx = SocketContext<Record<string, unknown> | undefined, SocketExtra>;

/** What graphql-ws hands on from where an operation is asked for to where it is executed. */
interface SocketArgs extends ExecutionArgs, Wire {
  contextValue: Context;
  ctx: Ctx;
  /** As sent: what its session knows it by. */
  sent: object;
}

/** The result has been sent already. */
const NOTHING_MORE: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

/** Nothing was sent to tell who is asking. */
const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;
const INTERNAL_ERROR = 4500;

/** How long a socket may take to close on shutdown before it is cut. */
const CLOSE_MS = 2_000;

/**
 * Queries, mutations and subscriptions over WebSocket (GraphQL over WebSocket, `graphql-transport-ws`). The key comes in
 * `connectionParams` or with the upgrade, and is asked for again with every operation; when it is revoked the socket closes with
 * 4403, as it does for a wrong one.
 */
export function createWsTransport(options: WsTransportOptions): { close(): Promise<void> } {
  const { path, documents, logger, limits, suggestions, operations } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, handleProtocols });
  const sessions = new WeakMap<SocketExtra, Session>();
  const sessionOf = ({ extra }: { extra: SocketExtra }): Session => {
    const found = sessions.get(extra);
    if (found !== undefined) return found;
    const session: Session = { authorization: undefined, running: new Map(), unwatch: () => undefined };
    sessions.set(extra, session);
    return session;
  };

  const print = (
    session: Session,
    sent: object,
    faults: readonly GraphQLError[],
    code?: string,
  ): GraphQLFormattedError[] =>
    faults.map((error) => {
      const requestId = session.running.get(sent)?.requestId ?? newRequestId();
      return printError(error, { requestId, logger, suggestions }, code);
    });
  const end = (session: Session, sent: object): void => {
    const operation = session.running.get(sent);
    if (operation === undefined) return;
    operation.turn.leave();
    operation.leave();
    session.running.delete(sent);
  };

  const sendResult = ({ ctx, id, sent, gate }: SocketArgs, result: ExecutionResult): void => {
    if (!(id in ctx.subscriptions)) return;
    const payload =
      result.errors === undefined ? result : { ...result, errors: print(sessionOf(ctx), sent, result.errors) };
    gate.send(JSON.stringify({ id, type: 'next', payload }));
  };
  const follow = async (args: SocketArgs) => {
    const results = await options.subscribe(args);
    return Symbol.asyncIterator in results ? new SocketResults(results, args, sendResult) : results;
  };
  const answer = async (args: SocketArgs) => {
    await answerOnSocket(args, { operations, gate: args.gate, send: (result) => sendResult(args, result) });
    return NOTHING_MORE;
  };

  const close = serveSockets(
    sockets,
    {
      schema: options.schema,
      execute: (args) => answer(args as SocketArgs) as never,
      subscribe: (args) => follow(args as SocketArgs) as never,
      // Half a surrogate pair can be sent as an escape; PostgreSQL could not keep it.
      jsonMessageReviver: (_key, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value),
      async onConnect(ctx) {
        const session = sessionOf(ctx);
        session.authorization = sentKey(ctx.connectionParams) ?? ctx.extra.authorization;
        if (session.authorization === undefined) {
          ctx.extra.gate.close(UNAUTHORIZED, 'Unauthorized');
          return false;
        }
        try {
          const { authorization } = session;
          const { keyId } = await options.authenticate(authorization);
          session.unwatch = options.keyWatch.watch({ keyId, authorization }, () =>
            ctx.extra.gate.close(FORBIDDEN, 'Forbidden'),
          );
          return true;
        } catch (error) {
          if (toGatewayError(error).status === 401) return false;
          logger.error({ err: error }, 'a WebSocket could not be authenticated');
          ctx.extra.gate.close(INTERNAL_ERROR, 'Internal server error');
          return false;
        }
      },
      async onSubscribe(ctx, id, sent) {
        const { query, variables, operationName, extensions } = sent;
        const session = sessionOf(ctx);
        const operation: Operation = {
          requestId: newRequestId(),
          left: new LightSignal(),
          turn: new SocketTurn(ctx.extra.gate),
          leave: () => undefined,
        };
        session.running.set(sent, operation);
        const refuse = (error: unknown) => [new GraphQLError('Refused', { originalError: toGatewayError(error) })];
        if (session.running.size > limits.operationsPerSocket)
          return refuse(
            errors.tooManyOperations(
              'operationsPerSocket',
              `At most ${limits.operationsPerSocket} operations may run on one socket.`,
            ),
          );
        // Messages do not pass the parser of HTTP bodies, which looks at the same.
        if (isNestedTooDeeply(variables)) return refuse(errors.nestedTooDeeply(MAX_JSON_NESTING));
        let principal: Principal;
        let read: ReadDocument;
        try {
          principal = await options.authenticate(session.authorization);
          const text = options.trusted?.resolve(principal, { query, extensions }) ?? query;
          // The client may have left meanwhile, and then nobody would say when this ends.
          if (!session.running.has(sent)) return [new GraphQLError('Nobody is there.')];
          operation.leave = operations.enter(principal);
          read = documents.read(text);
        } catch (error) {
          return refuse(error);
        }
        if ('errors' in read) return markCode(read.errors, read.code);
        const { requestId, left, turn } = operation;
        const args: SocketArgs = {
          schema: options.schema,
          document: read.document,
          variableValues: variables ?? null,
          operationName: operationName ?? null,
          contextValue: options.contextOf({ principal, requestId, left, turn }),
          ctx,
          gate: ctx.extra.gate,
          id,
          sent,
        };
        return args;
      },
      onNext(ctx, _id, sent, _args, result) {
        if (result.errors === undefined) return undefined;
        return { ...result, errors: print(sessionOf(ctx), sent, result.errors) as never };
      },
      onError(ctx, _id, sent, faults) {
        const session = sessionOf(ctx);
        const printed = print(session, sent, faults);
        end(session, sent);
        return printed;
      },
      onComplete(ctx, _id, sent) {
        end(sessionOf(ctx), sent);
      },
      onClose(ctx) {
        const session = sessionOf(ctx);
        session.unwatch();
        for (const { left, leave } of session.running.values()) {
          left.abort();
          leave();
        }
        session.running.clear();
      },
    },
    logger,
  );
  const care = careForSockets(sockets.clients, { stallMs: limits.stallMs, pingMs: limits.keepAliveMs });
  sockets.on('connection', (socket) => {
    care.add(socket);
  });

  options.upgrades.on([path], (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit('connection', accepted, request));
  });

  return {
    async close() {
      const cut = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, CLOSE_MS);
      await close();
      clearTimeout(cut);
      care.stop();
    },
  };
}

/** The key among the connection's parameters. Header editors write the name as they like. */
function sentKey(params: Record<string, unknown> | undefined): string | undefined {
  for (const [name, value] of Object.entries(params ?? {}))
    if (name.toLowerCase() === 'authorization' && typeof value === 'string' && value !== '') return value;
  return undefined;
}

/** Faults carry the code of the stage that found them; the same faults are kept for the next time, so copies do. */
const markCode = (faults: readonly GraphQLError[], code: string): GraphQLError[] =>
  faults.map(
    (fault) =>
      new GraphQLError(fault.message, {
        nodes: fault.nodes ?? null,
        source: fault.source ?? null,
        positions: fault.positions ?? null,
        originalError: fault.originalError ?? null,
        extensions: { ...fault.extensions, code },
      }),
  );
