import type { Signal } from '../../domain/signal.js';
import type { ForwardedAnswer, ForwardedEvent } from '../provider.js';
import { fromBrokenBody, fromErrorObject, isErrorBody, type UpstreamCall, unintelligible } from './errors.js';
import type { UpstreamBody } from './exchange.js';
import { isObject, type JsonObject, parseJson } from './json.js';
import { createSseParser, SseEventTooLargeError } from './sse-parser.js';
import type { UpstreamAnswer } from './upstream-http.js';
import { readUsage } from './usage.js';

export interface ForwardLimits {
  maxEventBytes: number;
  maxAnswerBytes: number;
}

/**
 * The answer to a request that was passed on, read as it comes or whole; whoever reads neither must abort the signal.
 *
 * @throws 502 when it is events and a whole answer was asked for, or the other way round
 */
export function readForwarded(
  call: UpstreamCall,
  { body, contentType }: UpstreamAnswer,
  isStream: boolean,
  limits: ForwardLimits,
  signal: Signal,
): ForwardedAnswer {
  const isEvents = contentType.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream';
  if (isEvents !== isStream) {
    body.destroy();
    throw unintelligible(call, `answered with content type '${contentType.slice(0, 100)}'`);
  }
  return {
    async whole() {
      const text = await body.text(limits.maxAnswerBytes).catch((thrown: unknown) => {
        signal.throwIfAborted();
        throw fromBrokenBody(call, thrown);
      });
      if (text === null) throw unintelligible(call, `sent an answer of more than ${limits.maxAnswerBytes} bytes`);
      const json = parseJson(text);
      if (!isObject(json)) throw unintelligible(call, 'sent an answer that is not a JSON object');
      if (isErrorBody(json)) throw fromErrorObject(call, json);
      return { json, usage: usageIn(json) };
    },
    events: () => readEvents(call, body, limits.maxEventBytes, signal),
  };
}

const usageIn = (json: JsonObject) => (isObject(json.usage) ? readUsage(json.usage, 'prompt', 'completion') : null);

/** Events in batches as they arrive, up to `[DONE]` or the end. */
async function* readEvents(
  call: UpstreamCall,
  body: UpstreamBody,
  maxEventBytes: number,
  signal: Signal,
): AsyncGenerator<readonly ForwardedEvent[]> {
  let batch: ForwardedEvent[] = [];
  let isDone = false;
  const onEvent = (data: string, name: string): void => {
    if (isDone || data === '') return;
    if (data === '[DONE]') {
      isDone = true;
      return;
    }
    const json = parseJson(data);
    if (!isObject(json)) throw unintelligible(call, 'sent an event that is not a JSON object');
    if (name === 'error' || isErrorBody(json)) throw fromErrorObject(call, json);
    batch.push({ text: data, json, usage: usageIn(json) });
  };
  const parser = createSseParser({ maxEventBytes, onEvent });
  try {
    while (!isDone) {
      const chunk = await body.read().catch((thrown: unknown) => {
        signal.throwIfAborted();
        throw fromBrokenBody(call, thrown);
      });
      try {
        if (chunk === null) parser.end();
        else parser.push(chunk);
      } catch (thrown) {
        // What came before the fault is the caller's still.
        if (batch.length > 0) yield batch;
        if (!(thrown instanceof SseEventTooLargeError)) throw thrown;
        throw unintelligible(call, `sent an event of more than ${maxEventBytes} bytes`, thrown);
      }
      if (batch.length > 0) {
        yield batch;
        batch = [];
      }
      if (chunk === null && !isDone) throw unintelligible(call, 'ended its answer before it was complete');
    }
  } finally {
    if (isDone) body.drain();
    else body.destroy();
  }
}
