import type { CompactInput } from './compact.input.js';
import type { ContentInput, ContentPartInput } from './content.input.js';
import type {
  AddConversationItemsInput,
  CreateConversationInput,
  UpdateConversationInput,
} from './conversation.input.js';
import type { CreateFileInput } from './file.input.js';
import { type Body, given } from './given.js';
import type { InputItem } from './item.input.js';
import type { CreatePromptInput, UpdatePromptInput } from './prompt.input.js';
import type { CreateResponseInput, ResponseInputValue, TextFormatInput } from './response.input.js';
import type { ToolChoiceInput, ToolInput } from './tool.input.js';
import type { CreateWebhookEndpointInput, UpdateWebhookEndpointInput } from './webhook.input.js';

/** Maps a list that may be absent or null. */
const each = <From, To>(list: readonly From[] | null | undefined, map: (entry: From) => To): To[] | null | undefined =>
  list === null || list === undefined ? list : list.map(map);

const nested = <From, To>(value: From | null | undefined, map: (value: From) => To): To | null | undefined =>
  value === null || value === undefined ? (value as null | undefined) : map(value);

export function toPart(part: ContentPartInput): unknown {
  if (part.text !== undefined) return { type: 'input_text', text: part.text };
  if (part.outputText !== undefined) return { type: 'output_text', text: part.outputText };
  if (part.refusal !== undefined) return { type: 'refusal', refusal: part.refusal };
  if (part.image !== undefined) {
    const { imageUrl, fileId, detail } = part.image;
    return given({ type: 'input_image', image_url: imageUrl, file_id: fileId, detail });
  }
  if (part.file !== undefined) {
    const { fileId, fileUrl, fileData, filename } = part.file;
    return given({ type: 'input_file', file_id: fileId, file_url: fileUrl, file_data: fileData, filename });
  }
  return part.json;
}

const toContent = (content: ContentInput): unknown => content.text ?? content.parts?.map(toPart);

export function toItem(item: InputItem): unknown {
  if (item.message !== undefined)
    return { type: 'message', role: item.message.role, content: toContent(item.message.content) };
  if (item.functionCall !== undefined) {
    const { callId, name, arguments: text } = item.functionCall;
    return { type: 'function_call', call_id: callId, name, arguments: text };
  }
  if (item.functionCallOutput !== undefined) {
    const { callId, output } = item.functionCallOutput;
    return { type: 'function_call_output', call_id: callId, output: toContent(output) };
  }
  if (item.customToolCall !== undefined) {
    const { callId, name, input } = item.customToolCall;
    return { type: 'custom_tool_call', call_id: callId, name, input };
  }
  if (item.customToolCallOutput !== undefined) {
    const { callId, output } = item.customToolCallOutput;
    return { type: 'custom_tool_call_output', call_id: callId, output: toContent(output) };
  }
  if (item.compaction !== undefined) return { type: 'compaction', encrypted_content: item.compaction.encryptedContent };
  if (item.mcpApprovalResponse !== undefined) {
    const { approvalRequestId, approve, reason } = item.mcpApprovalResponse;
    return given({ type: 'mcp_approval_response', approval_request_id: approvalRequestId, approve, reason });
  }
  if (item.itemReference !== undefined) return { type: 'item_reference', id: item.itemReference };
  return item.json;
}

export function toTool(tool: ToolInput): unknown {
  if (tool.function !== undefined) return given({ type: 'function', ...tool.function });
  if (tool.custom !== undefined) {
    const { grammar, ...rest } = tool.custom;
    return given({ type: 'custom', ...rest, format: nested(grammar, (rule) => ({ type: 'grammar', ...rule })) });
  }
  if (tool.mcp !== undefined) {
    const { serverLabel, serverUrl, serverDescription, authorization, headers, allowedTools, requireApproval } =
      tool.mcp;
    return given({
      type: 'mcp',
      server_label: serverLabel,
      server_url: serverUrl,
      server_description: serverDescription,
      authorization,
      headers,
      allowed_tools: allowedTools,
      require_approval: requireApproval,
    });
  }
  if (tool.fileSearch !== undefined) {
    const { vectorStoreIds, maxNumResults, filters, rankingOptions } = tool.fileSearch;
    // The API has no null for these three: null means the same as absent.
    return given({
      type: 'file_search',
      vector_store_ids: vectorStoreIds ?? undefined,
      max_num_results: maxNumResults ?? undefined,
      ranking_options: rankingOptions ?? undefined,
      filters,
    });
  }
  if (tool.webSearch !== undefined) {
    const { searchContextSize, filters, userLocation, externalWebAccess } = tool.webSearch;
    return given({
      type: 'web_search',
      search_context_size: searchContextSize ?? undefined,
      filters: nested(filters, ({ allowedDomains, blockedDomains }) =>
        given({ allowed_domains: allowedDomains, blocked_domains: blockedDomains }),
      ),
      user_location: nested(userLocation, (location) => given({ type: 'approximate', ...location })),
      external_web_access: externalWebAccess ?? undefined,
    });
  }
  return tool.json;
}

const toToolChoice = (choice: ToolChoiceInput): unknown => {
  if (choice.mode !== undefined) return choice.mode;
  if (choice.function !== undefined) return { type: 'function', name: choice.function };
  if (choice.mcp !== undefined)
    return given({ type: 'mcp', server_label: choice.mcp.serverLabel, name: choice.mcp.name ?? undefined });
  return choice.custom === undefined ? choice.json : { type: 'custom', name: choice.custom };
};

const toFormat = ({ mode, jsonSchema }: TextFormatInput): Body =>
  jsonSchema === undefined ? { type: mode } : given({ type: 'json_schema', ...jsonSchema });

const toInput = ({ text, items }: ResponseInputValue): unknown => text ?? each(items, toItem);

export function toCreateResponseBody(input: CreateResponseInput): Body {
  return given({
    model: input.model,
    input: nested(input.input, toInput),
    instructions: input.instructions,
    previous_response_id: input.previousResponseId,
    conversation: input.conversationId,
    prompt: nested(input.prompt, ({ id, version, variables }) => given({ id, version, variables })),
    tools: each(input.tools, toTool),
    tool_choice: nested(input.toolChoice, toToolChoice),
    store: input.store,
    stream: input.stream,
    background: input.background,
    max_output_tokens: input.maxOutputTokens,
    temperature: input.temperature,
    top_p: input.topP,
    metadata: input.metadata,
    parallel_tool_calls: input.parallelToolCalls,
    max_tool_calls: input.maxToolCalls,
    text: nested(input.text, ({ format, verbosity }) => given({ format: nested(format, toFormat), verbosity })),
    reasoning: nested(input.reasoning, ({ effort, summary, context, mode }) =>
      given({ effort, summary, context, mode }),
    ),
    top_logprobs: input.topLogprobs,
    presence_penalty: input.presencePenalty,
    frequency_penalty: input.frequencyPenalty,
    context_management: nested(input.contextManagement, ({ compactThreshold }) => [
      given({ type: 'compaction', compact_threshold: compactThreshold }),
    ]),
    include: input.include,
    truncation: input.truncation,
    service_tier: input.serviceTier,
    safety_identifier: input.safetyIdentifier,
    prompt_cache_key: input.promptCacheKey,
    user: input.user,
    prompt_cache_retention: input.promptCacheRetention,
    prompt_cache_options: input.promptCacheOptions,
    stream_options: nested(input.streamOptions, ({ includeObfuscation }) =>
      given({ include_obfuscation: includeObfuscation }),
    ),
    moderation: input.moderation,
    image: input.image,
    access_programs: input.accessPrograms,
  });
}

export const toCompactBody = (input: CompactInput): Body =>
  given({
    model: input.model,
    input: nested(input.input, toInput),
    instructions: input.instructions,
    previous_response_id: input.previousResponseId,
    prompt_cache_key: input.promptCacheKey,
    service_tier: input.serviceTier,
  });

export const toCreateConversationBody = ({ items, metadata }: CreateConversationInput): Body =>
  given({ items: each(items, toItem), metadata });

export const toUpdateConversationBody = ({ metadata }: UpdateConversationInput): Body => given({ metadata });

export const toAddItemsBody = ({ items }: AddConversationItemsInput): Body => ({ items: items.map(toItem) });

export const toFileBody = ({ filename, purpose, text, base64, expiresAfterSeconds }: CreateFileInput): Body =>
  given({
    filename,
    purpose,
    text,
    base64,
    expires_after: nested(expiresAfterSeconds, (seconds) => ({ seconds })),
  });

export function toPromptBody(input: CreatePromptInput | UpdatePromptInput): Body {
  return given({
    // The API has no null for a name: null means the same as absent.
    name: input.name ?? undefined,
    display_name: input.displayName,
    instructions: input.instructions,
    model: input.model,
    temperature: input.temperature,
    tools: each(input.tools, toTool),
    variables: input.variables,
    metadata: input.metadata,
  });
}

export function toWebhookBody(input: CreateWebhookEndpointInput | UpdateWebhookEndpointInput): Body {
  const enabled = 'enabled' in input ? input.enabled : undefined;
  return given({ name: input.name, url: input.url, event_types: input.eventTypes, enabled });
}
