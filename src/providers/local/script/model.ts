import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type AnswerPart, type Delta, type FinishReason, usageOf } from '../answer.js';
import { ApiError } from '../api-error.js';
import type { ChatRequest } from '../chat-request.js';
import { countPrompt } from '../prompt-tokens.js';
import type { Tokenizer } from '../tokenizer.js';
import { type Directive, readDirectives } from './directives.js';

export const scriptModelId = 'local-script';

/** An upstream that behaves as a test tells it to, by directives in the last user message. For tests only. */
export async function answerByScript(request: ChatRequest, tokenizer: Tokenizer, signal: AbortSignal): Promise<Answer> {
  const at = request.messages.findLastIndex((message) => message.role === 'user');
  const since = request.messages.slice(at + 1);
  const turn = since.filter((message) => message.role === 'assistant' && message.toolCalls.length > 0).length;
  const directives = readDirectives(request.messages[at]?.texts.join('\n') ?? '', turn);
  const promptTokens = await countPrompt(request, tokenizer);
  return { model: scriptModelId, batches: play(directives, request, promptTokens, tokenizer, signal) };
}

async function* play(
  directives: readonly Directive[],
  request: ChatRequest,
  promptTokens: number,
  tokenizer: Tokenizer,
  signal: AbortSignal,
): AsyncGenerator<readonly AnswerPart[]> {
  const max = request.maxTokens ?? Number.POSITIVE_INFINITY;
  let used = 0;
  let calls = 0;
  let everyMs = 0;
  let reason: FinishReason | null = null;
  let usage: ReturnType<typeof usageOf> | null | undefined;

  async function* tokens(text: string, toDelta: (piece: string) => Delta): AsyncGenerator<readonly AnswerPart[]> {
    for (const piece of tokenizer.pieces(text)) {
      if (used + piece.tokens > max) {
        reason = 'length';
        return;
      }
      if (everyMs > 0) await sleep(everyMs, undefined, { signal });
      used += piece.tokens;
      yield [{ type: 'delta', delta: toDelta(piece.text) }];
    }
  }

  for (const step of directives) {
    if (reason === 'length') break;
    switch (step.type) {
      case 'say':
        yield* tokens(step.text, (content) => ({ content }));
        break;
      case 'long':
        yield* tokens(' lorem'.repeat(step.tokens), (content) => ({ content }));
        break;
      case 'reason':
        yield* tokens(step.text, (piece) => ({ reasoning_content: piece }));
        break;
      case 'refuse':
        yield* tokens(step.text, (refusal) => ({ refusal }));
        break;
      case 'call': {
        const index = calls;
        calls += 1;
        const id = `call_${randomUUID().replaceAll('-', '')}`;
        const head = { index, id, type: 'function' as const, function: { name: step.name, arguments: '' } };
        used += tokenizer.count(step.name);
        yield [{ type: 'delta', delta: { tool_calls: [head] } }];
        yield* tokens(step.arguments, (piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] }));
        break;
      }
      case 'delay':
        await sleep(step.ms, undefined, { signal });
        break;
      case 'stall':
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
        break;
      case 'drop':
        yield [{ type: 'drop' }];
        return;
      case 'status':
        throw statusError(step.status, step.retryAfter);
      case 'raw':
        yield [{ type: 'raw', text: step.text }];
        break;
      case 'finish':
        reason = step.reason as FinishReason;
        break;
      case 'usage':
        usage = usageOf(step.prompt, step.completion);
        break;
      case 'no-usage':
        usage = null;
        break;
      case 'tokens-every':
        everyMs = step.ms;
        break;
    }
  }
  const finished = reason ?? (calls > 0 ? 'tool_calls' : 'stop');
  yield [{ type: 'finish', reason: finished, usage: usage === undefined ? usageOf(promptTokens, used) : usage }];
}

function statusError(status: number, retryAfter: string | null): ApiError {
  return new ApiError(status, `local-script was told to answer ${status}.`, {
    type: status === 429 ? 'requests' : undefined,
    code: status === 429 ? 'rate_limit_exceeded' : status >= 500 ? 'server_error' : null,
    headers: retryAfter === null ? {} : { 'retry-after': retryAfter },
  });
}
