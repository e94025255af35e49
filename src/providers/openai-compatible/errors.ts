import { errors, type GatewayError } from '../../domain/errors.js';
import { arrayOf, isObject, type JsonObject, objectOf, parseJson, stringOf } from './json.js';

/** What every translation needs to know about the call that went wrong. */
export interface UpstreamCall {
  providerId: string;
  /** The upstream's model name; null for calls without a model. */
  model: string | null;
  /** Strings that must not appear in a message, even if the upstream repeats them. */
  secrets: readonly string[];
  /** Set when a caller's own request is passed on: its parameters keep their names, and the upstream may lack the endpoint. */
  endpoint?: string;
}

/** An upstream's complaint in one shape, whichever server wrote it. */
interface Complaint {
  message: string;
  code: string | null;
  type: string | null;
  param: string | null;
  /** The HTTP status named inside the complaint, if any. */
  status: number | null;
}

const MAX_MESSAGE_LENGTH = 2000;

const CONTEXT_CODES = new Set(['context_length_exceeded', 'exceed_context_size_error', 'context_window_exceeded']);
/** How servers without a code of their own say that the prompt is too long. */
const CONTEXT_WORDS = new RegExp(
  [
    'maximum (context|prompt|model) length', // OpenAI, vLLM, DeepSeek, xAI
    'context.?(length|window|size)[ _]?exceeded', // LiteLLM, older llama.cpp
    "exceed(s|ed)? (the |this )?(available |model'?s? |max(imum)? )*context", // OpenAI, llama.cpp, SGLang, Ollama
    'prompt (is )?too long', // Anthropic, Ollama
    'too large for model', // Mistral
    'input token count.*exceeds', // Gemini
    "longer than the (maximum )?model('s)? (context )?length", // vLLM
    'context the overflows|context overflow|reached context length', // LM Studio
    'tokens to keep from the initial prompt is greater than the context', // LM Studio
    'inputs` tokens \\+ `max_new_tokens` must be', // TGI
    'reduce the length of the (messages|input|prompt)', // Groq, OpenAI
  ].join('|'),
  'i',
);

const QUOTA_CODES = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'quota_exceeded']);

/** The words of TYPE or CODE members that stand for an HTTP status when an error arrives inside a stream. */
const STATUS_BY_WORD: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  badrequesterror: 400,
  authentication_error: 401,
  invalid_api_key: 401,
  permission_error: 403,
  not_found_error: 404,
  notfounderror: 404,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  invalid_prompt: 400,
};

/**
 * An answer with a failure status.
 *
 * | upstream | becomes |
 * |---|---|
 * | 400, 422, other 4xx | 400 with the upstream's words, code and parameter (in our names) |
 * | the same or 413 or 5xx, saying the prompt is too long | `context_length_exceeded` |
 * | 404 that speaks of the model, or code `model_not_found` | `model_not_found` |
 * | 401, 403, redirects, a 404 for the route | 503, not retryable: the operator's configuration, never the client's key |
 * | 402, or 429 for money | 503, not retryable: the upstream account's quota is not the client's |
 * | 413 | 413 `request_too_large` |
 * | 429 | 429 `rate_limit_exceeded` with the upstream's retry-after |
 * | 408, 409, 5xx | 503 `server_error`; the upstream's words stay inside (the cause) |
 */
export function fromStatus(
  call: UpstreamCall,
  status: number,
  body: string,
  waitMs: number | undefined = undefined,
): GatewayError {
  const complaint = complaintOf(call, parseJson(body));
  if (isQuota(status, complaint)) return outOfQuota(call, complaint);
  if (status === 429)
    return errors.rateLimited(`The upstream '${call.providerId}' limits its rate.`, { retryAfterMs: waitMs });
  const inOwnWords = call.endpoint !== undefined;
  const overflow = overflowOf(complaint);
  if (overflow !== null) return errors.contextLengthExceeded(overflow.message, inOwnWords ? overflow.param : 'input');
  if (status === 408 || status === 409 || status >= 500)
    return errors.providerUnavailable(`The upstream '${call.providerId}' answered ${status}.`, causeOf(complaint));
  if (status === 401 || status === 403)
    return errors.providerUnusable(
      `The upstream '${call.providerId}' refused the server's credentials.`,
      causeOf(complaint),
    );
  if (complaint !== null && isAboutModel(status, complaint) && call.model !== null)
    return errors.modelNotFound(call.model, call.endpoint === undefined ? 400 : 404);
  if (call.endpoint !== undefined && (status === 404 || status === 405))
    return errors.unsupportedValue('model', `The upstream '${call.providerId}' of this model has no ${call.endpoint}.`);
  if (status === 404 || status < 400)
    return errors.providerUnusable(
      `The upstream '${call.providerId}' answered ${status}; its address may be wrong.`,
      causeOf(complaint),
    );
  const message = complaint?.message ?? `The upstream '${call.providerId}' answered ${status}.`;
  if (status === 413) return errors.providerRefused(message, 'request_too_large', null, 413);
  const param = complaint?.param ?? null;
  return errors.providerRefused(message, complaint?.code ?? null, inOwnWords ? param : ourParam(param));
}

/**
 * An error object inside an answer that had begun with 200. The table of `fromStatus` holds where the object names a
 * status; anything else is the upstream's own failure.
 */
export function fromErrorObject(call: UpstreamCall, body: unknown): GatewayError {
  const complaint = complaintOf(call, body);
  const status = complaint === null ? null : statusOf(complaint);
  if (status !== null && status >= 400 && status < 500) return fromStatus(call, status, JSON.stringify(body));
  const overflow = overflowOf(complaint);
  if (overflow !== null) return errors.contextLengthExceeded(overflow.message);
  return errors.providerFailed(
    `The upstream '${call.providerId}' reported an error while answering.`,
    causeOf(complaint),
  );
}

/** `{error}` as most send it, `{object: "error", message}` as older vLLM does. */
export function isErrorBody(body: JsonObject): boolean {
  return (body.error !== undefined && body.error !== null) || body.object === 'error';
}

/** No answer at all: refused, reset, unknown host, TLS failure or a timeout before the first byte. */
export function fromNetwork(call: UpstreamCall, thrown: unknown): GatewayError {
  const what = networkCode(thrown) === 'UND_ERR_HEADERS_TIMEOUT' ? 'did not answer in time' : 'could not be reached';
  return errors.providerUnavailable(`The upstream '${call.providerId}' ${what}.`, thrown);
}

/** The answer stopped after it had begun. */
export function fromBrokenBody(call: UpstreamCall, thrown: unknown): GatewayError {
  const what = networkCode(thrown) === 'UND_ERR_BODY_TIMEOUT' ? 'went silent in mid-answer' : 'broke off its answer';
  return errors.providerFailed(`The upstream '${call.providerId}' ${what}.`, thrown);
}

/** The answer arrived and makes no sense; `what` completes "The upstream 'x' …". */
export const unintelligible = (call: UpstreamCall, what: string, cause?: unknown): GatewayError =>
  errors.providerFailed(`The upstream '${call.providerId}' ${what}.`, cause);

/** The `code` of a network error or of what caused it. Looks at members, for errors of other realms are no `Error`. */
export function networkCode(thrown: unknown): string | null {
  if (!isObject(thrown)) return null;
  return typeof thrown.code === 'string' ? thrown.code : networkCode(thrown.cause);
}

/** Whether the same request may succeed a moment later: not if money ran out, or if the prompt is too long. */
export function mayPassLater(call: UpstreamCall, status: number, body: string): boolean {
  if (status !== 408 && status !== 409 && status !== 429 && status < 500) return false;
  const complaint = complaintOf(call, parseJson(body));
  return !isQuota(status, complaint) && overflowOf(complaint) === null;
}

function isQuota(status: number, complaint: Complaint | null): boolean {
  if (status === 402) return true;
  return status === 429 && (QUOTA_CODES.has(complaint?.code ?? '') || QUOTA_CODES.has(complaint?.type ?? ''));
}

const outOfQuota = (call: UpstreamCall, complaint: Complaint | null): GatewayError =>
  errors.providerUnusable(`The upstream '${call.providerId}' has no quota left.`, causeOf(complaint));

function isAboutModel(status: number, complaint: Complaint): boolean {
  if (complaint.code === 'model_not_found') return true;
  return status === 404 && /model/i.test(complaint.message);
}

/** The complaint, if it says that the prompt is too long. */
function overflowOf(complaint: Complaint | null): Complaint | null {
  if (complaint === null) return null;
  const hasCode = CONTEXT_CODES.has(complaint.code ?? '') || CONTEXT_CODES.has(complaint.type ?? '');
  return hasCode || CONTEXT_WORDS.test(complaint.message) ? complaint : null;
}

function statusOf(complaint: Complaint): number | null {
  if (complaint.status !== null) return complaint.status;
  for (const word of [complaint.code, complaint.type]) {
    const key = word?.toLowerCase() ?? '';
    if (Object.hasOwn(STATUS_BY_WORD, key)) return STATUS_BY_WORD[key] ?? null;
  }
  return null;
}

/** `{error: {...}}`, `{error: "..."}`, `{message, code}`, `{detail}` (FastAPI) and any of them in a list (Gemini). */
function complaintOf(call: UpstreamCall, body: unknown): Complaint | null {
  const outer = Array.isArray(body) ? body[0] : body;
  if (!isObject(outer)) return null;
  const inner: JsonObject = objectOf(outer.error) ?? outer;
  const message = stringOf(inner.message) ?? stringOf(outer.error) ?? detailOf(outer.detail);
  if (message === undefined && inner === outer) return null;
  return {
    message: clean(call, message ?? `The upstream '${call.providerId}' refused the request.`),
    code: wordOf(inner.code),
    type: wordOf(inner.type),
    param: stringOf(inner.param) ?? null,
    status: httpStatus(inner.code) ?? httpStatus(inner.status) ?? httpStatus(inner.http_status),
  };
}

function detailOf(detail: unknown): string | undefined {
  if (typeof detail === 'string') return detail;
  const messages = arrayOf(detail).flatMap((entry) => stringOf(objectOf(entry)?.msg) ?? []);
  return messages.length > 0 ? messages.join('; ') : undefined;
}

const wordOf = (value: unknown): string | null =>
  typeof value === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(value) ? value : null;

function httpStatus(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 400 && number <= 599 ? number : null;
}

function clean(call: UpstreamCall, message: string): string {
  let text = message.slice(0, MAX_MESSAGE_LENGTH);
  for (const secret of call.secrets) if (secret !== '') text = text.replaceAll(secret, '***');
  return text.replace(/\b(sk|key)-[\w*-]{8,}/g, '***').replace(/\bBearer\s+\S+/gi, 'Bearer ***');
}

const causeOf = (complaint: Complaint | null): Error | undefined =>
  complaint === null ? undefined : new Error(complaint.message);

/** A chat-completions parameter in the words of the Responses API. */
function ourParam(param: string | null): string | null {
  if (param === null) return null;
  if (param.startsWith('messages')) return 'input';
  if (param === 'max_tokens' || param === 'max_completion_tokens') return 'max_output_tokens';
  if (param === 'reasoning_effort') return 'reasoning.effort';
  if (param.startsWith('response_format')) return 'text.format';
  return param;
}
