import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { errors, toGatewayError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { isNestedTooDeeply, MAX_JSON_NESTING } from '../../http/json-nesting.js';
import { newRequestId } from '../../http/request-id.js';
import type { Upgrades } from '../../http/upgrades.js';
import type { Logger } from '../../observability/logger.js';
import type { Context } from '../context.js';
import type { Documents } from '../documents.js';
import { printError } from '../errors.js';
import type { GraphQLLimits } from '../limits.js';

export interface WsTransportOptions {
  upgrades: Upgrades;
  path: string;
  schema: GraphQLSchema;
  documents: Documents;
  limits: GraphQLLimits;
  logger: Logger;
  authenticate(authorization: string | undefined): Promise<Principal>;
  contextOf(caller: { principal: Principal; requestId: string; signal: AbortSignal }): Context;
}

/** What a socket keeps beside graphql-ws's own state. */
interface Session {
  authorization: string | undefined;
  left: AbortController;
  /** Ids of running operations → request ids, for their errors. */
  requests: Map<string, string>;
}

/** Nothing was sent to tell who is asking. */
const UNAUTHORIZED = 4401;
const INTERNAL_ERROR = 4500;

/** How long a socket may take to close on shutdown before it is cut. */
const CLOSE_MS = 2_000;

/**
 * Queries, mutations and subscriptions over WebSocket (GraphQL over WebSocket, `graphql-transport-ws`). The key comes in
 * `connectionParams` or with the upgrade, and is asked for again with every operation, so that a revoked one ends there.
 */
export function createWsTransport(options: WsTransportOptions): { close(): Promise<void> } {
  const { path, documents, logger, limits } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes });
  const sessions = new WeakMap<WebSocket, Session>();
  const sessionOf = ({ extra }: { extra: Extra }): Session => {
    const found = sessions.get(extra.socket);
    if (found !== undefined) return found;
    const session = { authorization: undefined, left: new AbortController(), requests: new Map() };
    sessions.set(extra.socket, session);
    return session;
  };

  const print = (
    session: Session,
    id: string,
    faults: readonly GraphQLError[],
    code?: string,
  ): GraphQLFormattedError[] =>
    faults.map((error) => printError(error, { requestId: session.requests.get(id) ?? newRequestId(), logger }, code));

  const subscriptions = useServer(
    {
      schema: options.schema,
      // Half a surrogate pair can be sent as an escape; PostgreSQL could not keep it.
      jsonMessageReviver: (_key, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value),
      async onConnect(ctx) {
        const session = sessionOf(ctx);
        session.authorization = sentKey(ctx.connectionParams) ?? ctx.extra.request.headers.authorization;
        if (session.authorization === undefined) {
          ctx.extra.socket.close(UNAUTHORIZED, 'Unauthorized');
          return false;
        }
        try {
          await options.authenticate(session.authorization);
          return true;
        } catch (error) {
          if (toGatewayError(error).status === 401) return false;
          logger.error({ err: error }, 'a WebSocket could not be authenticated');
          ctx.extra.socket.close(INTERNAL_ERROR, 'Internal server error');
          return false;
        }
      },
      async onSubscribe(ctx, id, { query, variables, operationName }) {
        const session = sessionOf(ctx);
        const requestId = newRequestId();
        session.requests.set(id, requestId);
        const refuse = (error: unknown) => [new GraphQLError('Refused', { originalError: toGatewayError(error) })];
        if (Object.keys(ctx.subscriptions).length > limits.operationsPerSocket)
          return refuse(errors.rateLimited(`At most ${limits.operationsPerSocket} operations may run on one socket.`));
        // Messages do not pass the parser of HTTP bodies, which looks at the same.
        if (isNestedTooDeeply(variables)) return refuse(errors.nestedTooDeeply(MAX_JSON_NESTING));
        let principal: Principal;
        try {
          principal = await options.authenticate(session.authorization);
        } catch (error) {
          return refuse(error);
        }
        const read = documents.read(query);
        if ('errors' in read) return markCode(read.errors, read.code);
        return {
          schema: options.schema,
          document: read.document,
          variableValues: variables ?? null,
          operationName: operationName ?? null,
          contextValue: options.contextOf({ principal, requestId, signal: session.left.signal }),
        };
      },
      onNext(ctx, id, _payload, _args, result) {
        if (result.errors === undefined) return undefined;
        return { ...result, errors: print(sessionOf(ctx), id, result.errors) as never };
      },
      onError(ctx, id, _payload, faults) {
        const session = sessionOf(ctx);
        const printed = print(session, id, faults);
        session.requests.delete(id);
        return printed;
      },
      onComplete(ctx, id) {
        sessionOf(ctx).requests.delete(id);
      },
      onClose(ctx) {
        sessionOf(ctx).left.abort();
      },
    },
    sockets,
  );
  // graphql-ws prints a socket's first fault to the console and leaves a second one to end the process.
  sockets.on('connection', (socket) => {
    socket.removeAllListeners('error');
    socket.on('error', (err) => logger.debug({ err }, 'a WebSocket failed'));
  });

  options.upgrades.on([path], (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit('connection', accepted, request));
  });

  return {
    async close() {
      const cut = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, CLOSE_MS);
      await subscriptions.dispose();
      clearTimeout(cut);
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
