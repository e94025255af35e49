import { toPublicId } from './ids.js';
import type { Item } from './item.js';
import type { Tool, ToolChoice } from './tool.js';
import { toolUsageOf } from './tool-usage.js';
import { totalTokens, type Usage } from './usage.js';

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled';
export type TerminalStatus = Extract<ResponseStatus, 'completed' | 'incomplete' | 'failed' | 'cancelled'>;

export const isTerminal = (status: ResponseStatus): status is TerminalStatus =>
  status !== 'queued' && status !== 'in_progress';

export interface ResponseError {
  code: string;
  message: string;
}

/** The request's settings as the response echoes them, in the API's own spelling (response object section). */
export interface ResponseSettings {
  instructions: string | null;
  max_output_tokens: number | null;
  max_tool_calls: number | null;
  parallel_tool_calls: boolean;
  presence_penalty: number;
  frequency_penalty: number;
  prompt: { id: string; version: string; variables: Record<string, unknown> } | null;
  prompt_cache_key: string | null;
  prompt_cache_retention: string | null;
  reasoning: { effort: string | null; summary: string | null; context?: string; mode?: string };
  safety_identifier: string | null;
  service_tier: string;
  temperature: number;
  text: { format: Record<string, unknown>; verbosity: string };
  tool_choice: ToolChoice;
  tools: Tool[];
  top_logprobs: number;
  top_p: number;
  truncation: string;
  user: string | null;
}

/** A response as the gateway keeps it. Ids are UUIDs; times are epoch milliseconds. */
export interface ResponseRecord {
  projectId: string;
  id: string;
  status: ResponseStatus;
  model: string;
  createdAtMs: number;
  completedAtMs: number | null;
  keyId: string;
  endUser: string | null;
  previousResponseId: string | null;
  conversationId: string | null;
  promptId: string | null;
  promptVersion: number | null;
  background: boolean;
  store: boolean;
  /** Whether its events are kept one by one; otherwise they are replayed from the record. */
  logged: boolean;
  settings: ResponseSettings;
  metadata: Record<string, string>;
  error: ResponseError | null;
  incompleteReason: string | null;
  usage: Usage | null;
  lastSequence: number | null;
}

/** A record with its output items. */
export interface ResponseWithOutput extends ResponseRecord {
  output: Item[];
}

/** The API's response object. Hosted shape; optional members that have nothing to say are absent, not null. */
export type ResponseObject = Record<string, unknown> & { id: string; status: ResponseStatus; output: Item[] };

/** Prints the API's response object (response object section). */
export function toResponseObject(response: ResponseWithOutput): ResponseObject {
  const { settings, usage } = response;
  return {
    id: toPublicId('response', response.id),
    object: 'response',
    created_at: Math.floor(response.createdAtMs / 1000),
    status: response.status,
    background: response.background,
    completed_at: response.completedAtMs === null ? null : Math.floor(response.completedAtMs / 1000),
    conversation: response.conversationId === null ? null : { id: toPublicId('conversation', response.conversationId) },
    error: response.error,
    frequency_penalty: settings.frequency_penalty,
    incomplete_details: response.incompleteReason === null ? null : { reason: response.incompleteReason },
    instructions: settings.instructions,
    max_output_tokens: settings.max_output_tokens,
    max_tool_calls: settings.max_tool_calls,
    metadata: response.metadata,
    model: response.model,
    output: response.output,
    parallel_tool_calls: settings.parallel_tool_calls,
    presence_penalty: settings.presence_penalty,
    previous_response_id:
      response.previousResponseId === null ? null : toPublicId('response', response.previousResponseId),
    prompt: settings.prompt,
    prompt_cache_key: settings.prompt_cache_key,
    prompt_cache_retention: settings.prompt_cache_retention ?? null,
    reasoning: settings.reasoning,
    safety_identifier: settings.safety_identifier,
    // `auto` is a wish; an ended response names the tier that served it.
    service_tier: settings.service_tier === 'auto' && isTerminal(response.status) ? 'default' : settings.service_tier,
    store: response.store,
    temperature: settings.temperature,
    text: settings.text,
    tool_choice: settings.tool_choice,
    // Absent in JSON. A member that is spread in makes the whole object twice as dear.
    tool_usage: toolUsageOf(response.output) ?? undefined,
    tools: settings.tools,
    top_logprobs: settings.top_logprobs,
    top_p: settings.top_p,
    truncation: settings.truncation,
    usage: usage === null ? null : toUsageObject(usage),
    user: settings.user,
  };
}

/** Prints the API's usage object. */
export const toUsageObject = (usage: Usage) => ({
  input_tokens: usage.inputTokens,
  input_tokens_details: { cached_tokens: usage.cachedInputTokens },
  output_tokens: usage.outputTokens,
  output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  total_tokens: totalTokens(usage),
});
