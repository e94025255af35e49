import { errors } from '../../domain/errors.js';
import { type CustomFormat, toolFamily } from '../../domain/tool.js';
import type { ModelFunction, ModelRequest, TextFormat } from '../provider.js';
import { emulatedCustomTool } from './custom-tools.js';
import { stringOf } from './json.js';
import { type ChatMessage, type MessageQuirks, toMessages } from './to-messages.js';

/** Where servers that speak chat completions differ. */
export interface ChatQuirks extends MessageQuirks {
  /** Name of the output limit. vLLM, Ollama, llama.cpp and LiteLLM take `max_tokens`; OpenAI's newest only the other. */
  maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** Whether streams can be asked to end with their usage (`stream_options`). Otherwise tokens are counted here. */
  streamUsage: boolean;
  /** Whether models write their thoughts into the text, as `<think>…</think>` in front of it. */
  thinkTags: boolean;
}

export const defaultQuirks: ChatQuirks = {
  developerRole: 'system',
  reasoningField: null,
  maxTokensField: 'max_tokens',
  customTools: false,
  streamUsage: true,
  thinkTags: false,
};

export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  [member: string]: unknown;
}

type ChatToolChoice =
  | 'none'
  | 'required'
  | { type: 'function'; function: { name: string } }
  | { type: 'custom'; custom: { name: string } };

/**
 * A model turn as the body of `POST /chat/completions`. Throws `unsupported_value` for what chat cannot carry.
 */
export function toRequest(request: ModelRequest, quirks: ChatQuirks = defaultQuirks): ChatRequest {
  if (request.reasoningMode === 'pro')
    throw errors.unsupportedValue('reasoning.mode', "This model has no 'pro' mode of reasoning.");
  const body: ChatRequest = {
    model: request.model,
    messages: toMessages(request.instructions, request.items, quirks),
  };
  const { functions, choice } = chooseTools(request, quirks);
  if (functions.length > 0) {
    body.tools = functions.map((fn) => toTool(fn, quirks));
    if (choice !== null) body.tool_choice = choice;
    if (request.parallelToolCalls !== null) body.parallel_tool_calls = request.parallelToolCalls;
  }
  put(body, quirks.maxTokensField, request.maxOutputTokens);
  put(body, 'temperature', request.temperature);
  put(body, 'top_p', request.topP);
  put(body, 'presence_penalty', request.presencePenalty);
  put(body, 'frequency_penalty', request.frequencyPenalty);
  put(body, 'reasoning_effort', request.reasoningEffort);
  put(body, 'response_format', toResponseFormat(request.format));
  put(body, 'verbosity', request.verbosity);
  put(body, 'logprobs', request.logprobs === null ? null : true);
  put(body, 'top_logprobs', request.logprobs === 0 ? null : request.logprobs);
  put(body, 'service_tier', request.serviceTier);
  put(body, 'safety_identifier', request.safetyIdentifier);
  put(body, 'user', request.user);
  put(body, 'prompt_cache_key', request.promptCacheKey);
  put(body, 'prompt_cache_retention', request.promptCacheRetention);
  if (request.stream) {
    body.stream = true;
    if (quirks.streamUsage) body.stream_options = { include_usage: true };
  }
  return body;
}

/** Members that the request leaves open are not sent, so the upstream's own defaults hold. */
function put(body: ChatRequest, member: string, value: unknown): void {
  if (value !== null) body[member] = value;
}

function toTool(fn: ModelFunction, quirks: ChatQuirks): Record<string, unknown> {
  if (fn.custom !== undefined)
    return quirks.customTools ? toCustomTool(fn, fn.custom) : emulatedCustomTool(fn, fn.custom);
  return {
    type: 'function',
    function: {
      name: fn.name,
      ...(fn.description === null ? {} : { description: fn.description }),
      parameters: fn.parameters ?? { type: 'object', properties: {} },
      ...(fn.strict === true ? { strict: true } : {}),
    },
  };
}

function toCustomTool(fn: ModelFunction, format: CustomFormat): Record<string, unknown> {
  return {
    type: 'custom',
    custom: {
      name: fn.name,
      ...(fn.description === null ? {} : { description: fn.description }),
      format:
        format.type === 'text'
          ? { type: 'text' }
          : { type: 'grammar', grammar: { syntax: format.syntax, definition: format.definition } },
    },
  };
}

/**
 * Which functions the model sees, and what it must do with them. `null` is the upstream's default, "auto", which is
 * not sent because some servers refuse the word unless configured for it.
 *
 * - A forced tool that has no function of its own name (an MCP server without a tool name) becomes "required".
 * - `allowed_tools` shows only the subset: chat has no way to show a tool and forbid it.
 */
function chooseTools(
  { functions, toolChoice, allowedFunctions }: ModelRequest,
  quirks: ChatQuirks,
): { functions: readonly ModelFunction[]; choice: ChatToolChoice | null } {
  if (toolChoice === 'auto') return { functions, choice: null };
  if (typeof toolChoice === 'string') return { functions, choice: toolChoice };
  if (toolChoice.type === 'allowed_tools') {
    return {
      functions: functions.filter((fn) => allowedFunctions?.has(fn.name) ?? true),
      choice: toolChoice.mode === 'required' ? 'required' : null,
    };
  }
  const name = functionNameOf(toolChoice);
  const forced = functions.find((fn) => fn.name === name);
  if (forced === undefined) return { functions, choice: 'required' };
  const isCustom = forced.custom !== undefined && quirks.customTools;
  return {
    functions,
    choice: isCustom ? { type: 'custom', custom: { name } } : { type: 'function', function: { name } },
  };
}

/** The function that stands for a tool: its own name, or for a hosted tool its type without preview and date. */
export function functionNameOf(tool: Record<string, unknown>): string {
  const name = stringOf(tool.name);
  if (name !== undefined) return name;
  return toolFamily(stringOf(tool.type) ?? '');
}

function toResponseFormat(format: TextFormat): Record<string, unknown> | null {
  if (format.type === 'text') return null;
  if (format.type === 'json_object') return { type: 'json_object' };
  return {
    type: 'json_schema',
    json_schema: {
      name: format.name,
      schema: format.schema,
      ...(format.description == null ? {} : { description: format.description }),
      ...(format.strict == null ? {} : { strict: format.strict }),
    },
  };
}
