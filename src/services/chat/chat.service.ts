import { z } from 'zod';
import { attributionOf } from '../../domain/attribution.js';
import { toGatewayError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import type { RateState } from '../../domain/rate-limit.js';
import { noUsage, type Usage } from '../../domain/usage.js';
import type { ForwardedAnswer, ForwardedEvent } from '../../providers/provider.js';
import { checkModel } from '../access/check-model.js';
import type { ModelRouter } from '../models/model-router.js';
import { type MeteredCall, type MeteredCalls, whyCut } from '../usage/metered-calls.js';
import { countChatPrompt } from '../usage/prompt-tokens.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { countValues } from '../usage/worst-case.js';
import { parseInput, shortText } from '../validation.js';

const maxTokens = z.int().min(1).max(2_147_483_647).nullish();

/**
 * Body of `POST /chat/completions`: what the gateway itself has to understand. Everything else goes to the upstream as it
 * came, and is the upstream's to check.
 */
export const ChatCompletionBody = z.looseObject({
  model: shortText(256).describe('Model name.'),
  messages: z
    .array(z.looseObject({ role: z.string().min(1).max(64) }))
    .min(1)
    .max(10_000)
    .describe('The conversation so far, in chat completions spelling.'),
  stream: z.boolean().nullish().describe('Answer as server-sent events.'),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: maxTokens,
  max_completion_tokens: maxTokens,
  n: z.int().min(1).max(128).nullish().describe('How many answers.'),
});
type ChatCompletionBody = z.output<typeof ChatCompletionBody>;

/** The answer to a chat completion: a whole one, or the texts of its events as they come. */
export type ChatAnswer = ({ whole: object } | { events: AsyncGenerator<readonly string[]> }) & {
  /** Where it left the caller's rate limits; null if none applies. */
  rate: RateState | null;
};

export interface ChatServiceOptions {
  router: ModelRouter;
  calls: MeteredCalls;
  counter: TokenCounter;
}

export type ChatService = ReturnType<typeof createChatService>;

/**
 * Chat completions, passed through to the model's upstream and paid like a response. Nothing is stored. A client that leaves
 * ends the call at once; what was generated until then is paid.
 */
export function createChatService({ router, calls, counter }: ChatServiceOptions) {
  /** No upstream counts more than this. */
  const mostInput = (body: ChatCompletionBody, by: TokenCounter): Promise<number> =>
    countValues(by, [body.messages, body.tools, body.functions, body.response_format], body.messages.length);

  /** What was used, as far as nobody but us has counted it. */
  const estimate = async (body: ChatCompletionBody, said: string): Promise<Usage> => {
    const [outputTokens = 0] = await counter.count([said]);
    return { ...noUsage, inputTokens: await countChatPrompt(counter, body), outputTokens };
  };

  const settle = async (call: MeteredCall, body: ChatCompletionBody, counted: Usage | null, said: string) =>
    call.settle({ usage: counted ?? (await estimate(body, said)), isEstimated: counted === null });

  async function* follow(
    call: MeteredCall,
    body: ChatCompletionBody,
    answer: ForwardedAnswer,
  ): AsyncGenerator<readonly string[]> {
    const wantsUsage = body.stream_options?.include_usage === true;
    let said = '';
    let counted: Usage | null = null;
    try {
      for await (const batch of answer.events()) {
        const shown: string[] = [];
        for (const event of batch) {
          counted = event.usage ?? counted;
          said += saidIn(event.json, 'delta');
          const text = wantsUsage ? event.text : withoutUsage(event);
          if (text !== null) shown.push(text);
        }
        if (shown.length > 0) yield shown;
      }
    } catch (thrown) {
      // The status is out already: the error comes as an event, as the upstream itself would send it.
      const { message, type, param, code } = call.signal.aborted ? whyCut(call.signal) : toGatewayError(thrown);
      yield [JSON.stringify({ error: { message, type, param, code } })];
    } finally {
      await settle(call, body, counted, said);
    }
  }

  return {
    /**
     * @throws 400 for a bad body, 404 `model_not_found`, 429 when a budget cannot cover it, and the upstream's refusal
     */
    async complete(principal: Principal, unchecked: unknown, client: AbortSignal): Promise<ChatAnswer> {
      const body = parseInput(ChatCompletionBody, unchecked);
      checkModel(principal, body.model);
      const route = router.resolve(body.model, { projectId: principal.projectId, unknownStatus: 404 });
      const perAnswer = body.max_completion_tokens ?? body.max_tokens ?? route.maxOutputTokens;
      const atMost = async (by: TokenCounter): Promise<Usage> => ({
        ...noUsage,
        inputTokens: await mostInput(body, by),
        outputTokens: perAnswer * (body.n ?? 1),
      });
      const call = await calls.open(
        principal,
        {
          model: body.model,
          route,
          stream: body.stream === true,
          answers: body.n ?? 1,
          ...attributionOf(principal, body),
        },
        atMost,
        client,
      );

      let answer: ForwardedAnswer;
      try {
        answer = await route.provider.forward(
          {
            endpoint: '/chat/completions',
            body: toUpstream(body, route.upstreamModel, call.cutTo),
            // A budget has to hold the whole answer, so the upstream is told how long it may be.
            maxOutputTokens: call.hasBudget ? (call.cutTo ?? route.maxOutputTokens) : null,
          },
          call.signal,
        );
      } catch (thrown) {
        // A client that left may have been read already; an upstream that refused has done nothing.
        if (call.signal.aborted) await settle(call, body, null, '');
        else await call.settle({ usage: noUsage, isEstimated: false });
        throw call.signal.aborted ? whyCut(call.signal) : thrown;
      }
      if (body.stream === true) return { events: follow(call, body, answer), rate: call.rate };
      try {
        const { json, usage } = await answer.whole();
        await settle(call, body, usage, usage === null ? saidIn(json, 'message') : '');
        return { whole: json, rate: call.rate };
      } catch (thrown) {
        await settle(call, body, null, '');
        throw call.signal.aborted ? whyCut(call.signal) : thrown;
      }
    },
  };
}

/** The body for the upstream. Usage is always asked for in a stream, since somebody pays. */
function toUpstream(body: ChatCompletionBody, model: string, cutTo: number | null): ChatCompletionBody {
  const sent = { ...body, model };
  if (cutTo !== null)
    for (const name of ['max_tokens', 'max_completion_tokens'] as const)
      if (typeof sent[name] === 'number') sent[name] = Math.min(sent[name], cutTo);
  if (body.stream === true) sent.stream_options = { ...body.stream_options, include_usage: true };
  return sent;
}

/** A chunk as a client sees it that did not ask for usage; null for one that tells nothing else. */
function withoutUsage({ text, json }: ForwardedEvent): string | null {
  if (!('usage' in json)) return text;
  if (Array.isArray(json.choices) && json.choices.length === 0) return null;
  const { usage: _usage, ...rest } = json;
  return JSON.stringify(rest);
}

const TEXTS = ['content', 'reasoning_content', 'reasoning', 'refusal'] as const;

/** What the model says in a chunk (`delta`) or a whole answer (`message`), over all its choices. */
function saidIn(json: Record<string, unknown>, member: 'delta' | 'message'): string {
  let said = '';
  for (const choice of listOf(json.choices)) {
    const words = objectOf(objectOf(choice)[member]);
    for (const name of TEXTS) if (typeof words[name] === 'string') said += words[name];
    for (const entry of listOf(words.tool_calls)) {
      const called = objectOf(objectOf(entry).function);
      for (const part of [called.name, called.arguments]) if (typeof part === 'string') said += part;
    }
  }
  return said;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
