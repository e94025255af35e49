import { errors, type GatewayError, toGatewayError } from '../../domain/errors.js';
import { parsePublicId, toPublicId } from '../../domain/ids.js';
import type { Principal } from '../../domain/principal.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { LightSignal } from '../../domain/signal.js';
import { newRequestId } from '../../http/request-id.js';
import { type SocketGate, SocketTurn } from '../../http/socket-gate.js';
import type { Logger } from '../../observability/logger.js';
import { checkOperation } from '../../services/access/operations.js';
import type { Services } from '../../services/index.js';
import { createMemory } from './memory.js';
import {
  type ClientMessage,
  laneOf,
  parseMessage,
  printErrorEvent,
  printSteerFailed,
  readMessage,
} from './messages.js';

export interface ConnectionLimits {
  /** Lanes with work at once. */
  lanes: number;
  /** Messages that wait for their turn. */
  waiting: number;
  waitingBytes: number;
  /** What the connection remembers of unstored responses. */
  memoryBytes: number;
}

export interface ConnectionOptions {
  gate: SocketGate;
  services: Services;
  logger: Logger;
  limits: ConnectionLimits;
  /** The key is asked for again with every response, so that a revoked one ends there. */
  authenticate(): Promise<Principal>;
}

export interface Connection {
  /** Takes no more messages (whoever sends one is told why) and closes once the running responses have been told of. */
  finish(code: number, why: GatewayError): void;
  /** Says something about the connection itself. */
  sayError(error: GatewayError): void;
}

type Create = Extract<ClientMessage, { type: 'response.create' }> & { bytes: number };

/**
 * One client on the Responses socket: in each lane its responses run one after the other, in the order they were asked for
 * (WebSocket section). Events come from the same log as on every other door.
 */
export function openConnection({ gate, services, logger, limits, authenticate }: ConnectionOptions): Connection {
  const { socket } = gate;
  const left = new LightSignal();
  const memory = createMemory({ lanes: limits.lanes, bytes: limits.memoryBytes });
  /** Lanes with work: the first of each list is running. */
  const lanes = new Map<string, Create[]>();
  let ending: { code: number; why: GatewayError } | null = null;
  let waiting = 0;
  let waitingBytes = 0;

  const print = (json: string, streamId: string | null): string =>
    streamId === null ? json : `{"stream_id":${JSON.stringify(streamId)},${json.slice(1)}`;

  /** Sends events one by one, in turns with the other lanes while the client is behind. */
  const send = async (events: readonly ResponseEvent[], streamId: string | null, turn: SocketTurn): Promise<void> => {
    for (const event of events) {
      const wait = turn.pass();
      if (wait !== null) await wait;
      gate.send(print(event.json, streamId));
      turn.give();
    }
  };
  const sayError = (thrown: unknown, streamId: string | null): void => {
    const error = toGatewayError(thrown);
    const requestId = newRequestId();
    if (error.status >= 500 && error.code === 'internal_error')
      logger.error({ err: thrown, requestId }, 'a message on a WebSocket failed');
    gate.send(print(printErrorEvent(error, requestId), streamId));
  };

  const show = async (batches: AsyncIterable<readonly ResponseEvent[]>, streamId: string | null): Promise<number> => {
    const turn = new SocketTurn(gate);
    let bytes = 0;
    for await (const batch of batches) {
      if (left.aborted) break;
      bytes = batch.at(-1)?.json.length ?? bytes;
      await send(batch, streamId, turn);
    }
    return bytes;
  };

  const run = async ({ lane, streamId, generate, body, bytes }: Create): Promise<void> => {
    const previous = typeof body.previous_response_id === 'string' ? body.previous_response_id : '';
    const parentId = parsePublicId('response', previous);
    const parent = parentId === null ? undefined : memory.find(parentId);
    const recall = (id: string) => (id === parent?.id ? parent.items : undefined);
    const size = (parent?.bytes ?? 0) + bytes;
    let isKept = false;
    try {
      const principal = await authenticate();
      checkOperation(principal, 'createResponse');
      if (!generate) {
        const { id, events, transcript } = await services.responses.warmUp(principal, body, recall);
        await send(events, streamId, new SocketTurn(gate));
        memory.keep(lane, { id, items: transcript, bytes: size });
        isKept = true;
        return;
      }
      const started = await services.responses.create(principal, { ...body, stream: true }, { recall });
      const id = toPublicId('response', started.id);
      const last = await show(await services.responses.follow(principal, id, { after: -1, signal: left }), streamId);
      const { status, store } = started.current();
      isKept = status === 'completed' || status === 'incomplete';
      if (isKept) memory.keep(lane, store ? null : { id: started.id, items: started.transcript(), bytes: size + last });
    } catch (error) {
      if (!left.aborted) sayError(error, streamId);
    } finally {
      // A continuation that fails takes its parent with it.
      if (!isKept && parent !== undefined) memory.forget(parent.id);
    }
  };

  const work = async (lane: string, queue: Create[]): Promise<void> => {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      waiting -= 1;
      waitingBytes -= next.bytes;
      if (ending === null && !left.aborted) await run(next);
      queue.shift();
    }
    lanes.delete(lane);
    if (ending !== null && lanes.size === 0) gate.close(ending.code);
  };

  const accept = (create: Create): void => {
    const queue = lanes.get(create.lane);
    if (queue === undefined && lanes.size >= limits.lanes)
      throw errors.rateLimited(`At most ${limits.lanes} lanes may be busy on one connection.`);
    if (waiting >= limits.waiting || waitingBytes + create.bytes > limits.waitingBytes)
      throw errors.rateLimited('Too many messages wait on this connection. Send the next when a response has ended.');
    waiting += 1;
    waitingBytes += create.bytes;
    if (queue !== undefined) {
      queue.push(create);
      return;
    }
    const own = [create];
    lanes.set(create.lane, own);
    void work(create.lane, own);
  };

  socket.on('message', (data: Buffer, isBinary) => {
    let lane: string | null = null;
    try {
      if (ending !== null) throw ending.why;
      if (isBinary) throw errors.invalidParameter('invalid_type', '', 'Messages are text frames.');
      const parsed = parseMessage(data.toString());
      lane = laneOf(parsed);
      const message = readMessage(parsed);
      if (message.type === 'response.steer') gate.send(printSteerFailed(message.previousResponseId));
      else accept({ ...message, bytes: data.length });
    } catch (error) {
      sayError(error, lane);
    }
  });
  socket.on('close', () => left.abort());
  socket.on('error', (err) => logger.debug({ err }, 'a WebSocket failed'));

  return {
    finish(code, why) {
      if (ending !== null) return;
      ending = { code, why };
      if (lanes.size === 0) gate.close(code);
    },
    sayError: (error) => sayError(error, null),
  };
}
