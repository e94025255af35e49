import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import { errors } from '../../domain/errors.js';
import type { Logger } from '../../observability/logger.js';
import type { KeyWatch } from '../../services/access/key-watch.js';
import type { Context } from '../context.js';
import type { Documents } from '../documents.js';
import { printError, printGatewayError } from '../errors.js';
import type { GraphQLLimits } from '../limits.js';
import type { Operations } from '../operations.js';
import { isPrinted, type Results, type Subscribe } from './result-stream.js';
import type { Printed } from './shared-results.js';

export interface SseTransportOptions {
  schema: GraphQLSchema;
  documents: Documents;
  subscribe: Subscribe;
  logger: Logger;
  suggestions: boolean;
  operations: Operations;
  keyWatch: KeyWatch;
  limits: Pick<GraphQLLimits, 'stallMs' | 'keepAliveMs'>;
  contextOf(request: FastifyRequest, reply: FastifyReply): Context;
}

export interface OperationParams {
  query: string;
  variables: Record<string, unknown> | null;
  operationName: string | null;
}

interface PrintedResult {
  data?: unknown;
  errors?: GraphQLFormattedError[];
}

/**
 * Whether the client wants an event stream. Clients that also take JSON are answered with JSON: some name every type they
 * can read with every request.
 */
export function wantsEventStream({ headers }: FastifyRequest): boolean {
  const accept = headers.accept ?? '';
  return accept.includes('text/event-stream') && !/application\/(graphql-response\+)?json/.test(accept);
}

/**
 * Any operation as an event stream (GraphQL over SSE, distinct connections mode): `next` per result, then `complete`. The
 * client's reading sets the pace: the next result is made when the last one is written.
 */
export function createSseTransport(options: SseTransportOptions) {
  const { schema, documents, logger, suggestions, operations } = options;
  const { stallMs, keepAliveMs } = options.limits;

  return {
    async handle(request: FastifyRequest, reply: FastifyReply, params: OperationParams): Promise<FastifyReply> {
      const scope = { requestId: request.id, logger, suggestions };
      const read = documents.read(params.query);
      if ('errors' in read)
        return send(
          reply,
          once({ errors: read.errors.map((error) => printError(error, scope, read.code)) }),
          keepAliveMs,
        );
      const operation = getOperationAST(read.document, params.operationName);
      if (operation?.operation === OperationTypeNode.MUTATION && request.method === 'GET') {
        const error = printGatewayError(errors.methodNotAllowed('GET', 'mutations'), request.id);
        return reply
          .code(405)
          .header('allow', 'POST')
          .send({ errors: [error] });
      }
      const context = options.contextOf(request, reply);
      const args = {
        schema,
        document: read.document,
        variableValues: params.variables,
        operationName: params.operationName,
        contextValue: context,
      };
      const print = ({ errors: faults, ...result }: ExecutionResult): PrintedResult =>
        faults === undefined ? result : { ...result, errors: faults.map((error) => printError(error, scope)) };
      const result =
        operation?.operation === OperationTypeNode.SUBSCRIPTION
          ? await options.subscribe(args)
          : await operations.execute(args);
      if (!(Symbol.asyncIterator in result)) return send(reply, once(print(result)), keepAliveMs);
      // Closing the connection has to wake the source: it may be waiting for an event that is long in coming.
      const stop = (): void => {
        result.return().catch((err: unknown) => logger.error({ err }, 'a subscription did not end'));
      };
      let isRevoked = false;
      const unwatch = options.keyWatch.watch(keyOf(request, context), () => {
        isRevoked = true;
        stop();
      });
      reply.raw.once('close', () => {
        unwatch();
        stop();
      });
      const fail = (thrown: unknown): PrintedResult => ({
        errors: [printError(new GraphQLError('Failed', { originalError: thrown as Error }), scope)],
      });
      cutWhenStalled(reply, stallMs);
      const last = () => (isRevoked ? fail(errors.invalidKey()) : null);
      return send(reply, eachOf(result, print, fail, last), keepAliveMs);
    },
  };
}

/** A reader that takes nothing for this long is let go; it resumes from its cursor. Silence is no stall. */
function cutWhenStalled({ raw }: FastifyReply, stallMs: number): void {
  raw.setTimeout(stallMs, () => {
    if (raw.writableLength > 0) raw.destroy();
    else raw.socket?.setTimeout(stallMs);
  });
}

const keyOf = ({ headers }: FastifyRequest, { principal }: Context) => ({
  keyId: principal.keyId,
  authorization: headers.authorization ?? '',
});

/** A result for this reader, or some that were printed for all. */
type Sent = PrintedResult | readonly Printed[];

async function* once(result: PrintedResult): AsyncGenerator<Sent> {
  yield result;
}

async function* eachOf(
  results: AsyncIterable<Results>,
  print: (result: ExecutionResult) => PrintedResult,
  fail: (thrown: unknown) => PrintedResult,
  last: () => PrintedResult | null,
): AsyncGenerator<Sent> {
  try {
    for await (const result of results) yield isPrinted(result) ? result : print(result);
    const parting = last();
    if (parting !== null) yield parting;
  } catch (thrown) {
    yield fail(thrown);
  }
}

function send(reply: FastifyReply, results: AsyncGenerator<Sent>, keepAliveMs: number): FastifyReply {
  return reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-cache')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(toFrames(results, keepAliveMs), { objectMode: false, highWaterMark: 16_384 }));
}

const toFrame = (json: string): string => `event: next\ndata: ${json}\n\n`;

/** Frames of the stream. The first is a comment, so that headers are on their way before anything happens. */
async function* toFrames(results: AsyncGenerator<Sent>, keepAliveMs: number): AsyncGenerator<string> {
  yield ':\n\n';
  let pulled = results.next();
  for (;;) {
    const next = await soon(pulled, keepAliveMs);
    if (next === null) {
      yield ':\n\n';
      continue;
    }
    if (next.done === true) break;
    const { value } = next;
    yield Array.isArray(value)
      ? value.map(({ json }: Printed) => toFrame(json)).join('')
      : toFrame(JSON.stringify(value));
    pulled = results.next();
  }
  yield 'event: complete\ndata:\n\n';
}

/** The value, or null if it takes longer. */
async function soon<T>(value: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([value, silence]);
  } finally {
    clearTimeout(timer);
  }
}
