import { parsePublicId } from '../../domain/ids.js';
import type { ResponseObject, ResponseSettings, ResponseWithOutput } from '../../domain/response.js';

interface UsageObject {
  input_tokens: number;
  input_tokens_details?: { cached_tokens?: number };
  output_tokens: number;
  output_tokens_details?: { reasoning_tokens?: number };
}

/** The members of the API's response object that become part of the schema's `Response`. */
interface Known {
  id: string;
  status: ResponseWithOutput['status'];
  model: string;
  created_at: number;
  completed_at?: number | null;
  previous_response_id?: string | null;
  conversation?: { id: string } | null;
  prompt?: { id: string; version?: string | null } | null;
  background?: boolean | null;
  store?: boolean | null;
  metadata?: Record<string, string> | null;
  error?: ResponseWithOutput['error'];
  incomplete_details?: { reason: string } | null;
  usage?: UsageObject | null;
  output: ResponseWithOutput['output'];
}

/**
 * The response object inside an event, as the domain's own record: the way back from `toResponseObject`. Times are whole
 * seconds there. Who made the response is not in the object, so `projectId` and `keyId` stay empty.
 */
export function responseFromObject(object: ResponseObject): ResponseWithOutput {
  const known = object as unknown as Known;
  const uuid = (kind: 'conversation' | 'prompt' | 'response', id: string | null | undefined): string | null =>
    typeof id === 'string' ? parsePublicId(kind, id) : null;
  const version = Number(known.prompt?.version ?? Number.NaN);
  return {
    projectId: '',
    keyId: '',
    endUser: null,
    id: parsePublicId('response', known.id) ?? known.id,
    status: known.status,
    model: known.model,
    createdAtMs: known.created_at * 1000,
    completedAtMs: typeof known.completed_at === 'number' ? known.completed_at * 1000 : null,
    previousResponseId: uuid('response', known.previous_response_id),
    conversationId: uuid('conversation', known.conversation?.id),
    promptId: uuid('prompt', known.prompt?.id),
    promptVersion: Number.isInteger(version) ? version : null,
    background: known.background ?? false,
    store: known.store ?? true,
    logged: true,
    settings: object as unknown as ResponseSettings,
    metadata: known.metadata ?? {},
    error: known.error ?? null,
    incompleteReason: known.incomplete_details?.reason ?? null,
    usage: known.usage
      ? {
          inputTokens: known.usage.input_tokens,
          cachedInputTokens: known.usage.input_tokens_details?.cached_tokens ?? 0,
          outputTokens: known.usage.output_tokens,
          reasoningTokens: known.usage.output_tokens_details?.reasoning_tokens ?? 0,
        }
      : null,
    lastSequence: null,
    output: known.output,
  };
}
