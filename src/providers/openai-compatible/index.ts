import { GatewayError } from '../../domain/errors.js';
import type { Item } from '../../domain/item.js';
import { printJson } from '../../domain/json-literals.js';
import type { ModelInfo } from '../../domain/model.js';
import type { Signal } from '../../domain/signal.js';
import type { Logger } from '../../observability/logger.js';
import type { ForwardRequest, ModelProvider, ModelRequest, ModelStreamPart } from '../provider.js';
import { adaptRequest, lacksNothing, type UpstreamLacks } from './adapt-request.js';
import { chatDialect } from './chat-dialect.js';
import { unwrapCustomInputs } from './custom-tools.js';
import type { Dialect, TurnReader } from './dialect.js';
import { fromBrokenBody, networkCode, type UpstreamCall, unintelligible } from './errors.js';
import { EventParts } from './event-parts.js';
import type { UpstreamBody } from './exchange.js';
import { readForwarded } from './forward.js';
import { isObject, objectOf, parseJson, stringOf } from './json.js';
import { LazyTurn, type Parts, WholeParts } from './turn-parts.js';
import { createUpstreamHttp, defaultTimeouts, type UpstreamAnswer, type UpstreamTimeouts } from './upstream-http.js';

export interface OpenAiCompatibleOptions {
  id: string;
  /** Root of the API, e.g. `http://127.0.0.1:8000/v1`. */
  baseUrl: string;
  apiKey?: string | null;
  /** Unix socket of the upstream; a function is asked before every attempt, for upstreams that move when they restart. */
  socketPath?: string | (() => Promise<string>);
  /** What the upstream speaks. @default chat completions */
  dialect?: Dialect;
  /** What the upstream cannot do. @default nothing */
  lacks?: UpstreamLacks;
  timeouts?: Partial<UpstreamTimeouts>;
  /** Attempts after the first, all before the first byte of an answer. @default 2 */
  maxRetries?: number;
  /** Largest single event of a stream, in bytes. @default 8 MiB */
  maxEventBytes?: number;
  /** Largest answer that comes in one piece, in bytes. @default 32 MiB */
  maxAnswerBytes?: number;
  logger?: Logger;
}

const MIB = 1024 * 1024;

/**
 * Any server that speaks an OpenAI API, chat completions or responses: vLLM, Ollama, llama.cpp, LiteLLM, hosted APIs.
 *
 * The answer counts as begun when its 2xx status arrives: until then failures are retried and at last thrown, from then
 * on they are `error` parts. An answer may come as a stream or in one piece, whichever was asked for.
 */
export function createOpenAiCompatibleProvider(options: OpenAiCompatibleOptions): ModelProvider {
  const { id, apiKey = null, socketPath, logger = null } = options;
  const maxEventBytes = options.maxEventBytes ?? 8 * MIB;
  const maxAnswerBytes = options.maxAnswerBytes ?? 32 * MIB;
  const dialect = options.dialect ?? chatDialect();
  const lacks = options.lacks ?? lacksNothing;
  const secrets = apiKey === null ? [] : [apiKey];
  const http = createUpstreamHttp({
    baseUrl: options.baseUrl,
    apiKey,
    socketPath: typeof socketPath === 'string' ? async () => socketPath : (socketPath ?? null),
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    maxRetries: options.maxRetries ?? 2,
    logger,
  });

  function stream(request: ModelRequest, signal: Signal): AsyncIterable<readonly ModelStreamPart[]> {
    const isEmulated = dialect.hasCustomTools !== true && request.functions.some((fn) => fn.custom !== undefined);
    return isEmulated ? unwrapCustomInputs(turn(request, signal), request.functions) : turn(request, signal);
  }

  const turn = (request: ModelRequest, signal: Signal): AsyncIterable<readonly ModelStreamPart[]> =>
    new LazyTurn(() => open(request, signal));

  /** Asks the upstream; the parts of its answer, or null if `signal` was aborted before there was one. */
  async function open(request: ModelRequest, signal: Signal): Promise<Parts | null> {
    if (signal.aborted) return null;
    const call: UpstreamCall = { providerId: id, model: request.model, secrets };
    let answer: UpstreamAnswer;
    try {
      answer = await ask(call, adaptRequest(request, lacks), signal);
    } catch (thrown) {
      if (signal.aborted) return null;
      throw thrown;
    }
    const reader = dialect.createReader(call, () => callIdsOf(request.items));
    const form = formOf(answer.contentType, request.stream);
    if (form === 'events')
      return new EventParts({ call, reader, body: answer.body, maxEventBytes, signal, logFailure });
    const batch: ModelStreamPart[] = [];
    if (form === 'json') {
      const text = answer.body.textNow(maxAnswerBytes);
      if (text === undefined) await readWhole(call, reader, answer.body, maxAnswerBytes, batch);
      else takeWhole(call, reader, text, maxAnswerBytes, batch);
    }
    if (form === 'other') refuse(call, reader, answer, batch);
    if (signal.aborted) return null;
    logFailure(batch);
    return new WholeParts(batch);
  }

  function ask(call: UpstreamCall, request: ModelRequest, signal: Signal): Promise<UpstreamAnswer> {
    const asked = post(call, request, signal);
    const { learns } = dialect;
    if (learns === undefined) return asked;
    return asked.catch((thrown: unknown) => {
      if (!(thrown instanceof GatewayError) || !learns(call, thrown)) throw thrown;
      return post(call, request, signal);
    });
  }

  function post(call: UpstreamCall, request: ModelRequest, signal: Signal): Promise<UpstreamAnswer> {
    const printed = printJson(dialect.toRequest(call, request), request.literals ?? null);
    const body = typeof printed === 'string' ? printed : printed.toBuffer();
    return http.send(call, { method: 'POST', path: dialect.path, body, isWhole: !request.stream }, signal);
  }

  function logFailure(batch: readonly ModelStreamPart[]): void {
    const last = batch.at(-1);
    if (last?.type !== 'error') return;
    const { status, code, cause } = last.error;
    // Not the error itself: its cause may hold the upstream's words, which may quote the prompt.
    logger?.warn({ provider: id, status, code, reason: networkCode(cause) }, 'upstream answer failed');
  }

  async function forward({ endpoint, body, maxOutputTokens }: ForwardRequest, signal: Signal) {
    const call: UpstreamCall = { providerId: id, model: body.model, secrets, endpoint: `POST ${endpoint}` };
    const hasLimit = typeof body.max_tokens === 'number' || typeof body.max_completion_tokens === 'number';
    const limitField = dialect.chatLimitField ?? 'max_completion_tokens';
    const sent = maxOutputTokens === null || hasLimit ? body : { ...body, [limitField]: maxOutputTokens };
    const isWhole = body.stream !== true;
    const asked = { method: 'POST', path: endpoint, body: JSON.stringify(sent), isWhole } as const;
    const answer = await http.send(call, asked, signal);
    return readForwarded(call, answer, !isWhole, { maxEventBytes, maxAnswerBytes }, signal);
  }

  async function listModels(signal: Signal): Promise<ModelInfo[]> {
    const call: UpstreamCall = { providerId: id, model: null, secrets };
    const answer = await http.send(call, { method: 'GET', path: '/models', body: null, isWhole: true }, signal);
    const text = await answer.body.text(maxAnswerBytes).catch((thrown: unknown) => {
      signal.throwIfAborted();
      throw fromBrokenBody(call, thrown);
    });
    const body = text === null ? undefined : parseJson(text);
    if (!isObject(body) || !Array.isArray(body.data)) throw unintelligible(call, 'sent a list of models that is none');
    return body.data.flatMap(toModelInfo);
  }

  return {
    id,
    hasCustomTools: dialect.hasCustomTools === true,
    hosts: (toolType) => dialect.hosts(toolType),
    stream,
    forward,
    listModels,
    close: () => http.close(),
  };
}

/** What an answer is by its content type. One without any is what was asked for; HTML and the like is nothing. */
function formOf(contentType: string, isStream: boolean): 'events' | 'json' | 'other' {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'text/event-stream') return 'events';
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  if (type !== '') return 'other';
  return isStream ? 'events' : 'json';
}

async function readWhole(
  call: UpstreamCall,
  reader: TurnReader,
  body: UpstreamBody,
  maxBytes: number,
  out: ModelStreamPart[],
): Promise<void> {
  try {
    takeWhole(call, reader, await body.text(maxBytes), maxBytes, out);
  } catch (thrown) {
    reader.end(out, fromBrokenBody(call, thrown));
  }
}

/** @param text null: it was longer than it may be */
function takeWhole(
  call: UpstreamCall,
  reader: TurnReader,
  text: string | null,
  maxBytes: number,
  out: ModelStreamPart[],
): void {
  if (text === null) reader.end(out, unintelligible(call, `sent an answer of more than ${maxBytes} bytes`));
  else reader.whole(text, out);
}

function refuse(
  call: UpstreamCall,
  reader: TurnReader,
  { body, contentType }: UpstreamAnswer,
  out: ModelStreamPart[],
): void {
  body.destroy();
  reader.end(out, unintelligible(call, `answered with content type '${contentType.slice(0, 100)}'`));
}

function callIdsOf(items: readonly Item[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const item of items) if ('call_id' in item && typeof item.call_id === 'string') ids.add(item.call_id);
  return ids;
}

function toModelInfo(entry: unknown): ModelInfo[] {
  const model = objectOf(entry);
  const id = stringOf(model?.id);
  if (model === undefined || id === undefined) return [];
  const created = typeof model.created === 'number' ? model.created : 0;
  return [{ id, created, ownedBy: stringOf(model.owned_by) ?? 'unknown' }];
}
