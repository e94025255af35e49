import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { ResponseEvent } from '../domain/response-event.js';
import { withProcessingTime } from '../http/processing-time.js';
import type { RouteContext } from './define-route.js';

/** A reader that takes nothing for this long is let go; it resumes from its cursor. */
const STALL_MS = 30_000;

/** Prints events as server-sent events (streaming section, framing). */
export const sendEvents = (context: RouteContext, batches: AsyncIterable<readonly ResponseEvent[]>): Promise<void> =>
  sendFrames(context, batches, framesOf);

function framesOf(batch: readonly ResponseEvent[]): string {
  let frames = '';
  for (const event of batch) frames += `event: ${event.type}\ndata: ${event.json}\n\n`;
  return frames;
}

/**
 * Sends batches as frames, each batch in one write, `[DONE]` last. Pulls the next batch only when the socket has taken the one
 * before, so a slow reader holds nothing but itself. A stream ends with its key: it breaks off, and who resumes it is told why.
 */
export async function sendFrames<Batch>(
  context: RouteContext,
  batches: AsyncIterable<Batch>,
  framesOf: (batch: Batch) => string,
): Promise<void> {
  const { reply, client, principal, services, request, keepAliveMs } = context;
  const { raw } = reply;
  const headers = {
    ...withProcessingTime(reply).getHeaders(),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  };
  reply.hijack();
  raw.writeHead(200, headers as Record<string, string>);
  raw.flushHeaders();

  const { keyId } = principal;
  const authorization = request.headers.authorization ?? '';
  const unwatch = services.keyWatch.watch({ keyId, authorization }, () => raw.destroy());
  let isIdle = true;
  const ping = setInterval(() => {
    if (isIdle) raw.write(': ping\n\n');
    isIdle = true;
  }, keepAliveMs);
  try {
    for await (const batch of batches) {
      if (client.aborted) break;
      isIdle = false;
      if (!raw.write(framesOf(batch))) await drained(raw, client.signal);
    }
    if (!client.aborted) raw.end('data: [DONE]\n\n');
  } catch {
    // The headers are out, so there is no error to send: the stream just ends, and the client resumes or reads the response.
    raw.destroy();
  } finally {
    clearInterval(ping);
    unwatch();
  }
}

async function drained(raw: FastifyReply['raw'], signal: AbortSignal): Promise<void> {
  const stalled = AbortSignal.timeout(STALL_MS);
  try {
    await once(raw, 'drain', { signal: AbortSignal.any([signal, stalled]) });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
