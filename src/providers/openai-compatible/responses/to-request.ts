import { errors } from '../../../domain/errors.js';
import type { Item, ReasoningItem } from '../../../domain/item.js';
import { type ToolChoice, toolFamily } from '../../../domain/tool.js';
import type { ModelFunction, ModelRequest } from '../../provider.js';
import { arrayOf, objectOf } from '../json.js';
import { functionNameOf } from '../to-request.js';
import { unwrapReasoning } from './encrypted-reasoning.js';

/** Items of tools that may be the upstream's or ours, with the family of their tool. */
const TOOL_OF_ITEM: Readonly<Record<string, string>> = {
  file_search_call: 'file_search',
  web_search_call: 'web_search',
  mcp_list_tools: 'mcp',
  mcp_call: 'mcp',
  mcp_approval_request: 'mcp',
  mcp_approval_response: 'mcp',
};

/** Items that need no id. Ours mean nothing upstream, so they are only sent where the API wants some id. */
const WITHOUT_ID = new Set([
  'message',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
]);

export interface ResponsesRequestOptions {
  providerId: string;
  hosts(toolType: string): boolean;
  /** Whether to ask for the encrypted reasoning that later turns send back. */
  encryptedReasoning: boolean;
}

/**
 * A model turn as the body of `POST /responses`. The upstream keeps nothing (`store: false`): history is sent as items, and
 * reasoning travels encrypted. Members that the request leaves open are not sent, so the upstream's own defaults hold.
 */
export function toResponsesRequest(
  request: ModelRequest,
  options: ResponsesRequestOptions,
): { model: string; [member: string]: unknown } {
  const tools = [...request.functions.map(toTool), ...request.hostedTools];
  const hasHosted = request.hostedTools.length > 0;
  const optional: Record<string, unknown> = {
    instructions: request.instructions,
    max_output_tokens: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    max_tool_calls: hasHosted ? request.maxToolCalls : null,
    top_logprobs: request.logprobs,
    text: membersOf({ format: request.format.type === 'text' ? null : request.format, verbosity: request.verbosity }),
    reasoning: membersOf({
      effort: request.reasoningEffort,
      summary: request.reasoningSummary,
      mode: request.reasoningMode,
    }),
    include: toInclude(request, options),
    service_tier: request.serviceTier,
    safety_identifier: request.safetyIdentifier,
    user: request.user,
    prompt_cache_key: request.promptCacheKey,
    prompt_cache_retention: request.promptCacheRetention,
    tools: tools.length === 0 ? null : tools,
    tool_choice: tools.length === 0 ? null : toToolChoice(request.toolChoice, options),
    parallel_tool_calls: tools.length === 0 ? null : request.parallelToolCalls,
    stream: request.stream ? true : null,
  };
  const body: { model: string; [member: string]: unknown } = {
    model: request.model,
    input: request.items.flatMap((item) => toInputItem(item, options)),
    store: false,
  };
  return Object.assign(body, membersOf(optional));
}

/** The members that are not null; null if there is none. */
function membersOf(object: Record<string, unknown>): Record<string, unknown> | null {
  const members = Object.entries(object).filter(([, value]) => value !== null);
  return members.length === 0 ? null : Object.fromEntries(members);
}

/** What hosted tools found is kept whole, and shown to those who ask for it. */
const FINDINGS: readonly (readonly [tool: string, include: string])[] = [
  ['file_search', 'file_search_call.results'],
  ['web_search', 'web_search_call.action.sources'],
  ['code_interpreter', 'code_interpreter_call.outputs'],
];

function toInclude(request: ModelRequest, { encryptedReasoning }: ResponsesRequestOptions): string[] | null {
  const families = new Set(request.hostedTools.map((tool) => toolFamily(tool.type)));
  const include = FINDINGS.filter(([tool]) => families.has(tool)).map(([, name]) => name);
  if (encryptedReasoning) include.push('reasoning.encrypted_content');
  if (request.logprobs !== null) include.push('message.output_text.logprobs');
  return include.length === 0 ? null : include;
}

/**
 * | item | becomes |
 * |---|---|
 * | message, function and custom calls, their outputs | itself without its id |
 * | reasoning this upstream encrypted | itself under the upstream's id |
 * | other reasoning | itself if it has raw text; left out otherwise, for an upstream that keeps nothing could not find it |
 * | calls of tools that are not the upstream's (file and web search run here, MCP) | left out |
 * | anything else, types to come included | itself |
 */
function toInputItem(item: Item, { providerId, hosts }: ResponsesRequestOptions): object[] {
  checkFiles(item);
  if (item.type === 'reasoning') return toReasoning(item as ReasoningItem, providerId);
  const tool = Object.hasOwn(TOOL_OF_ITEM, item.type) ? TOOL_OF_ITEM[item.type] : undefined;
  if (tool !== undefined && !hosts(tool)) return [];
  if (!WITHOUT_ID.has(item.type)) return [item];
  const { id: _id, ...rest } = item;
  return [rest];
}

/** Ids of files are ours; an upstream would find nothing, or something else, by them. */
function checkFiles(item: Item): void {
  const { content, output }: { [member: string]: unknown } = item;
  for (const part of [...arrayOf(content), ...arrayOf(output)]) {
    const { type, file_id, image_url, file_data, file_url } = objectOf(part) ?? {};
    if (type !== 'input_image' && type !== 'input_file') continue;
    if (typeof file_id === 'string' && (image_url ?? file_data ?? file_url) == null)
      throw errors.unsupportedValue('input', 'This model takes images and files by URL or by their data only.');
  }
}

function toReasoning(item: ReasoningItem, providerId: string): object[] {
  const { encrypted_content: wrapped, id: _id, status: _status, ...rest } = item;
  const unwrapped = unwrapReasoning(providerId, wrapped);
  if (unwrapped !== null) return [{ ...rest, id: unwrapped.itemId, encrypted_content: unwrapped.encrypted }];
  return item.content === undefined || item.content.length === 0 ? [] : [{ ...rest, id: item.id }];
}

function toTool(fn: ModelFunction): object {
  return {
    type: 'function',
    name: fn.name,
    ...(fn.description === null ? {} : { description: fn.description }),
    parameters: fn.parameters ?? { type: 'object', properties: {} },
    // Left out it would mean true here, and change the schema.
    strict: fn.strict ?? false,
  };
}

/** Tools of ours are functions upstream, so a choice that names them by type names the function. */
function toToolChoice(choice: ToolChoice, options: ResponsesRequestOptions): unknown {
  if (typeof choice === 'string') return choice === 'auto' ? null : choice;
  if (choice.type !== 'allowed_tools') return toNamedTool(choice, options);
  const tools = choice.tools as { type: string; [member: string]: unknown }[];
  return { ...choice, tools: tools.map((tool) => toNamedTool(tool, options)) };
}

function toNamedTool(tool: { type: string; [member: string]: unknown }, { hosts }: ResponsesRequestOptions): object {
  if (tool.type === 'function' || hosts(toolFamily(tool.type))) return tool;
  return { type: 'function', name: functionNameOf(tool) };
}
